"""Saving a page, in the format of the file's extension."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.report._markdown import written
from custpred.report._page import rendered
from custpred.storage.files import write
from custpred.storage.plain import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from custpred.report._parts import Page
    from custpred.storage.plain import JSON

PAGE, EVERY = (".html",), (".html", ".md", ".json")


def saved(path: str | Path, shown: Page, data: JSON) -> Path:
    """Write a page as HTML, Markdown (``.md``) or JSON (``.json``); return its path."""
    makers = (lambda: rendered(shown, data), lambda: written(shown), lambda: json_text(data))
    return written_as(path, dict(zip(EVERY, makers, strict=True)))


def written_as(path: str | Path, makers: Mapping[str, Callable[[], str]]) -> Path:
    """Write what the maker for a file's extension returns; return the path."""
    target = Path(path)
    write(target, makers[format_of(target, makers)]())
    return target


def format_of(path: Path, known: Collection[str] = EVERY) -> str:
    """Return the extension that says how a page is written; ``.html`` for none.

    Raises
    ------
    DataError
        CP2416 for an extension that is not known: its programs could not read the file.
    """
    own = path.suffix.lower()
    own = ".html" if own in {"", ".htm"} else own
    if own not in known:
        raise DataError(
            f"Expected a file that ends in {' or '.join(known)}, got {own!r}.",
            code="CP2416",
            place=str(path),
            remedy="Change the extension of the file.",
        )
    return own
