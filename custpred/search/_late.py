"""A proposer that is made when its first word is needed: Optuna loads while the first fits already run."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.models.base import Model
    from custpred.search._studies import Studies
    from custpred.search._trial import Entry, Limits, Trial


@dataclass
class _Note:
    """A configuration that the studies do not know yet; then their handle on it."""

    family: int
    model: Model
    handle: Any = None


class LateStudies:
    """Notes the starts, and hands them to ``Studies`` once anything is asked or told."""

    def __init__(self, entries: Sequence[Entry], limits: Limits) -> None:
        self._entries, self._limits = entries, limits
        self._notes: list[_Note] = []
        self._made: Studies | None = None
        threading.Thread(target=import_module, args=("optuna",), daemon=True).start()

    def choose(self, families: Sequence[int]) -> int:
        """Return the family to search next."""
        return self._studies().choose(families)

    def ask(self, family: int) -> tuple[Model, Any] | None:
        """Return a proposal and its handle."""
        return self._studies().ask(family)

    def adopt(self, family: int, model: Model) -> Any:
        """Take note of a start."""
        self._notes.append(_Note(family, model))
        return self._notes[-1]

    def tell(self, family: int, handle: Any, trial: Trial | None) -> None:
        """Learn how a configuration did."""
        studies = self._studies()
        studies.tell(family, handle.handle if isinstance(handle, _Note) else handle, trial)

    def _studies(self) -> Studies:
        if self._made is None:
            from custpred.search._studies import Studies

            self._made = Studies(self._entries, self._limits)
        for note in self._notes:
            note.handle = self._made.adopt(note.family, note.model)
        self._notes.clear()
        return self._made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._made is not None:
            self._made.close()
