"""The sampler of random search: independent draws from the search space."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from custpred.search._space import axes, build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.models.base import Model
    from custpred.search._trial import Entry, Trial

_DRAWS = 100  # invalid combinations of options drawn before a family is abandoned


class RandomSampler:
    """Proposes configurations drawn independently and uniformly (in some ranges on a log scale)."""

    def __init__(self, entries: Sequence[Entry], seed: int) -> None:
        self._entries, self._axes = entries, [axes(entry) for entry in entries]
        self._chance = Random(seed)

    def choose(self, families: Sequence[int]) -> int:
        """Return a family, all with equal probability."""
        return self._chance.choice(families)

    def ask(self, family: int) -> tuple[Model, object] | None:
        """Return one draw; None if the family has nothing to search."""
        mine = self._axes[family]
        for _ in range(_DRAWS if mine else 0):
            model = build(self._entries[family], {name: axis.draw(self._chance) for name, axis in mine.items()})
            if model is not None:
                return model, None
        return None

    def adopt(self, family: int, model: Model) -> object:
        """Do nothing: random draws do not depend on trials."""

    def tell(self, family: int, handle: object, trial: Trial | None) -> None:
        """Learn nothing."""
