"""The local engine: whatever a job does, only this job ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import _engine_jobs as jobs
import pytest
from _engine_jobs import gone, written

from custpred.engine import _memory
from custpred.engine._server import _without_main
from custpred.engine.base import Engine
from custpred.engine.local import Local

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.engine.base import Outcome, Workers

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def loaded() -> None:
    """Load the fork server first: its libraries would count as growth and limit the jobs."""
    with Local().open(1) as own:
        one(own, jobs.nap, 0.0)


def one(workers: Workers, function: Any, item: Any = None, seconds: float | None = None) -> Outcome:
    """Run one job and return its outcome."""
    ticket = workers.submit(function, item, seconds=seconds)
    (outcome,) = workers.wait(30)
    assert outcome.ticket == ticket
    return outcome


def test_a_value_is_returned(workers: Workers) -> None:
    """A job's value is returned, with its seconds."""
    outcome = one(workers, jobs.nap, 0.05)
    assert (outcome.status, outcome.value) == ("ok", 0.05)
    assert 0.04 < outcome.seconds < 5


def test_a_large_value_is_returned(workers: Workers) -> None:
    """A value far larger than a pipe's buffer is returned."""
    assert len(one(workers, jobs.large, 5_000_000).value) == 5_000_000


@pytest.mark.parametrize(
    ("function", "item", "status", "reason"),
    [
        (jobs.raise_, "no \x1b[31mfit\n", "failed", "ValueError: no [31mfit"),
        (jobs.leave, 3, "failed", "SystemExit: 3"),
        (jobs.deep, 0, "failed", "RecursionError"),
        (jobs.unpicklable, 0, "failed", "no picklable value"),
        (jobs.no_memory, 0, "memory", "MemoryError"),
        (jobs.vanish, 0, "crash", "exit code 0"),
        (jobs.vanish, 255, "crash", "exit code 255"),
        (jobs.segfault, 0, "crash", "SIGSEGV"),
        (jobs.abort, 0, "crash", "SIGABRT"),
        (jobs.killed, 0, "crash", "SIGKILL"),
    ],
)
def test_faults_are_outcomes(workers: Workers, function: Any, item: Any, status: str, reason: str) -> None:
    """A job that raises, exits or crashes is an outcome with a reason in one clean line."""
    outcome = one(workers, function, item)
    assert outcome.status == status
    assert reason in outcome.reason
    assert "\n" not in outcome.reason


def test_a_crash_harms_no_other_job(workers: Workers) -> None:
    """A crash does not affect jobs that run at the same time."""
    kinds = [jobs.segfault, jobs.double, jobs.abort, jobs.double, jobs.vanish, jobs.double]
    tickets = [workers.submit(function, 4) for function in kinds]
    ended: dict[int, Outcome] = {}
    while len(ended) < len(tickets):
        ended |= {outcome.ticket: outcome for outcome in workers.wait(30)}
    assert [ended[ticket].value for ticket in tickets] == [None, 8, None, 8, None, 8]


def test_unpicklable_job(workers: Workers) -> None:
    """A job that cannot be pickled has failed."""
    outcome = one(workers, lambda item: item)
    assert outcome.status == "failed"
    assert "cannot be pickled" in outcome.reason


def test_output_of_jobs_is_hidden(workers: Workers, capfd: pytest.CaptureFixture[str]) -> None:
    """Output of a job, from Python or below, does not reach the terminal."""
    assert one(workers, jobs.loud).value == "said"
    assert capfd.readouterr() == ("", "")


def test_jobs_ignore_ctrl_c(workers: Workers) -> None:
    """Ctrl-C on the terminal does not reach a job."""
    assert one(workers, jobs.ignores_interrupt).value is True


@pytest.mark.parametrize("name", ["numpy", "pandas", "sklearn.linear_model", "lightgbm", "custpred.models.base"])
def test_libraries_are_preloaded(workers: Workers, name: str) -> None:
    """A child has the heavy libraries loaded."""
    assert one(workers, jobs.loaded, name).value is True


