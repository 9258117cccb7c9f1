"""What a run may use, and a clock that keeps it."""

from __future__ import annotations

import os
import time
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from custpred.text import Bytes, Seconds


class Budget(BaseModel):
    """Time, memory and cores of a run; ``work`` counts trials instead of seconds and repeats bit by bit."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    time: Annotated[Seconds | None, Field(description="Wall time of the whole run, report included.")] = None
    memory: Annotated[Bytes | None, Field(description="Memory of all processes together.")] = None
    jobs: Annotated[int | None, Field(ge=1, description="Cores to use; all where left out.")] = None
    work: Annotated[int | None, Field(ge=1, description="Number of trials, counted instead of seconds.")] = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"time": value} if isinstance(value, str | int | float) else value

    @property
    def cores(self) -> int:
        """Return the number of cores to use, never more than this process may run on."""
        may = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return min(self.jobs or may, may)


class Clock:
    """A monotonic clock of one run.

    Parameters
    ----------
    budget
        Its time limit, or none.
    reserve
        Share of the time kept for blending, the test and the report.
    """

    def __init__(self, budget: Budget, reserve: float = 0.12) -> None:
        self._began = time.monotonic()
        self.seconds = budget.time
        self._reserve = 0.0 if budget.time is None else max(reserve * budget.time, min(6.0, 0.3 * budget.time))

    @property
    def spent(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float | None:
        """Return the seconds left for search, or None without a limit; never negative."""
        return None if self.seconds is None else max(0.0, self.seconds - self._reserve - self.spent)
