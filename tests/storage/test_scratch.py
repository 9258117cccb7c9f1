"""Scratch folders: private, removed at the end, and swept after a process was killed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

import custpred.storage.scratch
from custpred.errors import BudgetSpent, RunError
from custpred.storage.locks import acquire
from custpred.storage.scratch import OWNER, PREFIX, Scratch, coded, scratch, sweep


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a separate folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _killed(temporary: Path) -> Path:
    """Return the scratch folder of a process that was killed by SIGKILL."""
    body = """
    import sys, time
    from custpred.storage.scratch import Scratch
    made = Scratch()
    (made.path / "sub").mkdir()
    (made.path / "sub" / "rows.npy").write_text("a@example.org")
    print(made.path, flush=True)
    time.sleep(60)
    """
    env = {**os.environ, "TMPDIR": str(temporary)}
    line = [sys.executable, "-c", textwrap.dedent(body)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=env) as other:
        assert other.stdout is not None
        path = Path(other.stdout.readline().strip())
        sweep()
        assert (path / "sub" / "rows.npy").exists()  # its owner lives
        other.kill()
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_scratch_folder_is_private(temporary: Path) -> None:
    """It has mode 0700 whatever the umask, and is removed after the block, also after an error."""
    before = os.umask(0)
    try:
        with pytest.raises(ZeroDivisionError), scratch() as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            (folder / "rows").write_text("x")
            raise ZeroDivisionError
    finally:
        os.umask(before)
    assert list(temporary.iterdir()) == []


def test_a_folder_removed_in_a_thread_does_not_outlive_its_process(temporary: Path) -> None:
    """The block does not wait for the removal; the process does, even if it raises an error."""
    body = """
    from custpred.storage.scratch import scratch
    with scratch(wait=False) as folder:
        for number in range(200):
            (folder / str(number)).write_text("x")
    raise SystemExit(7)
    """
    env = {**os.environ, "TMPDIR": str(temporary)}
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(body)], env=env, check=False).returncode == 7
    assert list(temporary.iterdir()) == []


def test_folders_of_killed_processes_are_swept(temporary: Path) -> None:
    """They are removed when the next one is made; those of live processes stay."""
    path, live = _killed(temporary), Scratch()
    assert path.name.startswith(PREFIX)
    assert [each for each in temporary.iterdir() if each.is_dir()] == [live.path]
    live.remove()
    live.remove()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("seen", ["locked", "removed"])
def test_a_folder_swept_before_it_is_locked_is_made_again(seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may sweep a new folder before it is locked; then the next one is used."""
    swept: list[Path] = []

    def late(path: Path) -> object:
        if swept:
            return acquire(path)
        swept.append(path.parent)
        shutil.rmtree(path.parent)
        return None if seen == "locked" else acquire(path)

    monkeypatch.setattr(custpred.storage.scratch, "acquire", late)
    with scratch() as folder:
        assert folder.exists()
        assert folder != swept[0]


def test_nothing_else_is_swept(temporary: Path) -> None:
    """Folders without an owner's lock, files, and links are not touched."""
    (temporary / f"{PREFIX}mine").mkdir()
    (temporary / f"{PREFIX}mine" / "work.txt").write_text("x")
    (temporary / f"{PREFIX}file").write_text("x")
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / OWNER).write_text("")
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    sweep()
    assert (temporary / f"{PREFIX}mine" / "work.txt").exists()
    assert (temporary / f"{PREFIX}file").exists()
    assert (elsewhere / OWNER).exists()


def test_a_full_temporary_folder_is_an_error(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a code and a remedy; errors of custpred are passed on."""

    def refuse(**options: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(RunError, match="CP4106 .*No space left on device.*TMPDIR"):
        Scratch()
    with pytest.raises(BudgetSpent), coded():  # a TimeoutError, so an OSError too
        raise BudgetSpent("No model.", code="CP4104")
