"""Run folders: one run at a time."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from custpred.api import load
from custpred.errors import ModelFileError, RunError
from custpred.storage import locks
from custpred.storage.files import write
from custpred.storage.run_folder import LOCK, claimed, ended, fresh, log


def _locked(folder: Path, holder: object) -> Path:
    folder.mkdir()
    (folder / LOCK).write_text(json.dumps(holder) if not isinstance(holder, str) else holder)
    return folder


@contextmanager
def _holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Claim a folder in a separate process."""
    body = f"""
    from pathlib import Path
    from custpred.storage.run_folder import claimed
    with claimed(Path({str(folder)!r})):
        print("claimed", flush=True)
        input()
    """
    line = [sys.executable, "-c", textwrap.dedent(body)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "claimed\n"
        yield other
        other.kill()


def test_a_claim_locks_and_releases_the_folder(tmp_path: Path) -> None:
    """A new folder is created and locked, and the lock is removed, also after an error."""
    with claimed(tmp_path / "run") as folder:
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()
    assert list((tmp_path / "run").iterdir()) == []
    with pytest.raises(ZeroDivisionError), claimed(tmp_path / "run"):
        raise ZeroDivisionError
    assert list((tmp_path / "run").iterdir()) == []


def test_a_live_process_keeps_its_folder(tmp_path: Path) -> None:
    """A folder claimed by a live process is refused until that process is killed."""
    folder = tmp_path / "run"
    with _holder(folder) as other:
        for resume in (False, True):
            with pytest.raises(RunError, match="CP4101 Another run"), claimed(folder, resume=resume):
                raise AssertionError
        assert json.loads((folder / LOCK).read_text())["pid"] == other.pid
        other.kill()
        other.wait()
    assert (folder / LOCK).exists()
    with claimed(folder, resume=True):
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()


def test_one_process_claims_a_folder_once(tmp_path: Path) -> None:
    """Two runs of one process cannot write to the same folder."""
    with claimed(tmp_path / "run") as folder, pytest.raises(RunError, match="CP4101 Another run"), claimed(folder):
        raise AssertionError


def test_a_dead_process_loses_its_folder(tmp_path: Path) -> None:
    """The lock of a process that has ended is taken over."""
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        other.wait()
    folder = _locked(tmp_path / "run", {"pid": other.pid, "host": socket.gethostname()})
    with claimed(folder):
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()


def test_files_of_killed_jobs_are_removed(tmp_path: Path) -> None:
    """At the end of a claim half-written files are removed; complete ones stay."""
    with claimed(tmp_path / "run") as folder:
        (folder / "trials").mkdir()
        (folder / ".model.part" / ".manifest.json.part").mkdir(parents=True)
        for name in (".study.journal.part", "trials/.3.json.part", "trials/3.json"):
            (folder / name).write_text("{")
    assert sorted(path.name for path in folder.rglob("*")) == ["3.json", "trials"]


@pytest.mark.parametrize("host", ["", "renamed-"])
def test_the_content_of_a_lock_file_does_not_hold_it(tmp_path: Path, host: str) -> None:
    """Another host, or a reused process id, does not keep a dead run's folder locked."""
    holder = {"pid": os.getppid(), "host": host + socket.gethostname()}
    with claimed(_locked(tmp_path / "run", holder), resume=True) as folder:
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()


def test_without_locks_the_start_time_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without locks, a process id counts only with its start time and host."""

    def unsupported(handle: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_lock", unsupported)
    parent = {"pid": os.getppid(), "started": locks.started(os.getppid()), "host": socket.gethostname()}
    with pytest.raises(RunError, match="CP4101"), claimed(_locked(tmp_path / "live", parent), resume=True):
        raise AssertionError
    for number, other in enumerate(({"started": 1}, {"host": "elsewhere"})):
        with claimed(_locked(tmp_path / str(number), parent | other), resume=True) as folder:
            assert (folder / LOCK).exists()


def test_a_folder_removed_during_the_run_is_an_error(tmp_path: Path) -> None:
    """If a run's folder is removed, it ends with one error and leaves no files."""
    folder = tmp_path / "run"
    with pytest.raises(RunError, match="CP4107 The run folder was removed"), claimed(folder):
        shutil.rmtree(folder)
        (folder / "trials" / "3").mkdir(parents=True)
        log(folder / "nowhere", "start")
    assert not folder.exists()


def test_files_of_others_survive_in_a_replaced_folder(tmp_path: Path) -> None:
    """If another folder replaces that of the run, its files stay."""
    folder = tmp_path / "run"
    with pytest.raises(RunError, match="CP4107"), claimed(folder):
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "mine.txt").write_text("x")
        write(folder / "mine.txt" / "x", "y")
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_system_errors_become_one_coded_error(tmp_path: Path, number: int) -> None:
    """A full or read-only disk ends a run with a code, the place and a remedy."""
    with pytest.raises(RunError, match=f"x.json CP4102 .*{os.strerror(number)}.* --out"), claimed(tmp_path / "run"):
        raise OSError(number, os.strerror(number), str(tmp_path / "x.json"))
    assert list((tmp_path / "run").iterdir()) == []


def test_a_file_as_run_folder_is_refused(tmp_path: Path) -> None:
    """--out with the name of a file is refused, and the file is unchanged."""
    (tmp_path / "file").write_text("x")
    for resume in (False, True):
        with (
            pytest.raises(RunError, match="CP4101 There is a file in place"),
            claimed(tmp_path / "file", resume=resume),
        ):
            raise AssertionError
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_access_is_an_error(tmp_path: Path) -> None:
    """If the run may not write, the error says so."""
    (tmp_path / "theirs").mkdir(mode=0o500)
    with pytest.raises(RunError, match="CP4102 .*Permission denied"), claimed(tmp_path / "theirs" / "run"):
        raise AssertionError


@pytest.mark.parametrize("torn", ["", "{", '{"host": 3', "[]", '{"pid": "x"}', '{"pid": null, "host": null}', "null"])
def test_an_incomplete_lock_does_not_hold(tmp_path: Path, torn: str) -> None:
    """A lock that was not written completely is ignored."""
    torn = torn.replace('"pid": "x"', f'"pid": "x", "host": "{socket.gethostname()}"')
    with claimed(_locked(tmp_path / "run", torn), resume=True) as folder:
        assert folder.exists()


def test_existing_files_are_not_overwritten(tmp_path: Path) -> None:
    """A folder with files is refused, unless a run there is resumed."""
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(RunError, match="CP4101 The folder is not empty"), claimed(tmp_path):
        raise AssertionError
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with claimed(tmp_path, resume=True):
        assert (tmp_path / "mine.txt").read_text() == "x"


def test_a_file_in_the_way_is_a_run_error(tmp_path: Path) -> None:
    """If the folder cannot be created, the error names the place."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="CP4102"), claimed(tmp_path / "file" / "run"):
        raise AssertionError


def test_new_folders_never_collide(tmp_path: Path) -> None:
    """A new path has the name, the time, and a number if it exists; it is not created."""
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
    """Only a log whose last complete line is ``done`` is of a finished run."""
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


def test_a_damaged_or_locked_record_is_not_called_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut-off report.json, and one that this user may not read, are named as such."""
    with pytest.raises(ModelFileError, match="holds no finished run"):
        load(tmp_path)
    (tmp_path / "report.json").write_text('{"format": 1, "na', "utf-8")
    with pytest.raises(ModelFileError, match=r"CP5200 This run's report\.json is damaged, .* Copy the folder again"):
        load(tmp_path)

    def refused(*_: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(ModelFileError, match=r"report\.json may not be read\. Give this user the right"):
        load(tmp_path)
