"""A run exported to MLflow: loaded without a pickle, it gives the predictions of predict."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pandas as pd
import pytest
from typer.testing import CliRunner

import custpred as cp
from custpred.cli import app
from custpred.errors import MissingDependency
from custpred.lazy import installed


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, people: Callable[..., pd.DataFrame]) -> cp.Result:
    """Return a small run."""
    from custpred.recipe.file import from_keys

    lean = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
    lean |= {"split": {"kind": "stratified", "folds": 2, "test": 0.3}}
    frame = people(160).drop(columns="remark")
    frame["joined"] = frame["joined"].astype(str)
    customers = {"kind": "frame", "data": frame, "key": "customer"}
    return cp.run(
        from_keys({"customers": customers, "target": "left", **lean}), out=tmp_path_factory.mktemp("mlflow") / "run"
    )


@pytest.mark.parametrize("words", [[], ["--sql", "duckdb"], ["--sql", "duckdb", "--out", "x.sql", "--mlflow", "y"]])
def test_export_takes_sql_with_a_file_or_mlflow(words: list[str]) -> None:
    """Exactly one is required; the message shows both commands."""
    assert "CP2448" in str(CliRunner().invoke(app, ["export", "run", *words]).exception)


def test_without_mlflow_the_extra_is_named(result: cp.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the install command."""
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    done = CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(tmp_path / "model")])
    assert isinstance(done.exception, MissingDependency)
    assert "custpred[mlflow]" in str(done.exception)


@pytest.mark.skipif(not installed("mlflow"), reason="MLflow is not installed (extra: mlflow); 'make extras' has it")
@pytest.mark.filterwarnings("default")
def test_mlflow_equals_predict(
    result: cp.Result, people: Callable[..., pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal to 1e-12 for any numbers, dates and ids, without unpickling; the report is there."""
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    made = tmp_path / "model"
    assert CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(made)]).exit_code == 0
    assert list(made.rglob("*.pkl")) == []
    model = mlflow.pyfunc.load_model(str(made))
    new = people(50, seed=8).drop(columns=["remark", "left"])
    new["visits"] = range(len(new))  # whole numbers, as most files have them
    assert new["visits"].dtype.kind == "i"
    assert new["joined"].dtype.kind == "M"
    new["customer"] = range(len(new))
    wanted, _ = result.act(new, reasons="none")
    found = model.predict(new)
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=1e-12, check_dtype=False)
    assert model.metadata.signature.inputs.input_names() == ["income", "visits", "plan", "city", "joined", "customer"]
    assert len(model.predict(model.input_example)) == 1
    assert (made / "artifacts" / "report.html").read_text("utf-8") == (result.folder / "report.html").read_text("utf-8")
    again = CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(made)])
    assert "CP4101" in str(again.exception)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(not installed("flask"), reason="all of MLflow is not installed (pip install mlflow)")
def test_mlflow_server_equals_predict(result: cp.Result, people: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    """'mlflow models serve' scores posted rows, one with a missing value."""
    made, new = tmp_path / "model", people(3, seed=8).drop(columns=["remark", "left"])
    assert CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(made)]).exit_code == 0
    new["joined"], new["visits"], new.loc[0, "income"] = new["joined"].astype(str), range(3), None
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    words = ["models", "serve", "-m", str(made), "--env-manager", "local", "-p", str(port)]
    body = {"dataframe_split": json.loads(new.to_json(orient="split", index=False))}
    asked = Request(
        f"http://127.0.0.1:{port}/invocations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    home = Path(sys.executable).parent  # MLflow starts its server by name
    env = {**os.environ, "PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words], env=env, stdout=log, stderr=log, start_new_session=True
        )
    try:
        found = pd.DataFrame(_when_ready(asked, server, tmp_path / "log")["predictions"])
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)  # MLflow's own server is a child of it
        server.wait(30)
    wanted, _ = result.act(new, reasons="none")
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=1e-12, check_dtype=False)


def _when_ready(asked: Request, server: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """Return the response of a server that starts within two minutes."""
    for _ in range(240):
        assert server.poll() is None, log.read_text("utf-8")
        try:
            with urlopen(asked, timeout=60) as response:
                found: dict[str, Any] = json.load(response)
                return found
        except (ConnectionError, URLError):
            time.sleep(0.5)
    raise AssertionError(log.read_text("utf-8"))
