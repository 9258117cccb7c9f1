"""The engine on a Dask cluster: what only a cluster promises."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from _engine_jobs import gone, pause_then_pid, written

import custpred as cp
from custpred.engine import _parcel
from custpred.engine import dask as engine
from custpred.engine.dask import Dask
from custpred.errors import MissingDependency, RecipeError, RunError
from custpred.recipe.file import from_keys
from custpred.recipe.preflight import available

SCALE = Path(__file__).parents[2] / "docs" / "howto" / "scale.md"
RECIPE: dict[str, Any] = {
    "target": "left",
    "key": "customer",
    "models": ["logistic", "lightgbm"],
    "split": {"kind": "stratified", "folds": 2},
    "search": "random",
    "budget": {"work": 6, "jobs": 2},
    "verbose": 0,
}


@pytest.fixture(scope="module")
def rows(people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Return customers with numbers, categories, dates and a text."""
    return people(400)


@pytest.fixture(scope="module")
def here(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> cp.Result:
    """Return the run on this machine that a cluster must reproduce."""
    return cp.fit(rows, **RECIPE, out=tmp_path_factory.mktemp("dask") / "here")


@pytest.fixture
def fitted(cluster: Any, rows: pd.DataFrame, tmp_path: Path) -> Callable[[], cp.Result]:
    """Return a function that runs the same recipe on the cluster, into ``tmp_path / "away"``."""
    place = {"kind": "dask", "address": cluster.scheduler_address}
    return lambda: cp.fit(rows, **RECIPE, engine=place, out=tmp_path / "away")


def same(one: cp.Result, other: cp.Result, rows: pd.DataFrame) -> None:
    """Compare what repeats: every trial's score, interval and weight, and predictions."""
    boards = [each.leaderboard().drop(columns=["fit_seconds", "predict_seconds_per_1000"]) for each in (one, other)]
    pd.testing.assert_frame_equal(*boards, check_exact=True)
    new = rows.drop(columns="left")
    np.testing.assert_array_equal(one.predict_proba(new), other.predict_proba(new))


def until(true: Callable[[], Any], within: float = 20.0) -> bool:
    """Return whether something comes true within some seconds."""
    end = time.monotonic() + within
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def refused(address: str) -> RunError:
    """Return why a cluster cannot be used."""
    with pytest.raises(RunError) as raised:
        Dask(address=address).open(1)
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)
    return raised.value


def test_without_the_extra_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking a recipe names it at the key, and a run does so before any row is read."""
    monkeypatch.setattr(engine, "installed", lambda module: False)
    with pytest.raises(MissingDependency, match=r"CP1107 distributed .*pip install 'custpred\[dask\]'"):
        Dask().open(1)
    recipe = from_keys({"customers": {"sample": "telecom"}, "target": "churned", "engine": "dask"})
    with pytest.raises(RecipeError, match="r.yaml:9:1 CP1107 engine: distributed is needed"):
        available(recipe, lambda path: f"r.yaml:9:1{'' if path == ('engine',) else path}")


def test_a_missing_scheduler_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An address without a response, or of another server, ends a run before it has a folder."""
    pytest.importorskip("distributed", reason="Dask is not installed (extra: dask)")
    from custpred.engine import _cluster

    monkeypatch.setattr(_cluster, "CONNECT_TIMEOUT", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        assert refused(f"tcp://127.0.0.1:{silent.getsockname()[1]}").code == "CP5103"
    keys = RECIPE | {"engine": {"kind": "dask", "address": "tcp://127.0.0.1:9"}}
    with pytest.raises(RunError, match="CP5103 .*tcp://127.0.0.1:9.* 'dask scheduler'"):
        cp.fit(pd.DataFrame({"customer": [1], "left": ["no"]}), **keys, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_daemonic_workers_are_refused(dask_cluster: Callable[..., Any]) -> None:
    """Dask's nannies start daemonic workers by default: the remedy says how to start others."""
    with dask_cluster(1, daemon=True) as made:
        fault = refused(made.scheduler_address)
    assert fault.code == "CP5104"
    assert "daemonic" in fault.message
    assert "--no-nanny" in str(fault.remedy)
    assert "DASK_DISTRIBUTED__WORKER__DAEMON=False" in str(fault.remedy)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("sys.modules['custpred'] = None", "custpred"),
        ("import custpred.engine._worker as own; own.__version__ = '0.0.1'", "custpred 0.0.1 on Python"),
    ],
)
def test_workers_with_another_custpred_or_none_are_refused(
    dask_cluster: Callable[..., Any], change: str, message: str
) -> None:
    """The error has the version of the workers and the required one."""
    with dask_cluster(1) as made:
        with made.get_client() as client:
            client.run(exec, f"import sys; {change}")
        fault = refused(made.scheduler_address)
    assert fault.code == "CP5104"
    assert f"custpred {cp.__version__} on Python" in fault.message
    assert message in fault.message.partition(", but ")[2]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["cancel", "driver", "worker"])
