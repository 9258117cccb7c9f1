"""Limits of every search, whatever it proposes."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from _search_toys import Baseline, Hill, Plain, Pretend, Toys, Valley

from custpred.errors import Interrupted
from custpred.search import _race
from custpred.search._agenda import GENERATION
from custpred.search._bar import Bar
from custpred.search._race import GRACE
from custpred.search._trial import Entry, Limits, Trial, identity
from custpred.search.base import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.engine.base import Outcome, Workers
    from custpred.models.base import Model


def entry(*starts: Any, fixed: frozenset[str] = frozenset()) -> Entry:
    return Entry(starts[0], starts, fixed)


def endless() -> None:
    """Represent a run that counts trials, without time."""
    return


def until(workers: Pretend, seconds: float) -> Callable[[], float]:
    return lambda: max(0.0, seconds - workers.clock)


def keeping_time(workers: Pretend, patch: pytest.MonkeyPatch) -> Pretend:
    """Give the race the clock of simulated workers."""
    patch.setattr(_race, "time", SimpleNamespace(monotonic=lambda: workers.clock))
    return workers


def search(kind: str, entries: list[Entry], workers: Any, limits: Limits, **more: Any) -> tuple[Trial, ...]:
    return Search.parse(kind).run(entries, more.pop("scorer", Toys()), workers, limits, **more)


def test_initial_configurations_alternate_by_family() -> None:
    """First each family's first one, cheap families ahead, then each second one."""
    families = [entry(Valley(), Valley(x=1)), entry(Hill(), Hill(x=1)), entry(Baseline())]
    trials = search("random", families, Pretend(), Limits(endless, trials=5))
    assert [type(trial.model).__name__ for trial in trials] == ["Baseline", "Valley", "Hill", "Valley", "Hill"]
    assert [trial.number for trial in trials] == [0, 1, 2, 3, 4]


def test_the_number_of_trials_is_limited() -> None:
    """The smaller limit of search and run applies, with earlier trials counted."""
    done = search("random", [entry(Valley())], Pretend(), Limits(endless, trials=3))
    limits = Limits(endless, trials=20, done=done)
    trials = Search.parse({"kind": "random", "trials": 9}).run([entry(Valley())], Toys(), Pretend(), limits)
    assert len(trials) == 9


def test_a_search_without_limits_ends() -> None:
    """A search without any limit ends by itself."""
    assert len(search("random", [entry(Valley())], Pretend(), Limits(endless))) == 100


def test_all_slots_are_used() -> None:
    """Jobs of several trials run at once when one trial has fewer jobs than there are slots."""
    workers = Pretend(slots=6)
    search("random", [entry(Valley())], workers, Limits(until(workers, 0.05), trials=20))
    assert workers.most == 6


def test_trials_are_reported_in_order_of_completion() -> None:
    """Each is reported once, a slow one last although it began first."""
    workers, told = Pretend(slots=4), []
    families = [entry(Plain(seconds=5.0)), entry(Valley()), entry(Hill())]
    search("none", families, workers, Limits(endless), notify=lambda trial: told.append(trial.number))
    assert sorted(told) == [0, 1, 2]
    assert told[-1] == 0


def test_no_configuration_twice() -> None:
    """Equal configurations run once, and a family whose space is exhausted is skipped."""
    small = entry(Valley(x=3), Valley(x=3), fixed=frozenset({"x", "depth"}))  # leaves the two shapes
    trials = search("tpe", [small], Pretend(), Limits(endless, trials=30))
    assert sorted(trial.model.shape for trial in trials) == ["flat", "round"]  # type: ignore[attr-defined]


def test_failed_fold_ends_trial() -> None:
    """After a failed fold no other fold of the trial starts; the reason is stored."""
    workers = Pretend(slots=1)
    (trial,) = search("none", [entry(Valley(trouble="raise"))], workers, Limits(endless), scorer=Toys(folds=5))
    assert (trial.status, trial.reason) == ("failed", "no convergence")
    assert math.isnan(trial.gain)
    assert workers.ran == 1


def test_a_family_that_only_fails_is_dropped() -> None:
    """It is not searched forever."""
    broken, good = entry(Valley(trouble="raise")), entry(Hill())
    trials = search("random", [broken, good], Pretend(), Limits(endless, trials=40))
    assert sum(trial.status == "failed" for trial in trials) < 12
    assert len(trials) == 40


class _Steps(Plain):
    """A family that people want to see side by side, as networks are."""

    compared = True


