"""Grid search."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.engine.base import Workers
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial


class Grid(Search):
    """Every combination of a few values per option, the most different first."""

    points: Annotated[int, Field(ge=1, le=50, description="Values per option, both ends of its range included.")] = 3

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        notify: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Try every entry's initial configurations in turn, then all entries' grids in turn."""
        from custpred.search._lattice import Lattices
        from custpred.search._race import race

        return race(self, entries, Lattices(entries, self.points), (scorer, workers, limits), notify)