def test_a_fit_ends_with_its_driver_or_worker(cluster: Any, tmp_path: Path, end: str) -> None:
    """If cancelled, or without driver or worker, its process ends; another worker repeats it."""
    opened: Any = Dask(address=cluster.scheduler_address).open(1)
    ticket = opened.submit(pause_then_pid, str(tmp_path / "pid"))
    child = written(tmp_path / "pid", 180)  # the first fit starts the worker's server
    if end == "cancel":
        opened.cancel(ticket)
        assert [outcome.status for outcome in opened.wait(5)] == ["cancelled"]
    elif end == "driver":
        opened._client.close()
    else:
        address = opened._jobs[ticket].worker
        os.kill(next(each.pid for each in cluster.workers.values() if each.worker_address == address), signal.SIGKILL)
        assert until(lambda: opened.wait(0.1) == [] and written(tmp_path / "pid") != child)
    assert gone(child)
    opened.close()


@pytest.mark.slow
def test_a_cluster_gives_the_same_scores(
    cluster: Any, here: cp.Result, fitted: Callable[[], cp.Result], rows: pd.DataFrame
) -> None:
    """With a budget of trials, every score is bit-identical; no row stays on the workers' disks."""
    same(here, fitted(), rows)
    with cluster.get_client() as client:
        homes = client.run(_parcel.scratch)
    assert len(homes) == 2
    assert until(lambda: not [each for home in homes.values() for each in home.glob("*-*")])


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_killed_workers_change_nothing(
    cluster: Any, here: cp.Result, fitted: Callable[[], cp.Result], rows: pd.DataFrame, tmp_path: Path, count: int
) -> None:
    """SIGKILL of one worker, or of all with the rows, does not change finished trials."""
    trials, before = tmp_path / "away" / "trials", {}

    def kill() -> None:
        until(lambda: len(list(trials.glob("*/result.json"))) > 2, 60)
        before.update({path: path.read_bytes() for path in trials.glob("*/result.json")})
        for worker in list(cluster.workers.values())[:count]:
            os.kill(worker.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    hurt = fitted()
    thread.join()
    assert 2 < len(before) < len(hurt.leaderboard())
    assert {path: path.read_bytes() for path in before} == before
    same(here, hurt, rows)


@pytest.mark.slow
def test_the_page_on_scale_runs_as_written(tmp_path: Path) -> None:
    """Its commands start a cluster, run the recipe and end; only the port differs."""
    pytest.importorskip("distributed", reason="Dask is not installed (extra: dask)")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        text = SCALE.read_text("utf-8").replace("8786", str(free.getsockname()[1]))
    (recipe,) = re.findall(r"```yaml\n(# cluster\.yaml\n.*?)```", text, re.DOTALL)
    (commands,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    (tmp_path / "cluster.yaml").write_text(recipe.replace("30s", "15s"), "utf-8")
    for name, module in (("dask", "dask"), ("custpred", "custpred.cli")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', "utf-8")
        (tmp_path / name).chmod(0o755)
    own = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=tmp_path, env=own, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "cluster" / "report.html").exists()
    assert cp.load(tmp_path / "cluster").record.recipe["engine"]["kind"] == "dask"