@linux
def test_background_work_has_a_low_priority(workers: Workers) -> None:
    """Also among the sessions of the machine; only in children of an engine."""
    before, after, session = one(workers, jobs.priorities, True).value
    assert after == min(19, before + 10)
    assert not session or session.split()[-1] == str(after)
    with Engine.parse("inline").open(1) as here:
        before, after, _ = one(here, jobs.priorities, True).value
        assert before == after


NICELY = """
import sys
sys.path.insert(0, sys.argv[1])
import _engine_jobs as jobs
from custpred.engine.base import Engine
with Engine.parse("local").open(1) as workers:
    workers.submit(jobs.priorities, False)
    print(*workers.wait()[0].value)
"""


@linux
def test_the_session_of_a_job_has_the_priority_of_the_run() -> None:
    """With 'nice custpred run' each job's session has that priority, too, as each is a new one."""
    own = [sys.executable, "-c", NICELY, str(Path(jobs.__file__).parent)]
    found = subprocess.run(["nice", "-n", "7", *own], capture_output=True, text=True, check=True).stdout.split()
    assert found[0] == found[1] == str(min(19, os.nice(0) + 7))
    assert found[2:] == [] or found[-1] == found[0]


def test_polars_is_not_loaded_for_catboost(workers: Workers) -> None:
    """CatBoost is loaded without polars, which a job can still import."""
    pytest.importorskip("catboost")
    pytest.importorskip("polars")
    assert [one(workers, jobs.loaded, name).value for name in ("catboost", "polars")] == [True, False]
    assert one(workers, jobs.imported, "polars").value is True


def test_jobs_have_separate_process_groups(workers: Workers) -> None:
    """Every job has a separate process and process group."""
    (first, group), (second, _) = one(workers, jobs.pid).value, one(workers, jobs.pid).value
    assert first == group
    assert first != second


def test_deadline(workers: Workers) -> None:
    """A job that takes too long is ended at its deadline, with that status."""
    began = time.monotonic()
    outcome = one(workers, jobs.nap, 60, seconds=0.3)
    assert outcome.status == "timeout"
    assert "0.3 seconds" in outcome.reason
    assert time.monotonic() - began < 30


@linux
def test_a_job_that_ignores_sigterm_is_killed(workers: Workers, tmp_path: Path) -> None:
    """It is killed two seconds after SIGTERM, with its child processes."""
    ticket = workers.submit(jobs.stubborn, str(tmp_path / "pid"), seconds=1.5)
    grandchild = written(tmp_path / "pid")
    began = time.monotonic()
    assert [(each.ticket, each.status) for each in workers.wait(30)] == [(ticket, "timeout")]
    assert 1.9 < time.monotonic() - began < 30
    assert gone(grandchild)


@linux
@pytest.mark.usefixtures("loaded")
def test_memory() -> None:
    """The largest job is killed when all together exceed the limit; the other one continues."""
    with Local().open(2, memory=200_000_000) as limited:
        big, small = limited.submit(jobs.fill, 4000), limited.submit(jobs.nap, 1.5)
        ended: dict[int, Outcome] = {}
        while len(ended) < 2:
            ended |= {outcome.ticket: outcome for outcome in limited.wait(30)}
    assert ended[big].status == "memory"
    assert "200 MB" in ended[big].reason
    assert ended[small].status == "ok"


@linux
@pytest.mark.usefixtures("loaded")
def test_pools_share_one_memory_limit() -> None:
    """The memory of several pools counts together: the largest job is killed."""
    with Local().open(1, memory=300_000_000) as one, Local().open(1, memory=300_000_000) as other:
        small, big = one.submit(jobs.fill_and_hold, 120), other.submit(jobs.fill_and_hold, 260)
        first = one.wait(30)
        second = other.wait(30)
    assert [(each.ticket, each.status) for each in first] == [(small, "ok")]
    assert [(each.ticket, each.status) for each in second] == [(big, "memory")]
    assert "300 MB" in second[0].reason


