"""Runs that are killed or interrupted can be resumed, lose nothing and leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

import custpred as cp
from custpred.errors import Interrupted, RunError
from custpred.storage.run_folder import LOCK
from custpred.training import run

TRIALS = 8
BASELINES = 2
"""Trials of dummy and rule, which the work of a budget does not count."""
RECIPE = f"""recipe: 1
name: long
customers: {{sample: telecom, rows: 400}}
target: {{column: churn, positive: "yes"}}
split: {{kind: stratified, folds: 2}}
models: [logistic, {{kind: lightgbm, rounds: 40}}]
search: tpe
metrics: [roc_auc]
budget: {{work: {TRIALS}, jobs: 2}}
"""


def _recipe(folder: Path) -> Path:
    path = folder / "long.yaml"
    path.write_text(RECIPE, "utf-8")
    return path


def _results(folder: Path) -> dict[int, int]:
    """Return when the result of each finished trial was written, by number."""
    return {int(path.parent.name): path.stat().st_mtime_ns for path in folder.glob("trials/*/result.json")}


def _plain(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "report.json").read_text("utf-8"))


def test_a_killed_run_can_be_resumed(tools: Any, cli: Any, tmp_path: Path) -> None:
    """After SIGKILL no process is left, no trial repeated, and all trials are reached."""
    start, session, until = tools
    folder = tmp_path / "run"
    process = start("run", _recipe(tmp_path), "--out", folder, cwd=tmp_path)
    until(lambda: len(_results(folder)) >= 4)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    before = _results(folder)
    assert 4 <= len(before) < TRIALS
    assert (folder / LOCK).exists()
    assert len(cp.load(folder).predict(_customers(20))) == 20
    until(lambda: not session(process.pid), 10)

    done = cli("resume", folder)
    assert done.code == 0, done.err
    after = _results(folder)
    assert sorted(after) == list(range(TRIALS + BASELINES))
    assert {number: after[number] for number in before} == before
    assert done.out == f"{folder}/report.html\n"
    assert not (folder / LOCK).exists()
    board = {row["name"] for row in _plain(folder)["leaderboard"]}
    assert {f"logistic #{n}" for n in (2,)} <= board
    assert cp.load(folder).predictor.members


@pytest.mark.slow
def test_a_run_that_is_killed_repeatedly_ends_the_same(tools: Any, command: Any, tmp_path: Path) -> None:
    """Killed five times, a run loses no trial, has a model, and ends as if never killed."""
    start, session, until = tools
    recipe, folder, chance = _recipe(tmp_path), tmp_path / "broken", Random(5)
    words: tuple[object, ...] = ("run", recipe, "--out", folder)
    kept: dict[int, int] = {}
    for _ in range(5):
        process = start(*words, cwd=tmp_path)
        until(lambda: (folder / "model" / "manifest.json").exists())
        time.sleep(chance.uniform(0.0, 3.0))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        until(lambda leader=process.pid: not session(leader), 10)
        found = _results(folder)
        assert {number: found.get(number) for number in kept} == kept
        kept = found
        assert len(cp.load(folder).predict(_customers(20))) == 20
        words = ("resume", folder)
    assert command(*words, cwd=tmp_path).code == 0
    whole = cp.run(recipe, out=tmp_path / "whole")
    broken = cp.load(folder)
    assert broken.record.test == whole.record.test
    assert [(r.name, r.score, r.weight) for r in broken.record.leaderboard] == [
        (r.name, r.score, r.weight) for r in whole.record.leaderboard
    ]
    rows = _customers(50)
    assert broken.predict_proba(rows).equals(whole.predict_proba(rows))


def test_ctrl_c_saves_the_best_so_far(tools: Any, tmp_path: Path) -> None:
    """Ctrl-C ends the run in five seconds with 130, a model, a report, no process or row."""
    start, session, until = tools
    folder, temporary = tmp_path / "run", tmp_path / "temporary"
    temporary.mkdir()
    process = start("run", _planted(tmp_path), "--out", folder, cwd=tmp_path, TMPDIR=str(temporary))
    until(lambda: len(_results(folder)) >= 4)
    assert _addresses(temporary)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    took = time.monotonic() - began
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert err.count("CP4130 Interrupted; the best model so far is saved.") == 1
    assert str(folder) in err
    assert took < 5 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    until(lambda: not session(process.pid), 10)
    assert _addresses(temporary) == []
    result = cp.load(folder)
    assert len(result.predict(_customers(20).assign(email="x"))) == 20
    assert (folder / "report.html").exists()
    assert not (folder / LOCK).exists()

    before, text = _results(folder), (folder / "recipe.yaml").read_text("utf-8")
    (folder / "recipe.yaml").write_text(text.replace("work: 500", f"work: {len(before) + 2}"), "utf-8")
    again = cp.resume(folder)
    after = _results(folder)
    assert {number: after[number] for number in before} == before
    assert len(after) == len(before) + 2 + BASELINES
    assert again.record.timing["trials"] == len(after)


PLANTED = "planted.person.{}@example.org"


def _planted(folder: Path) -> Path:
    """Write customers with e-mail addresses, and a recipe that takes long."""
    rows = _customers(600)
    rows["email"] = [PLANTED.format(number) for number in range(len(rows))]
    rows.to_csv(folder / "customers.csv", index=False)
    path = folder / "planted.yaml"
    text = RECIPE.replace("{sample: telecom, rows: 400}", "{path: customers.csv, types: {email: category}}")
    path.write_text(text.replace(f"work: {TRIALS}", "work: 500"), "utf-8")
    return path


def _addresses(folder: Path) -> list[str]:
    """Return the files under a folder that hold a customer's address."""
    mark = PLANTED.format("").split("@")[0].encode()
    return [str(path) for path in folder.rglob("*") if path.is_file() and mark in path.read_bytes()]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.slow  # the quick tests send Ctrl-C to a run, above, others end alike (tests/engine/test_engine_signals.py)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_no_rows_behind(tools: Any, command: Any, tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP end like Ctrl-C: 130, a model that loads, no row in the temporary folder.

    After SIGKILL the rows are in a folder that only their user may read, and the next command
    removes it.
    """
    start, session, until = tools
    folder, temporary = tmp_path / "run", tmp_path / "temporary"
    temporary.mkdir()
    process = start("run", _planted(tmp_path), "--out", folder, cwd=tmp_path, TMPDIR=str(temporary))
    until(lambda: len(_results(folder)) >= 4)
    assert _addresses(temporary)
    assert {stat.S_IMODE(path.stat().st_mode) for path in temporary.iterdir() if path.is_dir()} == {0o700}
    os.killpg(process.pid, number)  # a closed terminal and a service manager signal every process of the group
    _, err = process.communicate(timeout=60)
    until(lambda: not session(process.pid), 10)
    if number == signal.SIGKILL:
        assert _addresses(temporary)
        command("list", TMPDIR=str(temporary))
    else:
        assert process.returncode == 130, err
        assert "CP4130 Interrupted; the best model so far is saved." in err
        assert (folder / "report.html").exists()
        assert not (folder / LOCK).exists()
    assert _addresses(temporary) == []
    result = cp.load(folder)
    assert len(result.predict(_customers(20).assign(email="x"))) == 20


def _customers(rows: int) -> Any:
    from custpred.source.base import Source

    return Source.parse({"kind": "sample", "rows": rows}).raw().frame


def _interrupted(folder: Path) -> None:
    """Edit a run's log so that it looks interrupted."""
    with (folder / "log.jsonl").open("a") as log:
        log.write('{"event": "interrupted"}\n')


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a table of customers, and a short run of them that looks interrupted."""
    home = tmp_path_factory.mktemp("begun")
    _customers(300).to_csv(home / "customers.csv", index=False)
    text = RECIPE.replace("{sample: telecom, rows: 400}", f"{{path: {home / 'customers.csv'}, key: customer_id}}")
    (home / "long.yaml").write_text(text, "utf-8")
    cp.run(home / "long.yaml", set={"budget.work": 3, "engine": "inline"}, out=home / "run")
    _interrupted(home / "run")
    return home


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a copy of the run; whatever a test does to the table is undone."""
    before = (begun / "customers.csv").read_bytes()
    yield Path(shutil.copytree(begun / "run", tmp_path / "run"))
    (begun / "customers.csv").write_bytes(before)


