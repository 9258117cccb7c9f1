"""The contract of every search."""

from __future__ import annotations

import pickle
import time
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from pydantic import Field

from custpred.engine.base import Engine, Outcome, Workers
from custpred.models.base import Model
from custpred.search._trial import Entry, Limits, Trial
from custpred.search.base import Search
from custpred.spec import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KINDS = Search.kinds()
SEARCHING = [kind for kind in KINDS if kind != "none"]


class Bowl(Model):
    """A parabola with its top at x = 2, y = 3."""

    x: Annotated[float, Field(description="Across."), Range(-8, 8)] = -8.0
    y: Annotated[int, Field(description="Along."), Range(0, 6)] = 0

    def gain(self) -> float:
        """Return the height of the parabola; at its edge the trial fails."""
        if self.y == 6:
            raise ValueError("too steep")
        return -((self.x - 2) ** 2) - (self.y - 3) ** 2


class Scores:
    """One job per trial."""

    def bar(self, trials: Sequence[Trial]) -> None:
        """Return no bar: nothing is raced."""

    def jobs(self, number: int, model: Model, bar: Any = None) -> list[tuple[Callable[[Any], Any], Any]]:
        """Return the one job."""
        return [(Bowl.gain, model)]

    def assess(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        """Take the gain, or the reason why there is none."""
        (only,) = outcomes
        if only.status == "ok":
            return Trial(number, model, "ok", only.value)
        return Trial(number, model, "failed", reason=only.reason)


@pytest.fixture
def workers() -> Workers:
    return Engine.parse("inline").open(1)


def run(kind: str, workers: Workers, limits: Limits, start: Model | None = None) -> tuple[Trial, ...]:
    start = start or Bowl()
    return Search.parse(kind).run([Entry(start, (start,))], Scores(), workers, limits)


@pytest.mark.parametrize("kind", KINDS)
def test_spec(kind: str) -> None:
    """A search has defaults, describes options, and round-trips by plain data and pickle."""
    search = Search.parse(kind)
    assert search.kind() == kind
    assert len(search.summary()) > 20
    assert all(len(text) > 10 for _, _, text in search.options())
    assert Search.parse(search.dump()) == pickle.loads(pickle.dumps(search)) == search


@pytest.mark.parametrize("kind", SEARCHING)
def test_finds_the_optimum(kind: str, workers: Workers) -> None:
    """Sixty trials come near the maximum of a parabola: the first gain is -109, the best 0."""
    trials = run(kind, workers, Limits(lambda: None, trials=60))
    assert trials[0].gain == -109
    assert max(trial.gain for trial in trials if trial.scored) >= -4


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_trials_is_respected(kind: str, workers: Workers) -> None:
    """There are at most the requested number of trials, numbered 0, 1, 2, ..."""
    trials = run(kind, workers, Limits(lambda: None, trials=5))
    assert [trial.number for trial in trials] == list(range(5 if kind in SEARCHING else 1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_limit_is_respected(kind: str, workers: Workers) -> None:
    """A search ends soon after its time."""
    end = time.monotonic() + 0.3
    run(kind, workers, Limits(lambda: max(0.0, end - time.monotonic())))
    assert time.monotonic() - end < 10


@pytest.mark.parametrize("kind", KINDS)
def test_failure_is_kept(kind: str, workers: Workers) -> None:
    """A trial that fails is kept with its reason."""
    trials = run(kind, workers, Limits(lambda: None, trials=5), Bowl(y=6))
    assert (trials[0].status, trials[0].reason) == ("failed", "ValueError: too steep")


@pytest.mark.parametrize("kind", KINDS)
def test_every_trial_is_reported(kind: str, workers: Workers) -> None:
    """Every finished trial is reported once."""
    told: list[Trial] = []
    entry = Entry(Bowl(), (Bowl(),))
    trials = Search.parse(kind).run([entry], Scores(), workers, Limits(lambda: None, trials=6), told.append)
    assert tuple(told) == trials


@pytest.mark.parametrize("kind", KINDS)
def test_resumes(kind: str, workers: Workers) -> None:
    """Trials of an earlier run count, and are returned unchanged."""
    done = run(kind, workers, Limits(lambda: None, trials=3))
    trials = run(kind, workers, Limits(lambda: None, trials=6, done=done))
    assert trials[: len(done)] == done
    assert len(trials) == (6 if kind in SEARCHING else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_no_families(kind: str, workers: Workers) -> None:
    """Without any family there is nothing to try."""
    assert Search.parse(kind).run([], Scores(), workers, Limits(lambda: None)) == ()