@linux
@pytest.mark.usefixtures("loaded")
def test_memory_of_this_process_reduces_that_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Growth of this process since the pool was opened reduces what jobs may use."""
    sizes = iter([0])
    monkeypatch.setattr(_memory, "base_memory", lambda: next(sizes, 150_000_000))
    with Local().open(1, memory=300_000_000) as own:
        own.submit(jobs.fill_and_hold, 200)
        assert own.wait(30)[0].status == "memory"


def test_peak() -> None:
    """Workers know the peak memory."""
    with Local().open(1) as own:
        own.submit(jobs.fill, 100)
        own.wait(30)
        assert own.peak > 100_000_000  # type: ignore[attr-defined]


def test_parallel() -> None:
    """Two slots run two jobs at once, and no more."""
    with Local().open(2) as two:
        for _ in range(3):
            two.submit(jobs.asleep, 0.6)
        ended: list[Outcome] = []
        while len(ended) < 3:
            ended += two.wait(30)
    naps = sorted(outcome.value for outcome in ended)
    first_wakes = min(wakes for _, wakes in naps)
    assert [falls < first_wakes for falls, _ in naps] == [True, True, False]


def test_cancel(workers: Workers) -> None:
    """Cancelled jobs, running or queued, have that outcome; others continue."""
    tickets = [workers.submit(jobs.nap, seconds) for seconds in (60, 0.3, 60)]
    workers.cancel(tickets[0], tickets[2])
    ended: dict[int, str] = {}
    while len(ended) < 3:
        ended |= {outcome.ticket: outcome.status for outcome in workers.wait(30)}
    assert [ended[ticket] for ticket in tickets] == ["cancelled", "ok", "cancelled"]


@linux
def test_a_queued_job_replaces_a_cancelled_one(tmp_path: Path) -> None:
    """A queued job starts at once in place of a cancelled one, even if nobody waits."""
    with Local().open(1) as own:
        first = own.submit(jobs.nap, 60)
        own.submit(jobs.stubborn, str(tmp_path / "pid"))
        own.cancel(first)
        assert written(tmp_path / "pid")


def test_wait_without_jobs(workers: Workers) -> None:
    """Waiting for nothing returns at once."""
    began = time.monotonic()
    assert workers.wait(20) == []
    assert time.monotonic() - began < 15


def test_wait_timeout(workers: Workers) -> None:
    """Waiting ends after the timeout if no job has ended."""
    ticket = workers.submit(jobs.nap, 60)
    assert workers.wait(0.1) == []
    workers.cancel(ticket)
    assert len(workers.wait(30)) == 1


@linux
def test_close(tmp_path: Path) -> None:
    """Closing ends running jobs at once, and may be repeated."""
    own = Local().open(1)
    own.submit(jobs.pause_then_pid, str(tmp_path / "pid"))
    pid = written(tmp_path / "pid")
    began = time.monotonic()
    own.close()
    own.close()
    assert time.monotonic() - began < 20  # the job would hang for 60
    assert gone(pid)


def test_main_is_restored() -> None:
    """The caller's main module is hidden only while a process starts."""
    main = sys.modules["__main__"]
    with _without_main():
        assert sys.modules["__main__"] is not main
    assert sys.modules["__main__"] is main


def test_libraries_are_not_loaded_if_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a short run uses no workers; a long one loads their libraries at once."""
    begun = []
    monkeypatch.setattr("custpred.engine._server.started", lambda: False)
    monkeypatch.setattr("custpred.engine._server.warm", lambda: begun.append(1))
    monkeypatch.setattr("custpred.engine.local.core_share", lambda: 0.17)
    assert not Engine.parse("local").warm(10.0)
    assert not begun
    assert Engine.parse("local").warm(60.0)
    assert Engine.parse("local").warm()
    assert len(begun) == 2
