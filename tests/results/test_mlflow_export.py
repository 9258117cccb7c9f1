"""A run exported to MLflow: loaded without a pickle, it gives the numbers of predict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import custpred as cp
from custpred.cli import app
from custpred.errors import MissingDependency
from custpred.lazy import installed


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, people: Callable[..., pd.DataFrame]) -> cp.Result:
    """Return a lean run."""
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
    """One of both; the message says how each is written."""
    assert "CP2448" in str(CliRunner().invoke(app, ["export", "run", *words]).exception)


def test_without_mlflow_the_extra_is_named(result: cp.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message holds the command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    done = CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(tmp_path / "model")])
    assert isinstance(done.exception, MissingDependency)
    assert "custpred[mlflow]" in str(done.exception)


@pytest.mark.skipif(not installed("mlflow"), reason="MLflow is not installed (extra: mlflow); 'make extras' has it")
@pytest.mark.filterwarnings("default")
def test_mlflow_gives_the_numbers_of_predict(
    result: cp.Result, people: Callable[..., pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal to 1e-12, missing values included, with unpickling forbidden; report, signature and example are there."""
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    made = tmp_path / "model"
    assert CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(made)]).exit_code == 0
    assert list(made.rglob("*.pkl")) == []
    model = mlflow.pyfunc.load_model(str(made))
    new = people(50, seed=8).drop(columns=["remark", "left"])
    new["joined"], new["visits"] = new["joined"].astype(str), new["visits"].astype(float)
    wanted, _ = result.act(new, reasons="none")
    found = model.predict(new)
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=1e-12, check_dtype=False)
    assert model.metadata.signature.inputs.input_names() == ["income", "visits", "plan", "city", "joined", "customer"]
    assert len(model.predict(model.input_example)) == 1
    assert (made / "artifacts" / "report.html").read_text("utf-8") == (result.folder / "report.html").read_text("utf-8")
    again = CliRunner().invoke(app, ["export", str(result.folder), "--mlflow", str(made)])
    assert "CP4101" in str(again.exception)
