"""Counts of customers too small to be stored, as they could identify customers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from custpred.profile._plain import few

if TYPE_CHECKING:
    from collections.abc import Collection

    from custpred.evaluate.base import Measure


def hidden(measure: Measure, counts: Collection[str], least: int) -> Measure:
    """Return a measure with all small numbers under the keys ``counts`` replaced by one number.

    >>> from custpred.evaluate.base import Measure
    >>> rows = ({"customers": 3, "share": 0.3}, {"customers": 12, "share": 0.7})
    >>> hidden(Measure("errors", rows), ["customers"], 10).rows
    ({'customers': 5, 'share': 0.3}, {'customers': 12, 'share': 0.7})
    """
    if not counts:
        return measure
    return replace(
        measure, rows=tuple(_without(measure.rows, counts, least)), facts=_without(measure.facts, counts, least)
    )


def _without(value: Any, counts: Collection[str], least: int) -> Any:
    if isinstance(value, dict):
        return {
            key: few(each, least) if key in counts and isinstance(each, int | float) else _without(each, counts, least)
            for key, each in value.items()
        }
    return [_without(each, counts, least) for each in value] if isinstance(value, list | tuple) else value
