"""One run through the real command line, and helpers to call it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Tools = tuple[Callable[..., subprocess.Popen[str]], Callable[[int], Sequence[int]], Callable[..., None]]
SMALL = """recipe: 1
name: small
customers: {path: customers.csv, key: customer}
target: {column: left, positive: "yes"}
split: {kind: stratified, folds: 2}
models: [logistic, {kind: lightgbm, rounds: 20}]
metrics: [roc_auc, log_loss, lift]
budget: {work: 6, jobs: 2}
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Ran(Done):
    """A run through the command line: its folder, recipe and customers."""

    folder: Path
    recipe: Path
    data: Path


def started(*words: object, cwd: Path | None = None, **more: str) -> subprocess.Popen[str]:
    """Start a command in a separate session."""
    line = [sys.executable, "-m", "custpred.cli", *map(str, words)]
    env = {**os.environ, **more}
    pipe = subprocess.PIPE
    return subprocess.Popen(line, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def called(*words: object, cwd: Path | None = None, **more: str) -> Done:
    """Run a command to its end in a separate process."""
    process = started(*words, cwd=cwd, **more)
    out, err = process.communicate(timeout=120)
    return Done(process.returncode, out, err)


def session(leader: int) -> list[int]:
    """Return the live processes of a session, without defunct ones."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to hold in time"
        time.sleep(0.01)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Return a function that runs a command in this process, by the real entry point."""
    from custpred.cli import main

    def call(*words: object) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["custpred", *map(str, words)])
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        said = capsys.readouterr()
        return Done(int(str(code or 0)), said.out, said.err)

    return call


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, people: Callable[..., pd.DataFrame]) -> Ran:
    """Run a small recipe on a file of customers, once, through the real command line."""
    home = tmp_path_factory.mktemp("journey")
    data, recipe, folder = home / "customers.csv", home / "small.yaml", home / "run"
    people(500).to_csv(data, index=False)
    recipe.write_text(SMALL, "utf-8")
    done = called("run", recipe, "--out", folder, cwd=home)
    return Ran(done.code, done.out, done.err, folder, recipe, data)


@pytest.fixture(scope="session")
def command() -> Callable[..., Done]:
    """Return the function that runs a command in a separate process."""
    return called


@pytest.fixture
def tools() -> Iterator[Tools]:
    """Return what starts a command, what lists its processes, and what waits; leave none behind."""
    every: list[subprocess.Popen[str]] = []

    def start(*words: object, **more: Any) -> subprocess.Popen[str]:
        every.append(started(*words, **more))
        return every[-1]

    yield start, session, until
    for each in every:
        each.kill()
        each.communicate()
