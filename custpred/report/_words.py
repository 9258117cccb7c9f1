"""Spans of time in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custpred.report._text import Text

_UNITS = {"d": "day", "w": "week", "mo": "month", "y": "year"}


def length(span: str, say: Text) -> str:
    """Return a span in words."""
    unit = span.lstrip("0123456789")
    return say.count(int(span.removesuffix(unit)), _UNITS[unit])
