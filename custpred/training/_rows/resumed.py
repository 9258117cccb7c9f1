"""A resumed run must have the customers and folds that it was started with."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from custpred.errors import RunError
from custpred.storage.files import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from custpred.target.base import Labelled


def refuse_others(path: Path, values: str, labelled: Labelled, rows: Sequence[np.ndarray]) -> None:
    """Refuse to resume with trials of other customers, whose predictions have other labels.

    Parameters
    ----------
    values
        The fingerprint of every value of the table.
    rows
        The positions of the test rows and of each fold's held-out rows.

    Raises
    ------
    RunError
        If the folder's trials were made with other rows, values, labels, weights, folds or columns.
    """
    customers = hashlib.sha256(f"{values} {labelled.table.names}".encode(errors="surrogatepass"))
    for array in (labelled.truth, *(() if labelled.weight is None else (labelled.weight,))):
        customers.update(array.tobytes())
    folds = hashlib.sha256(b"".join(array.tobytes() for array in rows))
    found = f"customers {customers.hexdigest()}\nfolds {folds.hexdigest()}\n"
    before = path.read_text() if path.exists() else found
    if before != found:
        text, changed = "The customers, or some of their values, are not those that the run was started with.", "table"
        if before.partition("\n")[0] == found.partition("\n")[0]:
            text = "The folds are not those that the run was started with: split, seed, budget or cores have changed."
            changed = "recipe"
        raise RunError(
            text,
            code="CP4105",
            place=str(path.parent.parent),
            remedy=f"Restore the {changed}, or start a new run in another folder.",
        )
    write(path, found)
