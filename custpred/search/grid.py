"""Grid search."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.search._agenda import Proposer
    from custpred.search._trial import Entry, Limits


class Grid(Search):
    """Every combination of a few values per option, the most different first."""

    synonyms = ("gridsearch", "grid_search", "gridsearchcv")
    points: Annotated[int, Field(ge=1, le=50, description="Values per option, both ends of its range included.")] = 3

    def proposer(self, entries: Sequence[Entry], limits: Limits) -> Proposer:
        """Return the grids of all entries, in turn."""
        from custpred.search._grid_sampler import GridSampler

        return GridSampler(entries, self.points)
