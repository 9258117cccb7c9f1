"""A proposer created when first needed: Optuna loads while the last initial fits run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custpred.lazy import preload
from custpred.search._studies import Studies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Thread

    from custpred.models.base import Model
    from custpred.search._trial import Entry, Limits, Trial

_AHEAD = 4
"""Initial configurations left when Optuna begins to load, which takes one or two fits."""


@dataclass
class _Note:
    """A configuration not yet registered with the studies; later holds their handle."""

    family: int
    model: Model
    handle: object = None

    def put(self, studies: Studies) -> None:
        self.handle = studies.adopt(self.family, self.model)


@dataclass(frozen=True)
class _Result:
    """A result not yet reported to the studies."""

    family: int
    handle: object
    trial: Trial | None

    def put(self, studies: Studies) -> None:
        handle = self.handle.handle if isinstance(self.handle, _Note) else self.handle
        studies.tell(self.family, handle, self.trial)


class LazyStudies:
    """Queues configurations and results, and passes them to ``Studies`` when needed."""

    def __init__(self, entries: Sequence[Entry], limits: Limits) -> None:
        self._entries, self._limits = entries, limits
        self._notes: list[_Note | _Result] = []
        self._made: Studies | None = None
        self._loading: Thread | None = None
        self._starts = sum(len(entry.starts) for entry in entries)
        if self._starts <= _AHEAD:
            self._load()

    def choose(self, families: Sequence[int]) -> int:
        """Return the family to search next."""
        return self._studies().choose(families)

    def ask(self, family: int) -> tuple[Model, object] | None:
        """Return a proposal and its handle."""
        return self._studies().ask(family)

    def adopt(self, family: int, model: Model) -> object:
        """Queue an initial configuration."""
        self._starts -= 1
        if self._starts == _AHEAD:
            self._load()
        self._notes.append(_Note(family, model))
        return self._notes[-1]

    def tell(self, family: int, handle: object, trial: Trial | None) -> None:
        """Queue the result of a configuration."""
        self._notes.append(_Result(family, handle, trial))

    def _load(self) -> None:
        self._loading = preload("optuna")

    def _studies(self) -> Studies:
        if self._made is None:
            if self._loading:
                self._loading.join()
            self._made = Studies(self._entries, self._limits.seed)
        for note in self._notes:
            note.put(self._made)
        self._notes.clear()
        return self._made
