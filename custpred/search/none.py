"""No search."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.engine.base import Workers
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial


class Without(Search):
    """One configuration per model, as the recipe defines it; nothing is searched."""

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        notify: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Try the configuration of every entry once."""
        from custpred.search._race import race

        given = [replace(entry, starts=(entry.model,)) for entry in entries]
        return race(self, given, None, (scorer, workers, limits), notify)
