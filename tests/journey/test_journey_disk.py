"""Disk errors: one message with a code, exit code 2, no half-written file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sets a limit on the size of files, as POSIX has it")
RECIPE = """customers: {path: customers.csv, key: customer}
target: left
models: [logistic, {kind: lightgbm, rounds: 20}]
split: {kind: stratified, folds: 2}
budget: {work: 4, jobs: 2}
"""


def _limited(cwd: Path, most: int, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command that may write no file of more than ``most`` bytes, as on a full disk.

    Python writes compiled modules without a check of their length (gh-126606): here it writes none,
    else the other tests would import halves of them.
    """
    body = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
        "from custpred.cli import main\n"
        "main()\n"
    )
    line = [sys.executable, "-P", "-c", body, *map(str, words)]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(line, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def home(tmp_path: Path, people: Any) -> Path:
    people(900).to_csv(tmp_path / "customers.csv", index=False)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path


@pytest.mark.parametrize("most", [100, 4_000, 20_000])
def test_a_full_disk_is_an_error(home: Path, most: int) -> None:
    """At the recipe's copy, the rows or a model, a full disk gives one line with a code."""
    done = _limited(home, most, "run", "recipe.yaml", "--out", "run")
    said = [line for line in done.stderr.splitlines() if "CP" in line]
    assert done.returncode == 2, done.stderr
    assert len(said) == 1
    assert any(code in said[0] for code in ("CP4102", "CP4106"))
    assert "CP9000" not in done.stderr
    assert "Traceback" not in done.stderr
    assert list((home / "run").rglob("*.part")) == []
    for path in (home / "run").rglob("*.json"):
        json.loads(path.read_text("utf-8"))


def test_a_removed_folder_ends_the_run(home: Path, tools: Any) -> None:
    """The run ends with CP4107, and the folder is not created again."""
    start, _, until = tools
    folder = home / "run"
    process = start("run", "recipe.yaml", "--set", "budget.work=200", "--out", folder, cwd=home)
    until(lambda: (folder / "trials" / "2" / "result.json").exists())
    os.rename(folder, home / "moved")  # noqa: PTH104 (in one step, unlike a removal file by file)
    _, err = process.communicate(timeout=90)
    assert process.returncode == 2, err
    assert "CP4107 The run folder was removed" in err
    assert not folder.exists()


@pytest.mark.parametrize("fault", ["customers.path=none.csv", "target.positive=maybe"])
def test_a_run_that_tried_nothing_leaves_nothing(home: Path, cli: Any, fault: str) -> None:
    """A fault of the data, found before any trial, leaves no folder, so --out can stay as it is."""
    (home / "empty").mkdir()
    for folder in (home / "run", home / "empty"):
        assert cli("run", home / "recipe.yaml", "--set", fault, "--out", folder).code == 2
        assert not (home / "run").exists()
    assert list((home / "empty").iterdir()) == []


@pytest.mark.parametrize("words", [("run", "recipe.yaml", "--out", "customers.csv"), ("resume", "customers.csv")])
def test_a_file_in_place_of_the_folder_is_an_error(
    home: Path, cli: Any, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused with a code, and stays unchanged."""
    before = (home / "customers.csv").read_bytes()
    monkeypatch.chdir(home)
    done = cli(*words)
    assert (done.code, "CP9000" in done.err, "CP" in done.err) == (2, False, True), done.err
    assert (home / "customers.csv").read_bytes() == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_error(home: Path, command: Any) -> None:
    """A folder without write permission is refused with a code."""
    (home / "theirs").mkdir(mode=0o500)
    done = command("run", "recipe.yaml", "--out", home / "theirs" / "run", cwd=home)
    assert (done.code, "CP4102" in done.err) == (2, True), done.err
