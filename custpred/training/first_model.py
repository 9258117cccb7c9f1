"""The first model: simple, fitted in this process before workers have loaded their libraries, and a trial like others.

A process of its own, the boosters and Optuna cost seconds before they begin; on a busy machine these may be all the
time there is.  The baseline and the first linear model that the recipe asks for therefore do not wait for them.  They
keep the numbers that the search would give them, and the search takes them as trials of an earlier run.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from custpred.engine.base import Outcome
from custpred.engine.inline import Inline
from custpred.search._agenda import in_turn
from custpred.search._trial import has_model, identity
from custpred.training.fold import fit_folds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.budget import Clock
    from custpred.models.base import Model
    from custpred.search._trial import Entry, Trial
    from custpred.training.scorer import FoldScorer

SHARE = 0.25
"""Share of the time left that these fits may take; where they take more, workers share them among the cores."""
LEAST = 3.0
"""Seconds of a core that they may take however little time is left: a run without a model is worth nothing."""


class _Allowance:
    """What the fits may take: a share of the time left, or ``LEAST`` seconds of a core if that is longer."""

    def __init__(self, left: float) -> None:
        self._wall, self._core, self._share = time.monotonic(), time.process_time(), SHARE * left

    @property
    def wall(self) -> float:
        """Return the seconds since it began."""
        return time.monotonic() - self._wall

    @property
    def core(self) -> float:
        """Return the seconds of a core that this process has had since."""
        return time.process_time() - self._core

    def over(self, times: float = 1.0) -> bool:
        """Return whether so many times what was spent is more than is allowed."""
        return times * self.wall > self._share and times * self.core > LEAST

    @property
    def left(self) -> float:
        """Return about the seconds that are left."""
        pace = self.core / self.wall if self.wall > 0.1 else 1.0
        return max(0.1, self._share - self.wall, (LEAST - self.core) / max(pace, 0.01))


class Begun(NamedTuple):
    """The trials that were made, and the share of a core that this process had meanwhile, up to about 1."""

    trials: tuple[Trial, ...]
    core: float


def first_model(
    scorer: FoldScorer, families: Sequence[Entry], clock: Clock, done: Sequence[Trial], tell: Callable[[Trial], None]
) -> Begun:
    """Fit the constant and the first linear model of the recipe; nothing without a time limit.

    Parameters
    ----------
    done
        Trials of an earlier run of the same folder: where they hold a model, nothing is fitted.
    tell
        Called with each trial as it ends.
    """
    if clock.left is None or has_model(done):
        return Begun((), 1.0)
    known = {identity(trial.model) for trial in done}
    used, made = {trial.number for trial in done}, []
    allowance = _Allowance(clock.left)
    for number, model in _simple(families):
        if number in used or identity(model) in known:
            continue
        trial = _fitted(scorer, number, model, allowance)
        if trial is None:
            break
        made.append(trial)
        tell(trial)
    return Begun(tuple(made), min(1.0, allowance.core / allowance.wall) if made else 1.0)


def _simple(families: Sequence[Entry]) -> list[tuple[int, Model]]:
    """Return the constant and the first linear model, with their numbers."""
    found: dict[bool, tuple[int, Model]] = {}
    for number, (_, model, first) in enumerate(in_turn(families)):
        if first and model.immediate:
            found.setdefault(model.baseline, (number, model))
    return [found[baseline] for baseline in (True, False) if baseline in found]


def _fitted(scorer: FoldScorer, number: int, model: Model, allowance: _Allowance) -> Trial | None:
    """Fit fold after fold; None where the folds would take longer than is allowed.

    The first fold also loads libraries: it does not say how long the others will take.
    """
    outcomes: list[Outcome] = []
    folds = len(scorer.held)
    with Inline().open(1) as workers:
        for fold in range(folds):
            workers.submit(fit_folds, scorer.job(number, model, fold, seconds=allowance.left / (folds - fold)))
            outcomes += workers.wait()
            if outcomes[-1].status != "ok" or allowance.over(folds / (fold + 1) if fold else 1.0):
                break
    if outcomes[-1].status == "ok" and len(outcomes) < folds:
        return None
    return scorer.assess(number, model, [_ordered(outcomes)] if outcomes[-1].status == "ok" else outcomes)


def _ordered(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the folds' outcomes as that of one job."""
    return Outcome(
        0, "ok", [done for each in outcomes for done in each.value], seconds=sum(e.seconds for e in outcomes)
    )
