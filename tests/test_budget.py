"""The budget of a run, and its clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from custpred import budget as module
from custpred.budget import (
    Budget,
    Clock,
    available_cores,
    available_memory,
    base_memory,
    core_share,
    held_memory,
    peak_memory,
)
from custpred.errors import BudgetSpent

if TYPE_CHECKING:
    from pathlib import Path

GB = 2**30
PERIOD = {"cpu/job/cpu.cfs_period_us": "100000"}


def test_a_bare_duration_is_the_time() -> None:
    """A bare duration is the time."""
    assert Budget.model_validate("5m") == Budget(time=300.0)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"time": 0}, {"memory": "lots"}, {"jobs": 0}, {"work": 0}, {"tiem": 5}),
        *({"time": 10**400}, {"time": f"1{'0' * 400}s"}, {"memory": 10**400}, {"memory": f"1{'0' * 307}TB"}),
    ],
)
def test_invalid_budgets_are_refused(wrong: dict[str, object]) -> None:
    """Zero, negative, infinite and unknown keys are refused."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Budget.model_validate(wrong)


def test_cores_are_limited() -> None:
    """At most the available cores are used, and at least one."""
    assert Budget(jobs=10_000).cores == Budget().cores >= Budget(jobs=1).cores == 1


def test_memory_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three quarters of the free memory, or the recipe's limit, never more than is free.

    What this process holds is taken off the recipe's, which is for all together; a quarter is left
    for the others.
    """
    monkeypatch.setattr(module, "available_memory", lambda: 8 * GB)
    monkeypatch.setattr(module, "base_memory", lambda: GB // 2)
    assert Budget().bytes == 6 * GB
    assert Budget(memory=2 * GB).bytes == 3 * GB // 2
    assert Budget(memory=64 * GB).bytes == 8 * GB
    assert Budget(memory=GB // 2).bytes == GB // 8


def test_customers_that_take_all_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no memory is left for fits, the run ends with the required amount."""
    monkeypatch.setattr(module, "base_memory", lambda: 9 * GB // 10)
    monkeypatch.setattr(module, "peak_memory", lambda: 2 * GB)
    Budget().check_memory(0)
    Budget(memory=2 * GB).check_memory(GB)
    Budget(memory=5 * GB // 4).check_memory(2 * GB)  # the peak was there before
    for memory, before in ((GB, 2 * GB), (3 * GB // 2, GB)):
        with pytest.raises(BudgetSpent, match="CP4108 .*Give budget.memory: [0-9]+MB"):
            Budget(memory=memory).check_memory(before)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_base_memory_includes_children() -> None:
    """What this process and its children hold counts, with loaded libraries."""
    before = base_memory()
    block = bytearray(b"x") * 100_000_000
    body = "import sys; block = bytearray(b'x') * 50_000_000; print(len(block), flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", body], stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert base_memory() - before > 140_000_000
        child.communicate(b"")
    assert len(block) == 100_000_000


@pytest.mark.parametrize(
    ("cgroup", "files", "cores"),
    [
        ("0::/job", {"job/cpu.max": "150000 100000"}, 2),
        ("0::/job", {"job/cpu.max": "max 100000"}, 8),
        ("0::/slice/job", {"slice/job/cpu.max": "max 100000", "slice/cpu.max": "100000 100000"}, 1),
        ("0::/job", {"job/cpu.max": "5000 100000"}, 1),
        ("3:memory:/x\n4:cpu,cpuacct:/job", {"cpu/job/cpu.cfs_quota_us": "300000", **PERIOD}, 3),
        ("4:cpu,cpuacct:/job", {"cpu/job/cpu.cfs_quota_us": "-1", **PERIOD}, 8),
        ("0::/hidden/path", {"cpu.max": "400000 100000"}, 4),
        ("0::/job", {"job/cpu.max": "broken"}, 8),
        ("", {}, 8),
    ],
)
def test_a_containers_quota_is_a_number_of_cores(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, cgroup: str, files: dict[str, str], cores: int
) -> None:
    """The quota of the group or a parent counts, rounded up; else the available cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    machine.put("proc/self/cgroup", cgroup)
    for name, text in files.items():
        machine.put(f"sys/fs/cgroup/{name}", text)
    assert available_cores(machine.root) == cores
    monkeypatch.setattr(module, "available_cores", lambda: cores)
    assert Budget().cores == cores
    assert Budget(jobs=3).cores == min(3, cores)


@pytest.mark.parametrize(("count", "cores"), [(6, 6), (None, 1)])
def test_systems_without_affinity_count_all_cores(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, count: int | None, cores: int
) -> None:
    """Windows and macOS have no affinity; a system that does not know its cores has one."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert available_cores(machine.root) == cores


def test_held_memory_of_processes() -> None:
    """A process holds what it has written to; a process that does not exist holds nothing."""
    before = held_memory()
    block = bytearray(b"x") * 100_000_000
    assert held_memory() - before > 90_000_000
    assert len(block) == 100_000_000
    assert held_memory(2**30) == 0


def test_a_clock_without_limit_has_no_end() -> None:
    """Without a time limit, the clock has no end."""
    clock = Clock(Budget())
    assert clock.left is None
    assert clock.spent >= 0


def test_the_clock_has_a_reserve() -> None:
    """It keeps seconds and a share for blending and the report, and never goes below zero."""
    assert Clock(Budget(time=1000.0)).left == pytest.approx(987.6, abs=0.5)
    assert Clock(Budget(time=5.0)).left == pytest.approx(3.7, abs=0.5)
    clock = Clock(Budget(time=0.01))
    time.sleep(0.02)
    assert clock.left == 0.0


def test_memory_of_this_machine() -> None:
    """Some memory is free, and this process has a peak."""
    assert available_memory() > 10_000_000
    assert peak_memory() > 10_000_000


def test_peak_includes_freed_memory() -> None:
    """The peak counts memory that has been given back."""
    before = peak_memory()
    block = bytearray(b"x") * 200_000_000
    del block
    assert peak_memory() >= max(before, 200_000_000)


def test_a_small_child_does_not_double_the_peak() -> None:
    """A program that was started when this process was large counts nothing of its own."""
    code = (
        "import subprocess, sys\n"
        "from custpred.budget import peak_memory\n"
        "block = bytearray(b'x') * 200_000_000\n"
        "alone = peak_memory()\n"
        "subprocess.run([sys.executable, '-S', '-c', ''], check=True)\n"
        "print(peak_memory() / alone)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 1.2


class Machine:
    """A made-up ``/`` with 16 GB free on the host."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.put("proc/meminfo", f"MemTotal: 99 kB\nMemAvailable: {16 * GB // 1024} kB")

    def put(self, path: str, text: object) -> None:
        """Write a file."""
        own = self.root / path
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(f"{text}\n")

    def group(self, folder: str, limit: object, used: int, stat: str, version: int = 2) -> None:
        """Write the files of a control group in one of the two versions."""
        names = ("max", "current") if version == 2 else ("limit_in_bytes", "usage_in_bytes")
        for name, value in zip(names, (limit, used), strict=True):
            self.put(f"sys/fs/cgroup/{folder}/memory.{name}", value)
        self.put(f"sys/fs/cgroup/{folder}/memory.stat", stat)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_memory_without_a_container(machine: Machine) -> None:
    """The host's available memory counts."""
    assert available_memory(machine.root) == 16 * GB


def test_memory_of_control_groups_2(machine: Machine) -> None:
    """In a container its limit minus its use counts; reclaimable file pages are free."""
    machine.put("proc/self/cgroup", "0::/job")
    machine.group("job", 4 * GB, 3 * GB, f"anon 7\ninactive_file {1 * GB}")
    assert available_memory(machine.root) == 2 * GB


def test_memory_of_a_parent_group(machine: Machine) -> None:
    """A limit of a parent group applies too, and ``max`` is no limit."""
    machine.put("proc/self/cgroup", "0::/slice/job")
    machine.group("slice/job", "max", 1 * GB, "inactive_file 0")
    machine.group("slice", 2 * GB, 1 * GB, "inactive_file 0")
    assert available_memory(machine.root) == 1 * GB


def test_memory_of_control_groups_1(machine: Machine) -> None:
    """The older form of control groups is read as well."""
    machine.put("proc/self/cgroup", "3:cpu:/else\n4:memory:/job")
    machine.group("memory/job", 3 * GB, 2 * GB, f"total_inactive_file {GB // 2}", version=1)
    assert available_memory(machine.root) == 1.5 * GB


def test_a_hidden_group_uses_the_top_limit(machine: Machine) -> None:
    """If a container hides its path, the limit at the top counts."""
    machine.put("proc/self/cgroup", "0::/host/path/that/is/not/here")
    machine.group("", 1 * GB, 0, "inactive_file 0")
    assert available_memory(machine.root) == 1 * GB


def test_a_group_over_its_limit_has_nothing_free(machine: Machine) -> None:
    """A group that is over its limit has nothing free."""
    machine.put("proc/self/cgroup", "0::/job")
    machine.group("job", 1 * GB, 2 * GB, "inactive_file 0")
    assert available_memory(machine.root) == 0


def test_memory_of_an_unknown_system(tmp_path: Path) -> None:
    """If nothing can be read, the machine's size or a cautious guess is used."""
    assert available_memory(tmp_path) > 10_000_000


def test_many_rows_reserve_more_time_for_the_end() -> None:
    """A million rows leave less time for the search, at least 0.6; few change little."""
    few, many, none = Clock(Budget(time=60)), Clock(Budget(time=60)), Clock(Budget(work=3))
    few.keep_for(600)
    many.keep_for(10**6)
    none.keep_for(10**6)
    assert few.left == pytest.approx(57.0, abs=0.5)
    assert many.left == pytest.approx(47.0, abs=0.5)
    assert none.left is None


def test_many_classes_reserve_more_time_for_the_end() -> None:
    """Blending and scoring take longer: 50,000 rows of 77 classes reserve some ten seconds."""
    two, many = Clock(Budget(time=60)), Clock(Budget(time=60))
    two.keep_for(50_000, 2)
    many.keep_for(50_000, 77)
    assert two.left is not None
    assert many.left is not None
    assert two.left - many.left == pytest.approx(9.4, abs=0.5)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the clock's time as a list with one number to change; no other process runs."""
    now = [1000.0]
    monkeypatch.setattr("custpred.budget.core_share", lambda: 1.0)
    monkeypatch.setattr("custpred.budget.time.monotonic", lambda: now[0])
    return now


def test_the_clock_counts_down_to_its_reserve_and_its_end(clock: list[float]) -> None:
    """Of 100 s, 2.4 s and 1 % are reserved; the search has the rest; the run ends at 100 s."""
    own = Clock(Budget(time=100))
    assert (own.spent, own.left, own.over) == (0.0, 96.6, False)
    clock[0] += 96.6
    assert (own.spent, own.left, own.over) == (pytest.approx(96.6), pytest.approx(0.0), False)
    clock[0] += 3.0
    assert (own.left, own.over) == (0.0, False)
    clock[0] += 0.5
    assert own.over


def test_a_clock_without_a_limit_is_never_over(clock: list[float]) -> None:
    """Without a time limit there is always time, whatever was reserved."""
    own = Clock(Budget())
    own.keep_also(50)
    clock[0] += 1e9
    assert (own.left, own.over, own.spent) == (None, False, 1e9)


def test_the_reserve_is_the_largest_request_up_to_two_fifths(clock: list[float]) -> None:
    """Ten seconds more leave 86.6; five change nothing; a thousand leave 60 of 100."""
    own = Clock(Budget(time=100))
    for seconds, left in ((10.0, 86.6), (5.0, 86.6), (1000.0, 60.0)):
        own.keep_also(seconds)
        assert own.left == pytest.approx(left)
    short = Clock(Budget(time=1))
    assert short.left == pytest.approx(0.74)
    short.keep_for(10_000_000)
    assert short.left == pytest.approx(0.6)


def test_time_is_reserved_for_the_refit(clock: list[float]) -> None:
    """At most a fifth is taken from search and test, and returned, also after late tests."""
    own = Clock(Budget(time=100))
    own.set_aside(10.0)
    assert (own.left, own.rest, own.deadline) == pytest.approx((86.6, 90.0, 1097.0))
    own.set_aside(50.0)
    assert (own.left, own.rest) == pytest.approx((76.6, 80.0))
    clock[0] += 90.0
    assert own.give_back() == pytest.approx(1107.0)  # 10 s later than planned, and not after the deadline
    assert (own.left, own.rest) == pytest.approx((6.6, 10.0))
    assert own.give_back() == pytest.approx(1099.0)  # all but the time for writing
    free = Clock(Budget(work=3))
    free.set_aside(50.0)
    assert (free.rest, free.give_back()) == (None, float("inf"))


def test_the_deadline_leaves_time_for_the_report(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may take 1.05 x budget + 15 s; 13 s of them, more if busy, are not for measures."""
    for share, end in ((1.0, 1023.0), (0.25, 1023.0), (0.15, 1018.0)):
        monkeypatch.setattr(module, "core_share", lambda share=share: share)
        assert Clock(Budget(time=20.0)).deadline == pytest.approx(end)
    assert Clock(Budget(work=3)).deadline == float("inf")


def test_the_share_of_a_core_follows_the_load(tmp_path: Path) -> None:
    """Twelve runnable processes share the cores; one has a whole core; unknown counts as one."""
    (tmp_path / "proc").mkdir()
    assert core_share(tmp_path) == 1.0
    for running in (1, 12):
        (tmp_path / "proc" / "stat").write_text(f"cpu 1 2 3\nprocs_running {running}\n")
        assert core_share(tmp_path) == pytest.approx(min(1.0, available_cores(tmp_path) / running))


def test_the_share_of_a_core_is_what_this_thread_has_had(tmp_path: Path) -> None:
    """A hundred processes of a lower priority take 5 %; a thread that just began proves nothing."""
    (tmp_path / "proc" / "thread-self").mkdir(parents=True)
    (tmp_path / "proc" / "stat").write_text("procs_running 100\n")
    for schedule, share in (("950 50 7\n", 0.95), ("0 0 0\n", available_cores(tmp_path) / 100)):
        (tmp_path / "proc" / "thread-self" / "schedstat").write_text(schedule)
        assert core_share(tmp_path) == pytest.approx(share)
