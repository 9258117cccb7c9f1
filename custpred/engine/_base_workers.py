"""What workers of every engine share: outcomes that nobody has fetched yet, and total seconds."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Self

from custpred.engine.base import Outcome, Workers
from custpred.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from custpred.engine.base import Item


class BaseWorkers(Workers):
    """Base of workers: subclasses run the jobs."""

    def __init__(self) -> None:
        self.busy = self.cut = 0.0
        self._ended: list[Outcome] = []

    def _note(self, outcome: Outcome) -> None:
        """Keep an outcome until it is fetched."""
        self.busy += outcome.seconds
        self.cut += 0.0 if outcome.status in {"ok", "failed"} else outcome.seconds
        self._ended.append(outcome)

    def _fetch(self, of: Collection[int] | None) -> list[Outcome]:
        """Return the kept outcomes of some jobs, of all if None, and forget them."""
        found = [each for each in self._ended if of is None or each.ticket in of]
        self._ended = [each for each in self._ended if of is not None and each.ticket not in of]
        return found

    def _pickled(self, ticket: int, function: Callable[[Item], object], item: Item) -> bytes | None:
        """Return a job as bytes for another process; None, and a failure, if that is impossible."""
        try:
            return pickle.dumps((function, item))
        except Exception as error:
            self._note(Outcome(ticket, "failed", reason=f"the job cannot be pickled: {describe(error)}"))
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
