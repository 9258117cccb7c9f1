"""The contract of searches: configurations are proposed, fitted fold by fold, and compared out of fold.

A search gets one entry for each model of the recipe, with its good configurations and its search space.
It returns the trials.  Time is spent fold by fold, and a trial whose first folds are clearly worse than
the best trial's is stopped (``_race.py``, ``_bar.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custpred.engine.base import Workers
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial
    from custpred.task import Setting


class Search(Spec):
    """How configurations are chosen.

    >>> Search.kinds(), Search.parse({"kind": "tpe", "trials": 20}).trials
    (('grid', 'none', 'random', 'tpe'), 20)
    """

    trials: Annotated[int | None, Field(ge=1, description="Number of trials at most.")] = None

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Search, str]:
        """Return the choice for ``auto``, and why."""
        return cls.parse("tpe"), "good configurations first, then Optuna's TPE in the time left"

    def run(
        self,
        entries: Sequence[Entry],
        scorer: Scorer,
        workers: Workers,
        limits: Limits,
        notify: Callable[[Trial], None] = lambda trial: None,
    ) -> tuple[Trial, ...]:
        """Return all trials by number: each entry's initial configurations, then proposals, until a limit.

        Where ``limits.left()`` is None, work is counted: trials do not depend on the number of workers, nor on a cut.

        Raises
        ------
        Interrupted
            On Ctrl-C, with the finished trials in ``trials``.
        """
        raise NotImplementedError

    def keep(self, folder: Path, entries: Sequence[Entry], trials: Sequence[Trial]) -> None:
        """Leave in the run folder what other tools read of this search; nothing, if they know none of its kind."""
