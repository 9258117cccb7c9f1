"""Run folders: one run at a time."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from custpred.errors import RunError
from custpred.folder import LOCK, claimed, ended, fresh, log


def _locked(folder: Path, holder: object) -> Path:
    folder.mkdir()
    (folder / LOCK).write_text(json.dumps(holder) if not isinstance(holder, str) else holder)
    return folder


def test_a_claim_makes_and_leaves_the_folder(tmp_path: Path) -> None:
    """A new folder is made and locked, and the lock is gone afterwards, also after an error."""
    with claimed(tmp_path / "run") as folder:
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()
    assert list((tmp_path / "run").iterdir()) == []
    with pytest.raises(ZeroDivisionError), claimed(tmp_path / "run"):
        raise ZeroDivisionError
    assert list((tmp_path / "run").iterdir()) == []


def test_a_live_process_keeps_its_folder(tmp_path: Path) -> None:
    """A folder whose lock names a process that runs is refused, and its lock stays."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        folder = _locked(tmp_path / "run", {"pid": other.pid, "host": socket.gethostname()})
        with pytest.raises(RunError, match="CP4101 Another run"), claimed(folder):
            raise AssertionError
        other.communicate(b"\n")
    assert (folder / LOCK).exists()


def test_a_dead_process_does_not(tmp_path: Path) -> None:
    """The lock of a process that has ended is taken over."""
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        other.wait()
    folder = _locked(tmp_path / "run", {"pid": other.pid, "host": socket.gethostname()})
    with claimed(folder):
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()


def test_what_killed_jobs_left_goes(tmp_path: Path) -> None:
    """At the end of a claim no half-written file is left; whole ones are."""
    with claimed(tmp_path / "run") as folder:
        (folder / "trials").mkdir()
        (folder / ".model.part" / ".manifest.json.part").mkdir(parents=True)
        for name in (".study.journal.part", "trials/.3.json.part", "trials/3.json"):
            (folder / name).write_text("{")
    assert sorted(path.name for path in folder.rglob("*")) == ["3.json", "trials"]


def test_another_host_is_believed(tmp_path: Path) -> None:
    """Whether a process of another machine lives cannot be known, so its lock holds."""
    folder = _locked(tmp_path / "run", {"pid": 1, "host": "some-other-machine"})
    with pytest.raises(RunError, match="CP4101"), claimed(folder):
        raise AssertionError


@pytest.mark.parametrize("torn", ["", "{", '{"host": 3', "[]", '{"pid": "x"}', '{"pid": null, "host": null}', "null"])
def test_a_torn_lock_does_not_hold(tmp_path: Path, torn: str) -> None:
    """A lock that was not written whole is no lock."""
    torn = torn.replace('"pid": "x"', f'"pid": "x", "host": "{socket.gethostname()}"')
    with claimed(_locked(tmp_path / "run", torn), resume=True) as folder:
        assert folder.exists()


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A folder with files is refused, unless a run there goes on."""
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(RunError, match="CP4101 The folder is not empty"), claimed(tmp_path):
        raise AssertionError
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with claimed(tmp_path, resume=True):
        assert (tmp_path / "mine.txt").read_text() == "x"


def test_a_file_in_the_way_is_a_run_error(tmp_path: Path) -> None:
    """Where the folder cannot be made, the error names the place."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="CP4102"), claimed(tmp_path / "file" / "run"):
        raise AssertionError


def test_new_folders_never_collide(tmp_path: Path) -> None:
    """A fresh path has the name, the time, and a number where it is taken; it is not made."""
    first = fresh("telco churn / ../2024", tmp_path)
    assert not first.exists()
    assert first.parent == tmp_path
    assert re.fullmatch(r"telco-churn-2024-\d{8}-\d{6}", first.name)
    first.mkdir()
    assert fresh("telco churn / ../2024", tmp_path) != first
    assert fresh("///", tmp_path).name.startswith("run-")
    assert fresh("고객 이탈", tmp_path).name.startswith("고객-이탈-")


def test_the_log_grows_line_by_line(tmp_path: Path) -> None:
    """Each event is one line of JSON with its time."""
    log(tmp_path, "start", recipe="x")
    log(tmp_path, "done", wall=1.5)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert [(each["event"], "at" in each) for each in lines] == [("start", True), ("done", True)]


def test_a_run_has_ended_when_its_log_says_so(tmp_path: Path) -> None:
    """Only a log whose last whole line is ``done`` tells of a run that is done; a torn or missing log does not."""
    assert not ended(tmp_path)
    log(tmp_path, "start")
    assert not ended(tmp_path)
    log(tmp_path, "done")
    assert ended(tmp_path)
    log(tmp_path, "interrupted")
    assert not ended(tmp_path)
    for torn in ('{"event": "do', "[]", "null", '"done"'):
        (tmp_path / "log.jsonl").write_text(f'{{"event": "done"}}\n{torn}')
        assert not ended(tmp_path)
