"""The sampler of grid search: all points, in an order that covers the grid evenly at once."""

from __future__ import annotations

from collections import Counter
from math import gcd, prod
from typing import TYPE_CHECKING

from custpred.search._space import axes, build

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.models.base import Model
    from custpred.search._trial import Entry, Trial
    from custpred.storage.plain import JSON

_GOLDEN = 0.6180339887498949


def spread(levels: dict[str, list[object]]) -> Iterator[JSON]:
    """Yield every combination once; successive points are far apart in the grid.

    Position ``i * step`` modulo the number of combinations, in the mixed base of the level counts;
    ``step`` is the integer nearest to that number's golden section that is coprime to it.

    References
    ----------
    Korobov lattice rules: Niederreiter (1992), Quasi-Monte Carlo Methods, chapter 5.
    """
    total = prod(len(values) for values in levels.values())
    step = max(1, round(total * _GOLDEN))
    while gcd(step, total) != 1:
        step += 1
    for turn in range(total):
        place, point = turn * step % total, {}
        for name, values in levels.items():
            place, digit = divmod(place, len(values))
            point[name] = values[digit]
        yield point


class GridSampler:
    """Proposes grid points of all families in turn."""

    def __init__(self, entries: Sequence[Entry], points: int) -> None:
        self._entries = entries
        self._asked: Counter[int] = Counter()
        levels = [{name: axis.levels(points) for name, axis in axes(entry).items()} for entry in entries]
        self._points = [spread(each) for each in levels]

    def choose(self, families: Sequence[int]) -> int:
        """Return the family with the fewest proposals."""
        return min(families, key=lambda family: self._asked[family])

    def ask(self, family: int) -> tuple[Model, object] | None:
        """Return the family's next point; invalid combinations of options are skipped."""
        self._asked[family] += 1
        for point in self._points[family]:
            model = build(self._entries[family], point)
            if model is not None:
                return model, None
        return None

    def adopt(self, family: int, model: Model) -> object:
        """Do nothing: a grid does not depend on trials."""

    def tell(self, family: int, handle: object, trial: Trial | None) -> None:
        """Learn nothing."""
