"""Saving a page, in the format of the file's extension."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from custpred.report._markdown import written
from custpred.report._page import rendered
from custpred.storage.files import write
from custpred.storage.plain import json_text

if TYPE_CHECKING:
    from custpred.report._parts import Page
    from custpred.storage.plain import JSON


def saved(path: str | Path, shown: Page, data: JSON) -> Path:
    """Write a page as HTML, Markdown (``.md``) or JSON (``.json``); return its path."""
    target = Path(path)
    makers = {".json": lambda: json_text(data), ".md": lambda: written(shown)}
    write(target, makers.get(target.suffix, lambda: rendered(shown, data))())
    return target
