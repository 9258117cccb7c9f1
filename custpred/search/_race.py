"""The loop of every search: several trials in parallel, fold by fold, until a limit is reached.

A trial is a list of jobs, one per fold.  Workers always get the next job of the oldest trials, so
that trials end early rather than together.  After each fold a trial is compared with the best one
on the same folds, and its other jobs are cancelled once it is too far behind (``_bar.py``): the
idea of racing, which stops spending on configurations that have shown they are worse.  If a run
counts trials, nothing is stopped, so that the result does not depend on the machine.

References
----------
Maron and Moore (1997), The racing algorithm: model selection for lazy learners, Artificial
Intelligence Review 11, 193-225.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from custpred.engine.base import Outcome
from custpred.errors import Interrupted
from custpred.search._agenda import Agenda
from custpred.search._trial import has_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.engine.base import Job, Workers
    from custpred.search._agenda import Proposal, Proposer
    from custpred.search._bar import Bar
    from custpred.search._scorer import Scorer
    from custpred.search._trial import Entry, Limits, Trial
    from custpred.search.base import Search

GRACE = 3.0  # seconds past the deadline allowed for a cheap family's first trial
_FIRST_GRACE = 8.0  # the same for any family's first trial, while there are only baselines
_LAST_JOB_GRACE = 1.0  # the same for last jobs about to end
_MAX_SLOWDOWN = 1.5  # jobs that take this many times as long as the others are not waited for
_LAST_PART, _LAST_SECONDS = 0.5, 1.0
"""Share of the usual time, and seconds, from which a trial is started that stops in time."""
_UNLIMITED = 100  # trials, if neither time nor work is limited


@dataclass(eq=False)
class _Flight:
    """A trial in progress, its waiting, running and finished jobs; no more if ``broken``.

    A ``shortened`` one began with less time than usual, and stops by itself at about the deadline.
    """

    proposal: Proposal
    jobs: Sequence[Job]
    shortened: bool
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    tickets: dict[int, int] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    started: int = 0
    broken: bool = False
    cut: bool = False

    @property
    def waits(self) -> bool:
        return not self.broken and self.started < len(self.jobs)

    @property
    def ended(self) -> bool:
        return not self.tickets and not self.waits

    def results(self) -> list[Outcome]:
        """Return the outcomes by job, without jobs cancelled because another failed."""
        own = [self.outcomes[fold] for fold in sorted(self.outcomes) if self.outcomes[fold].status != "cancelled"]
        return [*own, Outcome(-1, "timeout", reason="the time of the run ended first")] if self.cut else own


class Race:
    """Keeps all workers busy with jobs of the oldest trials first."""

    def __init__(self, agenda: Agenda, scorer: Scorer, workers: Workers, limits: Limits) -> None:
        self._agenda, self._scorer, self._workers, self._limits = agenda, scorer, workers, limits
        self._flights: list[_Flight] = []
        self._tickets: dict[int, tuple[_Flight, int]] = {}
        self._walls: dict[int, list[float]] = defaultdict(list)
        self._over: float | None = None
        self._late = limits.left() == 0.0
        self.trials: list[Trial] = []

    def run(self, notify: Callable[[Trial], None]) -> None:
        """Run until nothing is left to try; ``trials`` holds finished trials even after errors."""
        try:
            self._launch()
            while self._flights:
                self._take(self._workers.wait(self._pause()))
                self._submit()
                for flight in [each for each in self._flights if each.ended]:
                    self._land(flight, notify)
                self._watch()
                self._launch()
        finally:
            self._abandon()

    def _launch(self) -> None:
        """Start waiting jobs, then jobs of new trials."""
        self._submit()
        while len(self._tickets) < self._workers.slots:
            proposal = self._agenda.next(self._fits)
            if proposal is None:
                return
            jobs, left = self._scorer.jobs(proposal.number, proposal.model, self._bar(proposal)), self._limits.left()
            shortened = left is not None and proposal.model.halved and self._expected(proposal.family) > left
            self._flights.append(_Flight(proposal, jobs, shortened))
            self._submit()

    def _bar(self, proposal: Proposal) -> Bar | None:
        """Return the bar for a trial now; None for cheap models, and if the search is reproducible.

        It is also None for the first trial of models that the report compares, and as long as there
        are only cheap models: a booster cut short by time may be behind, and yet be the best.
        """
        model = proposal.model
        asked = proposal.first and model.compared
        if model.cheap or asked or self._limits.left() is None or not self._has_strong_model:
            return None
        return self._scorer.bar([*self._limits.done, *self.trials])

    def _submit(self) -> None:
        for flight in self._flights:
            while flight.waits and len(self._tickets) < self._workers.slots:
                fold, flight.started = flight.started, flight.started + 1
                left = self._limits.left()
                function, item = flight.jobs[fold]
                # The race itself stops late jobs; this limit is a fallback in case it cannot.
                ticket = self._workers.submit(function, item, seconds=None if left is None else left + self._spare)
                flight.tickets[ticket], self._tickets[ticket] = fold, (flight, fold)
                flight.began[ticket] = time.monotonic()

    def _take(self, outcomes: Sequence[Outcome]) -> None:
        """Record finished jobs; a trial with a failed fold is not continued."""
        for outcome in outcomes:
            flight, fold = self._tickets.pop(outcome.ticket, (None, 0))
            if flight is None:
                continue
            del flight.tickets[outcome.ticket]
            flight.outcomes[fold] = outcome
            if not flight.broken and (outcome.status != "ok" or self._hopeless(flight)):
                self._break(flight)

    def _hopeless(self, flight: _Flight) -> bool:
        """Return whether the folds so far are too far behind the best trial, which may be newer."""
        bar = None if flight.ended else self._bar(flight.proposal)
        return bar is not None and self._scorer.hopeless(bar, flight.proposal.number, flight.results())

    def _break(self, flight: _Flight) -> None:
        flight.broken = True
        self._workers.cancel(*flight.tickets)

    def _land(self, flight: _Flight, notify: Callable[[Trial], None]) -> None:
        """Assess a finished trial; one that was cut off is kept only if its family has no other."""
        self._flights.remove(flight)
        proposal, trial = flight.proposal, None
        if not flight.cut or proposal.first:
            trial = self._scorer.assess(proposal.number, proposal.model, flight.results())
            self.trials.append(trial)
            seconds = [outcome.seconds for outcome in flight.outcomes.values()]
            self._walls[proposal.family].append(max(max(seconds, default=0.0), sum(seconds) / self._workers.slots))
            notify(trial)
        else:
            self._scorer.drop(flight.results())
        self._agenda.ended(proposal, trial)

    def _fits(self, family: int, urgent: bool) -> bool:
        """Return whether one more trial of a family is expected to end in time.

        Fits that stop in time may begin with less of it: the last rounds of early stopping are only
        waiting, so that a booster with half of its usual time is nearly as good.
        """
        left = self._limits.left()
        if left is None or (urgent and self._spare > 0):
            return True
        shortened = self._agenda.stops_in_time(family) and left >= _LAST_SECONDS
        return left > 0 and self._expected(family) * (_LAST_PART if shortened else 1) <= left

    def _expected(self, family: int) -> float:
        """Return the seconds of a trial: its family's median, or if new those of the slowest."""
        if family in self._walls:
            return median(self._walls[family])
        now = time.monotonic()
        running = [now - min(flight.began.values()) for flight in self._flights if flight.tickets]
        return max((*map(median, self._walls.values()), *running), default=0.0)

    def _watch(self) -> None:
        """Stop running trials at the deadline; urgent trials get a little more time."""
        left = self._limits.left()
        if left is None or left > 0:
            return
        self._over = self._over or time.monotonic()
        late = time.monotonic() - self._over
        last = self._over + _LAST_JOB_GRACE
        for flight in self._flights:
            waited_for = (self._urgent(flight) and late < self._spare) or self._ends_by(flight, last)
            if not waited_for and not flight.ended:
                flight.cut = True
                self._break(flight)

    def _ends_by(self, flight: _Flight, moment: float) -> bool:
        """Return whether a trial's running jobs are expected to end in time.

        Those of a shortened trial are; those of others if earlier ones took no longer.
        """
        took = [each.seconds for each in flight.outcomes.values()] or self._walls.get(flight.proposal.family)
        now = time.monotonic()
        if flight.waits or not took or moment < now:
            return False
        if flight.shortened:
            return True
        began = [flight.began[ticket] for ticket in flight.tickets]
        return all(now < each + _MAX_SLOWDOWN * median(took) and each + median(took) < moment for each in began)

    def _urgent(self, flight: _Flight) -> bool:
        """Return whether a trial is the first of a cheap family, or of any with no better model."""
        return flight.proposal.quick or (flight.proposal.first and not self._has_strong_model)

    @property
    def _has_strong_model(self) -> bool:
        """Return whether there is a model that is not cheap: those are often far behind others."""
        return has_model(each for each in (*self.trials, *self._limits.done) if not each.model.cheap)

    @property
    def _has_model(self) -> bool:
        return has_model((*self.trials, *self._limits.done))

    @property
    def _spare(self) -> float:
        """Return the extra seconds of urgent trials past the deadline: more without a model.

        If the deadline had passed before the search began, the first model is enough.
        """
        return _FIRST_GRACE if not self._has_model else 0.0 if self._late else GRACE

    def _pause(self) -> float | None:
        """Return how many seconds to wait for an outcome: at most the time left."""
        left = self._limits.left()
        return None if left is None else min(max(left, 0.05), 1.0)

    def _abandon(self) -> None:
        """Cancel all jobs and wait for their results, so that the workers are free."""
        if not self._tickets:
            return
        self._workers.cancel(*self._tickets)
        while self._tickets and (ended := self._workers.wait(GRACE)):
            for outcome in ended:
                self._tickets.pop(outcome.ticket, None)


def race(
    search: Search,
    entries: Sequence[Entry],
    proposer: Proposer | None,
    course: tuple[Scorer, Workers, Limits],
    notify: Callable[[Trial], None],
) -> tuple[Trial, ...]:
    """Run a search to its end; return the trials of this run and of the earlier one by number.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the same trials in ``trials``.
    """
    scorer, workers, limits = course
    counts = [count for count in (search.trials, limits.trials) if count is not None]
    unlimited = _UNLIMITED if limits.left() is None else None
    agenda = Agenda(entries, proposer, limits, min(counts, default=unlimited))
    running = Race(agenda, scorer, workers, limits)
    try:
        running.run(notify)
    except KeyboardInterrupt:
        raise Interrupted.search(_ordered(limits.done, running.trials)) from None
    return _ordered(limits.done, running.trials)


def _ordered(*several: Sequence[Trial]) -> tuple[Trial, ...]:
    return tuple(sorted((trial for trials in several for trial in trials), key=lambda trial: trial.number))