class Watched(Toys):
    """Notes each trial's family and bar; stops none."""

    def __init__(self) -> None:
        super().__init__(folds=1)
        self.seen: list[tuple[str, Any]] = []

    def bar(self, trials: Sequence[Trial]) -> Any:
        return "bar"

    def hopeless(self, bar: Any, number: int, outcomes: Sequence[Any]) -> bool:
        return False

    def jobs(self, number: int, model: Any, bar: Any = None) -> list[Any]:
        self.seen.append((type(model).__name__, bar))
        return super().jobs(number, model, bar)


def test_the_first_of_a_family_is_never_stopped() -> None:
    """It has no bar; trials that begin after a model is scored have one, but not cheap ones."""
    families = [entry(Baseline()), entry(_Steps(level=-900.0), _Steps(level=-901.0)), entry(Valley(), Valley(x=1))]
    workers, scorer = Pretend(slots=1), Watched()
    search("random", families, workers, Limits(until(workers, 1.0), trials=5), scorer=scorer)
    assert scorer.seen == [
        ("Baseline", None),
        ("_Steps", None),
        ("Valley", "bar"),
        ("_Steps", "bar"),
        ("Valley", "bar"),
    ]


def test_a_cheap_model_stops_no_other() -> None:
    """While there are only cheap models, a worker compares a trial with nothing, as the race."""
    workers, scorer = Pretend(slots=1), Watched()
    families = [entry(Baseline(level=0.0)), entry(Valley(), Valley(x=1))]
    search("random", families, workers, Limits(until(workers, 1.0), trials=3), scorer=scorer)
    assert scorer.seen == [("Baseline", None), ("Valley", None), ("Valley", "bar")]


def test_ends_in_time() -> None:
    """No trial starts that is not expected to end; running ones are dropped at the end."""
    workers = Pretend()
    trials = search("random", [entry(Valley(seconds=1.0))], workers, Limits(until(workers, 10.5)))
    assert 8 <= len(trials) <= 10
    assert workers.clock < 11.6
    assert all(trial.status == "ok" for trial in trials)


MODEL = Trial(0, Hill(), "ok", gain=0.0)
"""A model of an earlier run."""


class Constant(Baseline):
    """A baseline that is no model."""

    baseline: ClassVar[bool] = True


def test_cut_trials_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later trial that was cut off has no result and is not reported."""
    workers, told, scorer = keeping_time(Pretend(), monkeypatch), [], Toys()
    families = [entry(Plain(seconds=0.1), Plain(seconds=50.0))]
    limits = Limits(until(workers, 3.0))
    trials = search("random", families, workers, limits, notify=told.append, scorer=scorer)
    assert [trial.number for trial in trials] == [trial.number for trial in told] == scorer.assessed == [0]
    assert [each[-1] for each in scorer.dropped] == ["timeout"]  # what it has cost is still counted
    assert workers.clock < 4


@pytest.mark.parametrize(("over", "status"), [(3.5, "ok"), (2.5, "timeout")])
def test_a_trial_that_is_nearly_done_is_waited_for(over: float, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folds took 2 s; the third may end within a second after the time, else it is cut off."""
    workers = keeping_time(Pretend(), monkeypatch)
    limits = Limits(until(workers, over), done=(MODEL,))
    _, trial = search("random", [entry(Plain(seconds=2.0))], workers, limits, scorer=Toys(folds=3))
    assert trial.status == status
    assert workers.clock < over + (1.0 if status == "ok" else 0.2)


class Timed(Plain):
    """A family whose fits stop when their time is over."""

    halved: ClassVar[bool] = True