def test_the_same_customers_are_resumed(folder: Path) -> None:
    """An interrupted run is complete after ``resume``, which can be repeated."""
    result = cp.resume(folder)
    assert result.record.whole
    assert cp.resume(folder).record == result.record


def test_a_run_of_a_relative_path_is_resumed(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that Python is given is relative to the current folder, not to that of the run."""
    monkeypatch.chdir(begun)
    keys: dict[str, Any] = {"key": "customer_id", "models": ["logistic"], "engine": "inline", "budget": {"work": 1}}
    cp.fit("customers.csv", "churn", out=tmp_path / "run", verbose=0, split={"kind": "stratified", "folds": 2}, **keys)
    _interrupted(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    assert cp.resume(tmp_path / "run").record.whole


@pytest.mark.parametrize("kept", [True, False])
def test_an_interrupted_fit_says_what_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    """Without ``out`` the folder is temporary, and there is no model to be found."""
    whole = run.run
    monkeypatch.setattr(run, "run", lambda *args, **options: replace(whole(*args, **options), whole=False))
    keys: dict[str, Any] = {"models": ["logistic"], "engine": "inline", "budget": {"work": 1}, "verbose": 0}
    with pytest.raises(Interrupted) as stopped:
        cp.fit(_customers(200), "churn", key="customer_id", out=tmp_path / "run" if kept else None, **keys)
    if kept:
        assert stopped.value.place == str(tmp_path / "run")
        assert (tmp_path / "run" / "report.json").exists()
    else:
        assert stopped.value.place is None
        assert "Pass 'out'" in str(stopped.value)


def test_other_folds_are_refused(folder: Path) -> None:
    """If the recipe has other folds, the message says that they have changed, not the customers."""
    with (folder / "recipe.yaml").open("a") as recipe:
        recipe.write("seed: 77\n")
    with pytest.raises(RunError, match="split, seed, budget or cores have changed"):
        cp.resume(folder)


@pytest.mark.parametrize("column", ["tenure", "churn", "customer_id", None])
def test_other_customers_are_refused(folder: Path, begun: Path, column: str | None) -> None:
    """A changed feature, label or key, or a missing customer, invalidates predictions."""
    rows = pd.read_csv(begun / "customers.csv")
    if column is None:
        changed = rows.iloc[:-1]
    else:
        other = rows[column][rows[column] != rows[column].iloc[7]].iloc[0]
        changed = rows.assign(**{column: rows[column].where(rows.index != 7, other)})
    assert not changed.equals(rows)
    changed.to_csv(begun / "customers.csv", index=False)
    with pytest.raises(RunError, match="CP4105"):
        cp.resume(folder)


@pytest.mark.slow
def test_a_damaged_trial_is_run_again(command: Any, tmp_path: Path) -> None:
    """A changed byte in a trial's file is found, and the trial run again, with a note."""
    folder = tmp_path / "run"
    cp.run(_recipe(tmp_path), set={"budget.work": 4}, out=folder)
    _interrupted(folder)
    number = max(_results(folder))
    path = folder / "trials" / str(number) / "result.json"
    path.write_text(path.read_text("utf-8").replace('"status": "ok"', '"status": "oK"'), "utf-8")
    done = command("resume", folder)
    assert done.code == 0, done.err
    assert f"trial #{number} of the earlier run is damaged (result.json was changed) and is run again" in done.err
    assert sorted(_results(folder)) == list(range(4 + BASELINES))
    assert "trial is run again" in (folder / "log.jsonl").read_text("utf-8")
