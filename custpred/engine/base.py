"""The contract of engines: where fits run.

A fit may crash, hang or use up the memory, and none of that may harm the run.  So the search submits
jobs, and every job ends as an ``Outcome`` with a status and, where it failed, a reason.  ``local`` gives
each job a process of its own; ``inline`` runs it in this process, for tests and small tables; ``dask`` has
a cluster do it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, TypeAlias, TypeVar

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Item = TypeVar("Item")
Job: TypeAlias = "tuple[Callable[[Any], Any], Any]"
"""A function that can be pickled, and what it is called with."""
Status = Literal["ok", "failed", "timeout", "memory", "crash", "cancelled"]


@dataclass(frozen=True)
class Outcome:
    """How one job ended; ``value`` is what the function returned, ``reason`` a sentence where it did not.

    >>> Outcome(ticket=1, status="timeout", reason="it was ended after 30 s").value is None
    True
    """

    ticket: int
    status: Status
    value: Any = None
    reason: str = ""
    seconds: float = 0.0


class Workers(Protocol):
    """Workers that are open for jobs; a job that raises, crashes, hangs or takes too much memory harms no other."""

    slots: int  # how many jobs run at once
    peak: int  # most bytes that the jobs have held together; 0 where the engine cannot know
    busy: float  # seconds that jobs have run, summed over them
    cut: float  # those of jobs that were ended before they were done

    def submit(self, function: Callable[[Item], object], item: Item, *, seconds: float | None = None) -> int:
        """Queue ``function(item)``, both picklable; return a ticket.  It is ended after ``seconds``."""

    def wait(self, timeout: float | None = None, of: Collection[int] | None = None) -> list[Outcome]:
        """Return one outcome at least, unless ``timeout`` passes or no job is left; of the tickets ``of``, if given."""

    def cancel(self, *tickets: int) -> None:
        """End jobs; each still has an outcome, ``cancelled``."""

    def close(self) -> None:
        """End everything; no job is left behind."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...


class Engine(Spec):
    """Where work is done.

    ``forks`` says whether jobs run in processes of their own, with their libraries loaded; ``remote`` whether on
    machines that do not have the run's files, and may not be reached.
    """

    forks: ClassVar[bool] = True
    remote: ClassVar[bool] = False

    @classmethod
    def usual(cls) -> Engine:
        """Return the engine of recipes that name none."""
        return cls.parse("local")

    def warm(self, seconds: float | None = None) -> bool:
        """Begin to load the workers' libraries in the background; may be called at any moment, and twice.

        Returns
        -------
        bool
            False if so many processes share the cores that workers would not be ready within ``seconds``: then nothing
            is begun, and workers load their libraries when they get their first job.
        """
        return True

    def open(self, jobs: int, memory: int | None = None) -> Workers:
        """Start workers: ``jobs`` at once, ``memory`` bytes for all of them together."""
        raise NotImplementedError
