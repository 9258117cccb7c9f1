"""The contract of every engine."""

from __future__ import annotations

import math
import pickle
import time
from typing import TYPE_CHECKING

import pytest

from custpred.engine.base import Engine, Outcome, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=Engine.kinds())
def opened(request: pytest.FixtureRequest) -> Iterator[Workers]:
    remote = "address" in Engine.find(request.param).model_fields
    address = {"address": request.getfixturevalue("cluster").scheduler_address} if remote else {}
    with Engine.parse({"kind": request.param, **address}).open(2) as workers:
        yield workers


def _all(workers: Workers, count: int) -> dict[int, Outcome]:
    ended: dict[int, Outcome] = {}
    while len(ended) < count:
        got = workers.wait(180)
        assert got
        ended |= {outcome.ticket: outcome for outcome in got}
    return ended


@pytest.mark.parametrize("kind", Engine.kinds())
def test_spec(kind: str) -> None:
    """An engine has defaults and a description, and round-trips by plain data and pickle."""
    engine = Engine.parse(kind)
    assert engine.kind() == kind
    assert len(engine.summary()) > 20
    assert Engine.parse(engine.dump()) == pickle.loads(pickle.dumps(engine)) == engine


def test_every_job_has_one_outcome(opened: Workers) -> None:
    """Every job has one outcome, under its own ticket."""
    tickets = {opened.submit(math.factorial, number): number for number in range(6)}
    ended = _all(opened, 6)
    assert {ended[ticket].value for ticket in tickets} == {math.factorial(number) for number in tickets.values()}
    assert all(ended[ticket].value == math.factorial(number) for ticket, number in tickets.items())
    assert opened.wait(0) == []


def test_failure_is_an_outcome(opened: Workers) -> None:
    """A job that raises is an outcome with a reason, and the next one runs."""
    bad, good = opened.submit(math.sqrt, -1), opened.submit(math.sqrt, 4)
    ended = _all(opened, 2)
    assert (ended[bad].status, ended[bad].value) == ("failed", None)
    assert ended[bad].reason.startswith("ValueError")
    assert (ended[good].status, ended[good].value) == ("ok", 2)


def test_cancelled_jobs_have_an_outcome(opened: Workers) -> None:
    """A queued job that is cancelled has the outcome ``cancelled``."""
    tickets = [opened.submit(math.sqrt, number) for number in range(8)]
    opened.cancel(tickets[-1])
    ended = _all(opened, 8)
    assert ended[tickets[-1]].status == "cancelled"
    assert all(ended[ticket].status == "ok" for ticket in tickets[:-1])


def test_outcomes_of_other_jobs_are_kept(opened: Workers) -> None:
    """Waiting for one job returns only its outcome; outcomes of other jobs are returned later."""
    slow, quick = opened.submit(time.sleep, 0.5), opened.submit(math.sqrt, 9)
    assert [outcome.ticket for outcome in opened.wait(60, of={slow})] == [slow]
    (other,) = opened.wait(60, of={quick})
    assert (other.ticket, other.value) == (quick, 3)
    assert opened.wait(0) == []


def test_unknown_jobs_are_not_waited_for(opened: Workers) -> None:
    """A ticket whose outcome was already fetched returns at once, even if other jobs run."""
    done = opened.submit(math.sqrt, 9)
    assert opened.wait(60, of={done})
    other = opened.submit(time.sleep, 0.2)
    assert opened.wait(60, of={done}) == []
    assert [outcome.ticket for outcome in opened.wait(60)] == [other]


def test_warm_may_be_called_twice() -> None:
    """Calling ``warm`` twice is harmless."""
    for kind in Engine.kinds():
        engine = Engine.parse(kind)
        engine.warm()
        engine.warm()
        assert engine == Engine.parse(kind)
