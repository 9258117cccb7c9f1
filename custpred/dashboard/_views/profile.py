"""Columns, their relation to the target, and data quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.dashboard._views.model import parts
from custpred.report._page import OF_DATA

if TYPE_CHECKING:
    from custpred.dashboard._views.frame import View


def show(view: View) -> None:
    """Show the report's sections on the data."""
    parts(view, view.record, only=OF_DATA)
