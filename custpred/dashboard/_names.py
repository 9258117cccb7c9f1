"""Names of uploaded files: safe in a folder, and as they were uploaded in errors."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.source._guess import tables
from custpred.text import listed, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDINGS = tables()


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


@contextmanager
def as_uploaded(folder: Path) -> Iterator[None]:
    """Name files in errors as they were uploaded, without the folder that they are read from."""
    try:
        yield
    except DataError as error:
        own = {name: each.replace(f"{folder}{os.sep}", "") for name, each in vars(error).items() if type(each) is str}
        vars(error).update(own)
        raise
