"""Decides what to try next: initial configurations in turn, then proposals, each once.

There are two modes.  With a time limit, each result is reported at once and guides the next
proposal.  Without one, trials are counted and reproducible with any number of workers: proposals
come in generations of fixed size, and results are reported in order after the generation.  A
resumed run proposes earlier trials again, and takes their results from the earlier run.

A limit on the number of trials counts those of the recipe's models; baselines do not count.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from itertools import count, zip_longest
from typing import TYPE_CHECKING, Protocol

from custpred.search._trial import Trial, has_model, identity, owner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.models.base import Model
    from custpred.search._trial import Entry, Limits

GENERATION = 4
_REPEATS = 30  # consecutive known configurations after which a family counts as exhausted
_HOPELESS = 3  # failures without a success after which a family is no longer searched


@dataclass(frozen=True)
class Proposal:
    """A configuration to try; ``handle`` identifies it for the proposer."""

    number: int
    family: int
    model: Model
    handle: object
    first: bool
    quick: bool = False
    """Whether it is the first of a family whose trials are quick."""


class Proposer(Protocol):
    """The interface in which searches differ."""

    def choose(self, families: Sequence[int]) -> int:
        """Return the family to search next."""

    def ask(self, family: int) -> tuple[Model, object] | None:
        """Return a configuration and a handle for reporting its result; None if nothing is left."""

    def adopt(self, family: int, model: Model) -> object:
        """Register a configuration that was not proposed; return a handle."""

    def tell(self, family: int, handle: object, trial: Trial | None) -> None:
        """Report a configuration's result; None if it was abandoned through no fault of its own."""


