"""Monitoring commands take ``ADDRESS::TABLE`` wherever they take a file."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from custpred.cli import app
from custpred.recipe.file import read
from custpred.results.result import Result
from custpred.source.base import Source


@pytest.fixture
def june(tmp_path: Path) -> str:
    """Return a table's address, of customers with outcomes, in a database with another."""
    rows = Source.parse({"sample": "telecom", "rows": 400, "seed": 5}).raw().frame  # noqa: F841 (DuckDB reads it)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as base:
        base.execute("CREATE TABLE june AS SELECT * FROM rows; CREATE TABLE may AS SELECT 1 AS n")
    return f"{tmp_path / 'shop.duckdb'}::june"


def called(*words: object) -> str:
    """Return what a command prints."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exception is None, done.exception
    return done.output


def test_a_draft_names_the_table(june: str, tmp_path: Path) -> None:
    """The file's path is relative to the recipe; the name is the table's."""
    called("new", june, "--target", "churn", "--out", tmp_path / "drafts" / "churn.yaml")
    text = (tmp_path / "drafts" / "churn.yaml").read_text("utf-8")
    assert 'name: "june"' in text
    assert 'path: "../shop.duckdb::june"' in text
    recipe = read(tmp_path / "drafts" / "churn.yaml")
    assert recipe.customers is not None
    assert len(recipe.customers.raw().frame) == 400


def test_a_table_is_profiled(june: str, tmp_path: Path) -> None:
    """The page describes all its rows."""
    called("profile", june, "--out", tmp_path / "page.html")
    assert "400 rows" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize("command", ["monitor", "retrain"])
def test_a_run_is_monitored_and_retrained(command: str, june: str, runs: dict[str, Result], tmp_path: Path) -> None:
    """New customers and their outcomes come from the database."""
    run = Result(runs["whole"].record, runs["whole"].save(tmp_path / "run")).folder
    if command == "monitor":
        called("monitor", run, june, "--truth", june)
        assert json.loads((run / "monitor.jsonl").read_text("utf-8"))["rows"] == 400
    else:
        called("retrain", run, "--data", june, "--out", tmp_path / "new")
        assert (tmp_path / "new" / "compare.html").exists()
