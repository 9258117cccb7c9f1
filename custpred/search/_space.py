"""The search space of a family: grid levels, random draws, and models built from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, get_args

from pydantic import ValidationError

from custpred.spec import Choices, Range

if TYPE_CHECKING:
    from random import Random

    from custpred.models.base import Model
    from custpred.search._trial import Entry
    from custpred.storage.plain import JSON


class Axis(NamedTuple):
    """One searched option; ``whole`` if it takes integers."""

    mark: Range | Choices
    whole: bool

    def levels(self, count: int) -> list[object]:
        """Return all choices, or ``count`` values of a range, both ends included."""
        if isinstance(self.mark, Choices):
            return list(self.mark.values)
        shares = [0.5] if count == 1 else [i / (count - 1) for i in range(count)]
        return list(dict.fromkeys(self._at(share) for share in shares))

    def draw(self, chance: Random) -> object:
        """Return one random value; log-uniform for ranges marked as log."""
        if isinstance(self.mark, Choices):
            return chance.choice(self.mark.values)
        return self._at(chance.random())

    def _at(self, share: float) -> float:
        """Return the value at a share (0 to 1) of the range."""
        mark = self.mark
        assert isinstance(mark, Range)
        if mark.log:
            low, high = math.log(mark.low), math.log(mark.high)
            value = math.exp(low + share * (high - low))
        else:
            value = mark.low + share * (mark.high - mark.low)
        inside = min(max(value, mark.low), mark.high)  # exp(log(x)) may miss an end by the last bit
        return round(inside) if self.whole else inside


def axes(entry: Entry) -> dict[str, Axis]:
    """Return the options to search: those with a search range that the recipe does not fix."""
    kind = type(entry.model)
    return {
        name: Axis(mark, _whole(kind.model_fields[name].annotation))
        for name, mark in kind.space().items()
        if name not in entry.fixed
    }


def build(entry: Entry, values: JSON) -> Model | None:
    """Return the family's model with some options changed; None if the combination is invalid."""
    try:
        return entry.model.with_(**values)
    except ValidationError:
        return None


def _whole(annotation: object) -> bool:
    """Return whether a field's annotation is an integer type: ``int`` or ``int | None``."""
    types = _types(annotation)
    return int in types and float not in types


def _types(annotation: object) -> list[object]:
    parts = get_args(annotation)
    return [each for part in parts for each in _types(part)] if parts else [annotation]
