"""The engine that fits in the calling process."""

from __future__ import annotations

import pytest

from custpred.engine._deferred import deferred
from custpred.engine.base import Engine
from custpred.errors import ModelFault


def _double(value: int) -> int:
    if value < 0:
        raise ValueError("below nought\x1b[2J")
    if value == 99:
        raise ModelFault("It predicts nothing.", code="CP4110")
    if value > 99:
        raise MemoryError
    return 2 * value


def test_jobs_run_when_they_are_waited_for() -> None:
    """Jobs run one at a time, in order, and only inside ``wait``."""
    done: list[int] = []
    with Engine.parse("inline").open(4) as workers:
        tickets = [workers.submit(done.append, value) for value in (1, 2)]
        assert done == []
        outcomes = [workers.wait()[0], workers.wait()[0]]
        assert workers.wait() == []
    assert done == [1, 2]
    assert [each.ticket for each in outcomes] == tickets
    assert workers.slots == 1


@pytest.mark.parametrize(
    ("value", "status", "reason"),
    [
        (3, "ok", ""),
        (-1, "failed", "ValueError: below nought[2J"),
        (99, "failed", "CP4110 It predicts nothing."),  # as in a child process
        (100, "memory", "not enough memory"),
    ],
)
def test_every_end_is_an_outcome(value: int, status: str, reason: str) -> None:
    """A value, an error and lack of memory are outcomes; error texts are safe for a terminal."""
    with Engine.parse("inline").open(1) as workers:
        workers.submit(_double, value)
        (outcome,) = workers.wait()
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.value == (6 if status == "ok" else None)
    assert outcome.seconds >= 0


def test_cancelled_jobs_never_run() -> None:
    """A cancelled job has the outcome ``cancelled``; finished and unknown ones are ignored."""
    done: list[int] = []
    with Engine.parse("inline").open(1) as workers:
        first, second = (workers.submit(done.append, value) for value in (1, 2))
        workers.cancel(second, 99)
        statuses = {each.ticket: each.status for _ in range(2) for each in workers.wait()}
    assert statuses == {first: "ok", second: "cancelled"}
    assert done == [1]


def test_closing_drops_queued_jobs() -> None:
    """After closing nothing runs any more; an interrupt is never swallowed."""
    done: list[int] = []
    workers = Engine.parse("inline").open(1)
    workers.submit(done.append, 1)
    workers.close()
    assert workers.wait() == []
    assert done == []
    workers.submit(_interrupt, None)
    with pytest.raises(KeyboardInterrupt):
        workers.wait()


def _interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_a_deferred_result_is_returned() -> None:
    """Work started in a worker returns its result when needed, whatever else the worker does."""
    with Engine.parse("inline").open(1) as workers:
        workers.submit(_double, 50)
        later = deferred(workers, _double, 3, 4)
        workers.submit(_double, 60)
        assert later() == [6, 8]


def test_failed_work_is_repeated_in_this_process() -> None:
    """If the worker has no result, the calling process computes it, and raises its error."""
    with Engine.parse("inline").open(1) as workers:
        later = deferred(workers, _double, 3, 4)
        workers.cancel(1)
        assert later() == [6, 8]
        with pytest.raises(ValueError, match="below nought"):
            deferred(workers, _double, -1)()
