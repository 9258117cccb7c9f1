"""The contract of searches: configurations proposed, fitted by fold, compared out of fold.

A search gets one entry per model of the recipe, with initial configurations and a search space, and
returns the trials.  Time is spent fold by fold, and a trial whose first folds are clearly worse
than the best trial's is stopped (``_race.py``, ``_bar.py``).
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custpred.engine.base import Workers
    from custpred.search._agenda import Proposer
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial
    from custpred.task import Setting


class Search(Spec):
    """How configurations are chosen.

    >>> Search.kinds(), Search.parse({"kind": "tpe", "trials": 20}).trials
    (('grid', 'none', 'random', 'tpe'), 20)
    """

    trials: Annotated[int | None, Field(ge=1, description="Maximum number of trials.")] = None

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Search, str]:
        """Return the choice for ``auto``, and the reason."""
        return cls.parse("tpe"), "good configurations first, then Optuna's TPE in the time left"

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        notify: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Return all trials by number: each entry's initial configurations, then proposals.

        If ``limits.left()`` is None, trials are counted: they depend neither on the number of
        workers nor on interruptions.

        Raises
        ------
        Interrupted
            On Ctrl-C, with the finished trials in ``trials``.
        """
        from custpred.search._race import race

        return race(self, entries, self.proposer(entries, limits), (scorer, workers, limits), notify)

    def starting(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return the entries with the configurations that ``run`` tries first, in turn."""
        return entries

    def proposer(self, entries: Sequence[Entry], limits: Limits) -> Proposer | None:
        """Return what proposes further configurations; None for no others."""

    def keep(self, folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
        """Write files of this search for other tools to the run folder; by default nothing."""
