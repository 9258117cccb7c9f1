"""Toy families and a toy scorer for tests of searches; importable by child processes."""

from __future__ import annotations

import os
import time
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from custpred.engine.base import Outcome
from custpred.models.base import Model
from custpred.search._trial import Trial
from custpred.spec import Choices, Range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Valley(Model):
    """A parabola with its valley at x = 3, depth = 6, turned on its head."""

    x: Annotated[float, Field(description="Where."), Range(-10, 10)] = 0.0
    depth: Annotated[int, Field(description="How deep."), Range(1, 10)] = 1
    shape: Annotated[str, Field(description="Round is best."), Choices("flat", "round")] = "flat"
    trouble: Annotated[str, Field(description="What goes wrong.")] = ""
    seconds: Annotated[float, Field(description="How long a fold takes.")] = 0.0


class Hill(Valley):
    """Another family, worse by 50 everywhere."""

    x: Annotated[float, Field(description="Where."), Range(-10, 10)] = 0.0
    offset: Annotated[float, Field(description="How much worse.")] = 50.0


class Plain(Model):
    """A family without anything to search."""

    level: Annotated[float, Field(description="Its gain.")] = -500.0
    seconds: Annotated[float, Field(description="How long a fold takes.")] = 0.0


class Baseline(Plain):
    """A family that counts as cheap."""

    cheap: ClassVar[bool] = True


def fold(item: tuple[Model, int]) -> float:
    """Return a fold's gain."""
    model, number = item
    time.sleep(getattr(model, "seconds", 0.0))
    if isinstance(model, Plain):
        return model.level
    assert isinstance(model, Valley)
    _trouble(model.trouble)
    worse = getattr(model, "offset", 0.0) + (model.shape == "flat")
    return -((model.x - 3) ** 2) - (model.depth - 6) ** 2 - worse + number * 0.001


def _trouble(kind: str) -> None:
    if kind == "raise":
        raise ValueError("no convergence")
    if kind == "crash":
        os.abort()
    if kind == "hang":
        time.sleep(60)
    if kind == "memory":
        raise MemoryError("too large")


class Toys:
    """Scores by the mean of the folds' gains."""

    def __init__(self, folds: int = 2) -> None:
        self.folds = folds
        self.assessed: list[int] = []
        self.dropped: list[list[str]] = []

    def bar(self, trials: Sequence[Trial]) -> None:
        """Return no bar."""

    def jobs(self, number: int, model: Model, bar: Any = None) -> list[tuple[Callable[[Any], Any], Any]]:
        return [(fold, (model, each)) for each in range(self.folds)]

    def drop(self, outcomes: Sequence[Outcome]) -> None:
        self.dropped.append([each.status for each in outcomes])

    def assess(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        self.assessed.append(number)
        bad = next((each for each in outcomes if each.status != "ok"), None)
        if bad is not None:
            assert bad.status != "cancelled"
            return Trial(number, model, bad.status, reason=bad.reason)
        gains = tuple(each.value for each in outcomes)
        assert len(gains) == self.folds
        return Trial(number, model, "ok", sum(gains) / len(gains), gains)


class Pretend:
    """Workers without processes: jobs run when submitted, and end in random order.

    ``clock`` advances by each job's own seconds: time limits are tested without waiting.
    """

    def __init__(self, slots: int = 2, seed: int = 0) -> None:
        self.slots, self.clock, self.ran = slots, 0.0, 0
        self._chance = Random(seed)
        self._running: dict[int, tuple[float, Outcome]] = {}
        self._cancelled: list[int] = []
        self.most = 0

    def submit(self, function: Callable[[Any], Any], item: Any, *, seconds: float | None = None) -> int:
        self.ran += 1
        wall = getattr(item[0], "seconds", 0.0) + self._chance.random() * 0.001
        quick = item[0].model_copy(update={"seconds": 0.0})
        try:
            outcome = Outcome(self.ran, "ok", function((quick, item[1])), seconds=wall)
        except ValueError as error:
            outcome = Outcome(self.ran, "failed", reason=str(error), seconds=wall)
        if seconds is not None and wall > seconds:
            wall, outcome = seconds, Outcome(self.ran, "timeout", reason="too slow", seconds=seconds)
        self._running[self.ran] = (self.clock + wall, outcome)
        self.most = max(self.most, len(self._running))
        return self.ran

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        ended = [Outcome(ticket, "cancelled") for ticket in self._cancelled if self._running.pop(ticket, None)]
        self._cancelled.clear()
        if ended or not self._running:
            return ended
        ticket = min(self._running, key=lambda each: self._running[each][0])
        at, outcome = self._running[ticket]
        if timeout is not None and at > self.clock + timeout:
            self.clock += timeout
            return []
        self.clock = max(self.clock, at)
        del self._running[ticket]
        return [outcome]

    def cancel(self, *tickets: int) -> None:
        self._cancelled += tickets

    def close(self) -> None:
        self._running.clear()

    def __enter__(self) -> Pretend:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
