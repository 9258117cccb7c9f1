"""New data from the browser: stored privately while read, checked by the contract, scored."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.inference.action_list import action_list
from custpred.inference.at_cutoff import CUSTOMERS
from custpred.inference.incoming import batch
from custpred.inference.scored import QUIET
from custpred.source._guess import tables
from custpred.storage.scratch import scratch
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from custpred.inference.predictor import Predictor
    from custpred.inference.scored import Reporting
    from custpred.storage.plain import JSON
    from custpred.table import Finding

ENDINGS = tables()


@dataclass(frozen=True)
class Scored:
    """Uploaded customers with their scores, and notes on differences from training."""

    table: pd.DataFrame
    notes: tuple[Finding, ...]


def score_upload(
    predictor: Predictor, files: Mapping[str, bytes], as_of: str | None = None, reporting: Reporting = QUIET
) -> Scored:
    """Score uploaded customers, or customers gathered from uploaded events.

    Parameters
    ----------
    files
        Content by file name; several files have the names of their tables.
    reporting
        Translation of the reasons.

    Raises
    ------
    DataError
        If a column or a table is missing, or a file is unreadable.
    """
    with scratch() as folder:
        for name, content in files.items():
            (folder / safe_name(name)).write_bytes(content)
        several = len(files) > 1 or len(predictor.intake.recipe.get("events") or {}) > 1
        data: Path = folder if several else folder / safe_name(next(iter(files)))
        with _unfoldered(folder):
            table, notes = action_list(batch(predictor, data, as_of), reporting=reporting)
    return Scored(table, tuple(notes))


@contextmanager
def _unfoldered(folder: Path) -> Iterator[None]:
    """Name files in errors as they were uploaded, without the folder that they are read from."""
    try:
        yield
    except DataError as error:
        own = {name: each.replace(f"{folder}{os.sep}", "") for name, each in vars(error).items() if type(each) is str}
        vars(error).update(own)
        raise


def event_tables(recipe: JSON) -> list[str]:
    """Return the names of the files that an upload may hold: events, and their customers."""
    events = list(recipe.get("events") or {})
    return [*events, CUSTOMERS] if events and recipe.get(CUSTOMERS) else events


def safe_name(name: str) -> str:
    """Return a file's name without folders.

    Raises
    ------
    DataError
        CP2420 if its extension is not supported.

    >>> safe_name("../orders.csv")
    'orders.csv'
    """
    bare = PurePath(name.replace("\\", "/")).name
    if PurePath(bare).suffix.lstrip(".").casefold() not in ENDINGS:
        raise DataError(
            f"Expected a file that ends in {listed(ENDINGS, len(ENDINGS))}, got {plain(bare, 60)!r}.",
            code="CP2420",
            remedy="Save the table as CSV or Excel (.xlsx), and upload that file.",
        )
    return bare
