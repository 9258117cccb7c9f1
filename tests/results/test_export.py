"""Results and the command line write a model as SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from custpred.cli import app
from custpred.errors import CustpredWarning, DataError
from custpred.inference.predictor import Predictor
from custpred.inference.sql_export import Exported, sql_of
from custpred.results import exported
from custpred.results.result import Result


@pytest.fixture(scope="module")
def predictor(search: Callable[..., Any], people: Callable[..., pd.DataFrame]) -> Predictor:
    """Return one linear model."""
    table = people().drop(columns="remark")
    return search(data=table, target="left", key="customer", models=["logistic"]).blend.predictor


@pytest.fixture
def result(predictor: Predictor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Result:
    """Return a result that has this model."""
    monkeypatch.setattr(Result, "predictor", predictor)
    return Result(None, tmp_path)  # type: ignore[arg-type]


def test_one_statement_is_written(result: Result, tmp_path: Path) -> None:
    """It reads from the given table."""
    text = result.export(tmp_path / "score.sql", sql="postgres", table="crm.customers").read_text("utf-8")
    assert text.count("FROM crm.customers") == 1
    assert text.count(";") == 1


def test_omitted_members_are_warned_of(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is named with its reason."""
    made = Exported(("SELECT 1",), {"mlp #1": "a network"}, result.predictor)
    monkeypatch.setattr(exported, "sql_of", lambda *own, **how: made)
    with pytest.warns(CustpredWarning) as caught:
        result.export(tmp_path / "score.sql", sql="duckdb", members="sql")
    texts = [str(each.message) for each in caught]
    assert "mlp #1 is not in the SQL: a network." in texts
    assert any("scaled to sum to 1: the run folder has no out-of-fold scores" in text for text in texts)


def test_misspelled_members_are_refused(result: Result, tmp_path: Path) -> None:
    """Another text than all, sql and onnx would leave members out without a word."""
    with pytest.raises(DataError, match="CP2448 Expected the members all, sql, onnx, got 'al'"):
        result.export(tmp_path / "score.sql", sql="duckdb", members="al")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_command_refuses_other_engines(tmp_path: Path) -> None:
    """The message lists the engines."""
    found = CliRunner().invoke(app, ["export", "nowhere", "--sql", "oracle", "--out", str(tmp_path / "x.sql")])
    assert found.exit_code == 2
    assert "snowflake" in found.output


def test_events_are_refused(predictor: Predictor) -> None:
    """Runs on gathered customers cannot be exported."""
    intake = replace(predictor.intake, recipe={**predictor.intake.recipe, "events": {"orders": {}}})
    with pytest.raises(DataError, match="gathered from events") as caught:
        sql_of(replace(predictor, intake=intake), "duckdb")
    assert caught.value.code == "CP2422"
