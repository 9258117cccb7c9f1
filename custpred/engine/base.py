"""The contract of engines, which run the fits.

A fit may crash, hang or exhaust the memory without harming the run: every job that the search
submits ends with an ``Outcome``.  ``local`` runs each job in its own process, ``inline`` in this
process, for tests and small tables, ``dask`` on a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias, TypeVar

from custpred.engine._traits import EngineTraits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Item = TypeVar("Item")
Job: TypeAlias = "tuple[Callable[[Any], object], Any]"
"""A picklable function and its argument."""
Status = Literal["ok", "failed", "timeout", "memory", "crash", "cancelled"]


@dataclass(frozen=True)
class Outcome:
    """How one job ended: with the function's ``value``, or with a ``reason`` if it did not return.

    >>> Outcome(ticket=1, status="timeout", reason="it was ended after 30 s").value is None
    True
    """

    ticket: int
    status: Status
    value: Any = None
    reason: str = ""
    seconds: float = 0.0


class Workers(Protocol):
    """Workers that accept jobs; a job that raises, crashes or hangs harms no other."""

    slots: int  # number of concurrent jobs
    peak: int  # peak bytes of all jobs together; 0 if unknown
    busy: float  # total seconds of all jobs
    cut: float  # total seconds of unfinished jobs

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Queue ``function(item)``, both picklable, for at most ``seconds``; return a ticket."""

    def wait(self, timeout: float | None = None, of: Collection[int] | None = None) -> list[Outcome]:
        """Return at least one outcome, of tickets ``of`` if given; none after ``timeout`` s."""

    def cancel(self, *tickets: int) -> None:
        """Cancel jobs; each still has an outcome, ``cancelled``."""

    def close(self) -> None:
        """Kill all jobs."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...


class Engine(EngineTraits):
    """An engine of the recipe."""

    @classmethod
    def usual(cls) -> Engine:
        """Return the default engine."""
        return cls.parse("local")

    def open(self, jobs: int, memory: int | None = None) -> Workers:
        """Start workers for ``jobs`` concurrent jobs with ``memory`` bytes in total."""
        raise NotImplementedError
