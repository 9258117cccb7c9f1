"""Spans of time in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.events.spans import UNITS, parts

if TYPE_CHECKING:
    from custpred.report._text import Text


def length(span: str, say: Text) -> str:
    """Return a span in words."""
    count, unit = parts(span)
    return say.count(count, UNITS[unit])