@pytest.mark.parametrize(
    ("family", "seconds", "left", "started"),
    [(Timed, 4.0, 2.5, True), (Timed, 4.0, 1.5, False), (Timed, 1.2, 0.9, False), (Plain, 4.0, 2.5, False)],
)
def test_the_last_trial_may_have_less_time(
    family: type[Plain], seconds: float, left: float, started: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that stops in time is tried if half of its usual time is left, and a second."""
    workers, scorer = keeping_time(Pretend(slots=1), monkeypatch), Toys(folds=1)
    families = [entry(family(seconds=seconds), family(seconds=seconds, level=1.0))]
    search("random", families, workers, Limits(until(workers, seconds + left)), scorer=scorer)
    assert workers.ran == 1 + started


@pytest.mark.parametrize(("took", "status"), [(3.4, "ok"), (3.6, "dropped")])
def test_the_last_trial_is_waited_for(took: float, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may end a second after the deadline, as its own time limit is not exact."""
    workers, scorer = keeping_time(Pretend(slots=1), monkeypatch), Toys(folds=1)
    families = [entry(Timed(seconds=4.0), Timed(seconds=took, level=1.0))]
    search("random", families, workers, Limits(until(workers, 6.5)), scorer=scorer)
    assert scorer.assessed == ([0, 1] if status == "ok" else [0])


def test_slow_family_makes_room() -> None:
    """If a slow family no longer fits into the time, a quick one still does."""
    workers = Pretend()
    families = [entry(Valley(seconds=6.0)), entry(Hill(seconds=0.5))]
    trials = search("random", families, workers, Limits(until(workers, 20.0)))
    assert type(trials[-1].model) is Hill
    assert workers.clock < 20.5


def test_a_family_whose_trials_were_stopped_comes_last() -> None:
    """Second configurations of families with a score come before those of one without."""
    families = [entry(Valley(trouble="raise"), Valley(x=1)), entry(Hill(), Hill(x=1), Hill(x=2))]
    trials = search("random", families, Pretend(1), Limits(until(Pretend(), 9.0), trials=5))
    assert [type(trial.model).__name__ for trial in trials] == ["Valley", "Hill", "Hill", "Hill", "Valley"]


@pytest.mark.parametrize(("left", "tried"), [(10.0, True), (6.0, False)])
def test_a_new_family_may_take_as_long_as_the_slowest(
    left: float, tried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If less time is left than the slowest family took, a known quick one is tried again."""
    workers = keeping_time(Pretend(slots=1), monkeypatch)
    families = [entry(Plain(seconds=1.0)), entry(Valley(seconds=4.0)), entry(Hill(seconds=1.0))]
    trials = search("random", families, workers, Limits(until(workers, 10.0 + left)))
    assert any(type(trial.model) is Hill for trial in trials) is tried


def test_a_running_trial_says_how_long_a_new_family_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot that becomes free late is not given to a new family, but to a quick one."""
    workers = keeping_time(Pretend(slots=2), monkeypatch)
    families = [entry(Hill(seconds=1.0), Hill(seconds=0.5)), entry(Valley(seconds=9.0)), entry(Plain(seconds=1.0))]
    scorer = Toys(folds=3)
    trials = search("random", families, workers, Limits(until(workers, 21.0)), scorer=scorer)
    assert [type(trial.model) for trial in trials[:2]] == [Hill, Valley]
    assert Plain not in {type(trial.model) for trial in trials}


class Fenced(Toys):
    """Compares folds with the best finished trial."""

    def bar(self, trials: Sequence[Trial]) -> Bar | None:
        return Bar.of(trials, rows=10_000)

    def hopeless(self, bar: Bar, number: int, outcomes: Sequence[Outcome]) -> bool:
        return bar.behind({fold: outcome.value for fold, outcome in enumerate(outcomes)})

    def assess(self, number: int, model: Model, outcomes: Sequence[Outcome]) -> Trial:
        if len(outcomes) < self.folds:
            return Trial(number, model, "pruned")
        return super().assess(number, model, outcomes)


def test_folds_are_compared_with_the_best_trial_so_far() -> None:
    """A trial is stopped by one that ended after it began."""
    workers = Pretend(slots=2)
    families = [entry(Baseline()), entry(Plain(level=0.0, seconds=0.1)), entry(Hill(seconds=1.0))]
    limits = Limits(until(workers, 60.0), trials=3)
    trials = search("random", families, workers, limits, scorer=Fenced(folds=4))
    assert {type(trial.model).__name__: trial.status for trial in trials} == {
        "Baseline": "ok",
        "Plain": "ok",
        "Hill": "pruned",
    }
    assert workers.clock < 3.0


def test_baselines_stop_no_trial_while_there_is_no_other_model() -> None:
    """A first booster cut short may be behind a baseline."""
    workers = Pretend(slots=1)
    families = [entry(Baseline()), entry(Baseline(level=0.0)), entry(Plain(level=-100.0))]
    limits = Limits(until(workers, 60.0), trials=3)
    trials = search("random", families, workers, limits, scorer=Fenced(folds=4))
    assert [trial.status for trial in trials] == ["ok", "ok", "ok"]


def test_first_cut_is_kept() -> None:
    """A family whose first trial was cut off is on the leaderboard with that reason."""
    workers = Pretend()
    families = [entry(Plain(seconds=100.0)), entry(Baseline())]
    trials = search("random", families, workers, Limits(until(workers, 3.0), done=(MODEL,)))
    ends = {type(trial.model).__name__: trial.status for trial in trials}
    assert ends == {"Hill": "ok", "Baseline": "ok", "Plain": "timeout"}
    assert "time of the run" in trials[-1].reason
    assert workers.clock < 3.0 + GRACE


@pytest.mark.parametrize(("over", "status"), [(0.7 * GRACE, "ok"), (1.3 * GRACE, "timeout")])
def test_the_first_model_that_is_not_cheap_is_waited_for(
    over: float, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end a little late while there are only cheap models, which are often far behind."""
    workers = keeping_time(Pretend(), monkeypatch)
    families = [entry(Plain(seconds=3.0 + over)), entry(Baseline())]
    trials = search("random", families, workers, Limits(until(workers, 3.0)))
    assert {type(trial.model).__name__: trial.status for trial in trials} == {"Baseline": "ok", "Plain": status}
    assert workers.clock < 3.0 + 1.1 * GRACE


def test_a_cheap_family_that_is_not_early_waits_its_turn() -> None:
    """On a large table a linear model comes after the others, and is cut off at the deadline."""
    workers = Pretend(slots=1)
    families = [entry(Plain(seconds=1.0)), replace(entry(Baseline(seconds=100.0)), early=False)]
    trials = search("random", families, workers, Limits(until(workers, 30.0)))
    assert [type(trial.model) for trial in trials[:2]] == [Plain, Baseline]
    assert trials[1].status == "timeout"
    assert workers.clock < 30.0 + GRACE / 2


def test_always_a_model() -> None:
    """A cheap family's first trial completes even without any time left, also on a slow machine."""
    workers = Pretend()
    trials = search("tpe", [entry(Valley()), entry(Baseline(seconds=2 * GRACE))], workers, Limits(lambda: 0.0))
    ends = {type(trial.model).__name__: trial.status for trial in trials}
    assert ends == {"Baseline": "ok", "Valley": "timeout"}  # begun while there was no model, and cut once there was


@pytest.mark.parametrize(("seconds", "status"), [(3.5, "ok"), (9.5, "timeout")])
def test_any_family_is_waited_for_while_there_is_no_model(seconds: float, status: str) -> None:
    """Without a model, the first trial of any family may end 8 s late; a baseline is no model."""
    workers = Pretend(slots=1)
    families = [entry(Constant()), entry(Plain(seconds=seconds)), entry(Hill(seconds=seconds))]
    trials = search("tpe", families, workers, Limits(lambda: 0.0))
    ends = {type(trial.model).__name__: trial.status for trial in trials}
    assert ends["Constant"] == "ok"
    assert ends["Plain"] == status
    assert workers.clock < 2 * 9.0


def test_a_late_search_waits_for_one_model_only() -> None:
    """Without any time left, a second cheap family is not waited for."""
    workers = Pretend()
    slow = entry(Baseline(seconds=2.0))
    trials = search("tpe", [entry(Baseline(seconds=0.5)), slow, slow], workers, Limits(lambda: 0.0))
    assert [trial.status for trial in trials] == ["ok", "timeout"]
    assert workers.clock < 2.0


@pytest.mark.parametrize("kind", ["grid", "random", "tpe"])
def test_same_proposals_on_any_number_of_workers(kind: str) -> None:
    """With counted trials results are bit-identical for any number and order of workers."""
    families = [entry(Valley(), Valley(x=-4)), entry(Hill()), entry(Baseline())]
    runs = [
        search(kind, families, Pretend(slots, seed=slots), Limits(endless, trials=22, seed=3)) for slots in (1, 2, 5)
    ]
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize("gaps", [(), (5,), (9, 11), (2, 10)])
def test_resume_repeats_nothing(gaps: tuple[int, ...]) -> None:
    """With counted trials, a resumed run has the same trials as an uninterrupted one."""
    families = [entry(Valley(), Valley(x=-4)), entry(Hill())]
    whole = search("tpe", families, Pretend(), Limits(endless, trials=20, seed=1))
    done = tuple(trial for trial in whole[:13] if trial.number not in gaps)
    scorer = Toys()
    again = search("tpe", families, Pretend(3), Limits(endless, trials=20, seed=1, done=done), scorer=scorer)
    assert again == whole
    assert not {trial.number for trial in done} & set(scorer.assessed)


def test_resume_in_time() -> None:
    """With a time limit, earlier trials are returned, and their numbers not reused."""
    workers = Pretend()
    done = search("tpe", [entry(Valley(seconds=1))], workers, Limits(until(workers, 6.0)))
    workers = Pretend()
    limits = Limits(until(workers, 6.0), done=done)
    trials = search("tpe", [entry(Valley(seconds=1))], workers, limits)
    assert set(done) < set(trials)
    assert len({trial.number for trial in trials}) == len({identity(trial.model) for trial in trials}) == len(trials)


def test_generation_is_fixed() -> None:
    """A generation does not depend on the number of workers."""
    workers = Pretend(slots=3 * GENERATION)
    search("random", [entry(Valley())], workers, Limits(endless, trials=1 + 3 * GENERATION), scorer=Toys(folds=1))
    assert workers.most == GENERATION


def test_interrupt() -> None:
    """Ctrl-C ends the search with the finished trials, and leaves no job running."""

    def stop(trial: Trial) -> None:
        if trial.number == 4:
            raise KeyboardInterrupt

    workers = Pretend()
    with pytest.raises(Interrupted) as stopped:
        search("random", [entry(Valley())], workers, Limits(endless), notify=stop)
    assert {0, 4} <= {trial.number for trial in stopped.value.trials}
    assert workers.wait() == []


def test_error_of_the_scorer() -> None:
    """If scoring fails, such as on a full disk, the error is raised and no job is left."""

    class Full(Toys):
        def assess(self, *given: Any) -> Trial:
            raise OSError("no space left")

    workers = Pretend(slots=3)
    with pytest.raises(OSError, match="no space"):
        search("random", [entry(Valley()), entry(Hill())], workers, Limits(endless), scorer=Full())
    assert workers.wait() == []


def test_faults_in_processes(workers: Workers) -> None:
    """Trials that raise, crash or run out of memory have their reason; others continue."""
    troubles = ["raise", "crash", "memory"]
    families = [entry(Valley(trouble=trouble), fixed=frozenset(Valley.space())) for trouble in troubles]
    trials = search("tpe", [*families, entry(Valley())], workers, Limits(endless, trials=6))
    assert [trial.status for trial in trials] == ["failed", "crash", "memory", "ok", "ok", "ok"]
    assert all(trial.reason for trial in trials[:3])


def test_hang_in_processes(workers: Workers) -> None:
    """A model that hangs costs no more than the run's time."""
    end = time.monotonic() + 4  # a busy machine needs some to start both
    families = [entry(Valley(trouble="hang")), entry(Baseline())]
    trials = search("random", families, workers, Limits(lambda: max(0.0, end - time.monotonic())))
    assert time.monotonic() - end < 15
    assert [trial.status for trial in trials] == ["ok", "timeout"]


def test_ctrl_c_in_processes() -> None:
    """Ctrl-C while models hang ends the search at once with the finished trials."""
    body = """
    from custpred.engine import _server
    _server.PRELOAD.clear()
    import sys
    sys.path.insert(0, sys.argv[1])
    from _search_toys import Baseline, Toys, Valley
    from custpred.engine.base import Engine
    from custpred.errors import Interrupted
    from custpred.search._trial import Entry, Limits
    from custpred.search.base import Search
    families = [Entry(model, (model,)) for model in (Baseline(), Valley(trouble="hang"))]
    tell = lambda trial: print("told", trial.number, flush=True)
    try:
        with Engine.parse("local").open(2) as workers:
            Search.parse("tpe").run(families, Toys(), workers, Limits(lambda: None), tell)
    except Interrupted as stopped:
        print([trial.status for trial in stopped.trials])
    """
    script = [sys.executable, "-c", textwrap.dedent(body), str(Path(__file__).parent)]
    with subprocess.Popen(script, stdout=-1, stderr=-1, text=True, start_new_session=True) as own:
        assert own.stdout is not None
        assert own.stdout.readline() == "told 0\n"
        began = time.monotonic()
        os.killpg(own.pid, signal.SIGINT)
        out, err = own.communicate(timeout=20)
        assert time.monotonic() - began < 15
    assert (out, err) == ("['ok']\n", "")


def test_two_processes_like_one(workers: Workers) -> None:
    """Counted trials in two processes equal simulated ones in one slot."""
    families = [entry(Valley()), entry(Hill())]
    limits = Limits(endless, trials=9, seed=5)
    assert search("tpe", families, workers, limits) == search("tpe", families, Pretend(1), limits)