class Agenda:
    """Hands out proposals and takes their results back."""

    def __init__(self, entries: Sequence[Entry], proposer: Proposer | None, limits: Limits, most: int | None) -> None:
        self._entries, self._proposer, self._most = entries, proposer, most
        self._lockstep = limits.left() is None
        self._starts = deque(in_turn(entries))
        self._known: dict[str, Trial | None] = {identity(trial.model): trial for trial in limits.done}
        self._used = {trial.number for trial in limits.done}
        self._count, self._open = sum(self._counted(owner(entries, trial.model)) for trial in limits.done), 0
        self._batch: deque[Proposal] = deque()
        self._unreported: list[tuple[int, int, object, Trial | None]] = []
        self._repeats: Counter[int] = Counter()
        self._tries: Counter[int] = Counter()
        self._scored: set[int] = set()
        self._has_model = has_model(limits.done)
        self._replay = set(self._used) if self._lockstep else set()
        if not self._lockstep:
            self._remember(limits.done)

    def next(self, fits: Callable[[int, bool], bool]) -> Proposal | None:
        """Return the next proposal; None if there is none, or none yet.

        Parameters
        ----------
        fits
            Called with a family and whether its trial is urgent; returns whether there is time for
            it.  Urgent are the first trial of a cheap family, and of any while there is no model.
        """
        while not self._batch:
            if self._lockstep and self._open:
                return None  # the generation must end first
            self._tell()
            if not self._propose(fits):
                return None
        return self._batch.popleft()

    def stops_in_time(self, family: int) -> bool:
        """Return whether a family's fits stop when their time is over, with usable models."""
        return self._entries[family].model.halved

    def ended(self, proposal: Proposal, trial: Trial | None) -> None:
        """Record a proposal's result; None if it was abandoned."""
        self._open -= 1
        self._count -= trial is None and self._counted(proposal.family)
        self._known[identity(proposal.model)] = trial
        self._has_model = self._has_model or (trial is not None and has_model([trial]))
        self._unreported.append((proposal.number, proposal.family, proposal.handle, trial))
        if not self._lockstep:
            self._tell()

    def _tell(self) -> None:
        for _, family, handle, trial in sorted(self._unreported, key=lambda row: row[0]):
            self._tries[family] += 1
            if trial is not None and trial.scored:
                self._scored.add(family)
            if self._proposer is not None:
                self._proposer.tell(family, handle, trial)
        self._unreported.clear()

    def _remember(self, done: Sequence[Trial]) -> None:
        """Report the trials of an earlier run."""
        for trial in done:
            family = owner(self._entries, trial.model)
            if family is not None:
                self._unreported.append((trial.number, family, self._adopt(family, trial.model), trial))
        self._tell()

    def _adopt(self, family: int, model: Model) -> object:
        return None if self._proposer is None else self._proposer.adopt(family, model)

    def _propose(self, fits: Callable[[int, bool], bool]) -> bool:
        """Fill the batch; return whether anything was proposed, even a known configuration."""
        one = self._start if self._starts else self._ask
        size = 1 if not self._lockstep else len(self._starts) or GENERATION
        made = [one(fits) for _ in range(size)]
        return any(made) or (one == self._start and self._propose(fits))

    @property
    def _full(self) -> bool:
        return self._most is not None and self._count >= self._most

    def _counted(self, family: int | None) -> bool:
        """Return whether a family's trials count: those of the recipe's models do."""
        return family is None or not self._entries[family].beside

    def _start(self, fits: Callable[[int, bool], bool]) -> bool:
        while self._starts:
            family, model, first = self._next_start()
            urgent = first and (self._entries[family].quick(model) or not self._has_model)
            full = self._full and self._counted(family)
            if not full and fits(family, urgent) and self._new(model):
                self._admit(family, model, self._adopt(family, model), first)
                return True
        return False

    def _next_start(self) -> tuple[int, Model, bool]:
        """Take the next start; starts of families whose trials were all stopped come last."""
        promising = (i for i, (family, *_) in enumerate(self._starts) if self._promising(family))
        place = next(promising, 0)
        start = self._starts[place]
        del self._starts[place]
        return start

    def _promising(self, family: int) -> bool:
        return family in self._scored or not self._tries[family]

    def _ask(self, fits: Callable[[int, bool], bool]) -> bool:
        while self._proposer is not None and not self._full and (families := self._families(fits)):
            family = self._proposer.choose(families)
            proposed = self._proposer.ask(family)
            if proposed is None:
                self._repeats[family] = _REPEATS
                continue
            model, handle = proposed
            if self._new(model):
                self._admit(family, model, handle, False)
                return True
            self._repeats[family] += 1
            self._proposer.tell(family, handle, None)
        return False

    def _families(self, fits: Callable[[int, bool], bool]) -> list[int]:
        return [
            family
            for family in range(len(self._entries))
            if self._repeats[family] < _REPEATS
            and (family in self._scored or self._tries[family] < _HOPELESS)
            and fits(family, False)
        ]

    def _new(self, model: Model) -> bool:
        """Return whether a configuration is neither finished nor running; replayed ones are new."""
        known = self._known.get(identity(model))
        return identity(model) not in self._known or (known is not None and known.number in self._replay)

    def _admit(self, family: int, model: Model, handle: object, first: bool) -> None:
        """Add a proposal to the batch, or take its result from the earlier run."""
        old = self._known.get(identity(model))
        if old is not None:
            self._replay.discard(old.number)
            self._unreported.append((old.number, family, handle, old))
            return
        number = next(each for each in count() if each not in self._used)
        self._used.add(number)
        self._known[identity(model)] = None
        self._count, self._open = self._count + self._counted(family), self._open + 1
        quick = first and self._entries[family].quick(model)
        self._batch.append(Proposal(number, family, model, handle, first, quick))


def in_turn(entries: Sequence[Entry]) -> list[tuple[int, Model, bool]]:
    """List (family, model, first) by round: first starts, cheap families first, then second.

    Cheap families that are slow on this table come last in their round.
    """
    rounds = enumerate(zip_longest(*(entry.starts or (entry.model,) for entry in entries)))
    rows = [(turn, family, model) for turn, each in rounds for family, model in enumerate(each) if model]

    def place(row: tuple[int, int, Model]) -> tuple[bool, int, bool]:
        turn, family, model = row
        return turn > 0 or not entries[family].quick(model), turn, model.cheap and not entries[family].early

    return [(family, model, turn == 0) for turn, family, model in sorted(rows, key=place)]
