"""The local engine's surroundings: scripts without a guard, Ctrl-C, killed parents."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from _engine_jobs import gone, written

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Script = Callable[..., "subprocess.Popen[str]"]
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.parametrize("how", ["file", "-", "-c"])
def test_no_guard_needed(script: Script, how: str, tmp_path: Path) -> None:
    """A script without a ``__main__`` guard runs once, from a file, stdin or command line."""
    body = """
    print("the script runs")
    with Local().open(2) as workers:
        for number in (1, 2):
            workers.submit(jobs.double, number)
        ended = []
        while len(ended) < 2:
            ended += workers.wait(30)
        print(sorted(outcome.value for outcome in ended))
    """
    out, err = script(body, how=how, folder=tmp_path).communicate(timeout=60)
    assert out.splitlines() == ["the script runs", "[2, 4]"], err


@linux
@pytest.mark.parametrize("job", ["pause_then_pid", "hold_lock", "stubborn"])
def test_no_orphan(script: Script, job: str, tmp_path: Path) -> None:
    """No process survives a parent killed by SIGKILL, not even one that holds the GIL."""
    body = f"""
    workers = Local().open(2)
    workers.submit(jobs.{job}, sys.argv[2])
    print(_server.multiprocessing.forkserver._forkserver._forkserver_pid, flush=True)
    workers.wait()
    """
    parent = script(body, tmp_path / "pid")
    assert parent.stdout is not None
    server, child = int(parent.stdout.readline()), written(tmp_path / "pid")
    parent.send_signal(signal.SIGKILL)
    assert gone(child)
    assert gone(server)


@linux
def test_ctrl_c(script: Script, tmp_path: Path) -> None:
    """Ctrl-C on the terminal ends a script and its jobs at once, without output from the jobs."""
    body = """
    try:
        with Local().open(2) as workers:
            workers.submit(jobs.pause_then_pid, sys.argv[2])
            workers.wait()
    except KeyboardInterrupt:
        print("interrupted")
    """
    parent = script(body, tmp_path / "pid")
    child = written(tmp_path / "pid")
    began = time.monotonic()
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to every process of the group, the fork server too
    out, err = parent.communicate(timeout=20)
    assert time.monotonic() - began < 15  # the job would hang for 60; two seconds are usual
    assert (out, err) == ("interrupted\n", "")
    assert gone(child)


@linux
def test_ctrl_c_while_libraries_load(script: Script) -> None:
    """Ctrl-C right at the start does not reach the fork server, which continues to work."""
    body = """
    _server.PRELOAD.append("_slow_preload")
    Local().warm()
    workers = Local().open(1)
    server = _server.multiprocessing.forkserver._forkserver._forkserver_pid
    print("loading", flush=True)
    try:
        time.sleep(20)
    except KeyboardInterrupt:
        workers.submit(jobs.loaded, "_slow_preload")
        print(_server.multiprocessing.forkserver._forkserver._forkserver_pid == server, workers.wait(30)[0].value)
    """
    parent = script(body)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "loading\n"
    time.sleep(0.3)  # the server is in the middle of its import now
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.communicate(timeout=30) == ("True True\n", "")


def test_forgotten_close(script: Script) -> None:
    """A script that ends without closing its workers does not wait for their jobs."""
    body = """
    workers = Local().open(1)
    workers.submit(jobs.nap, 60)
    """
    began = time.monotonic()
    parent = script(body)
    assert parent.communicate(timeout=50) == ("", "")
    assert time.monotonic() - began < 30


@linux
def test_server_killed(script: Script, tmp_path: Path) -> None:
    """When the fork server dies, it is restarted, and the lost job runs once more."""
    body = """
    import os, signal
    with Local().open(1) as workers:
        workers.submit(jobs.nap, 1.0)
        os.kill(_server.multiprocessing.forkserver._forkserver._forkserver_pid, signal.SIGKILL)
        print(workers.wait(30)[0].status)
        workers.submit(jobs.double, 2)
        print(workers.wait(30)[0].value)
    """
    out, err = script(body).communicate(timeout=60)
    assert out.split() == ["ok", "4"], err


def test_daemonic_caller(script: Script) -> None:
    """A caller that may not have children gets an error with a remedy."""
    body = """
    import multiprocessing
    from custpred.errors import RunError
    multiprocessing.current_process()._config["daemon"] = True
    try:
        Local().open(1)
    except RunError as error:
        print(error.code, error.remedy)
    """
    out, err = script(body).communicate(timeout=60)
    assert out.startswith("CP5102 Use concurrent.futures"), err
