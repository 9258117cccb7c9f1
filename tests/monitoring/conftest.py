"""Finished runs on telecom customers and on a Korean table, made once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred import api
from custpred.results.result import Result

LEAN = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
LEAN |= {"split": {"kind": "stratified", "folds": 2, "test": 0.4}, "metrics": ["roc_auc", "log_loss", "lift"]}
TELECOM = {"sample": "telecom", "rows": 1500}


def korean(rows: int = 900, seed: int = 3) -> pd.DataFrame:
    """Return a Korean table of customers whose churn depends on contract and complaints."""
    draw = np.random.default_rng(seed)
    contract, calls = draw.choice(["월별", "연간"], rows), draw.poisson(2, rows)
    logit = 1.4 * (contract == "월별") + 0.5 * calls - 2
    left = draw.random(rows) < 1 / (1 + np.exp(-logit))
    ids = [f"고객-{n:05d}" for n in draw.permutation(rows)]
    return pd.DataFrame({"고객번호": ids, "계약": contract, "불만": calls, "해지": np.where(left, "예", "아니요")})


def ran(folder: Any, name: str, **keys: Any) -> Result:
    """Run a small recipe."""
    from custpred.recipe.file import from_keys

    recipe = from_keys({"name": name, "customers": TELECOM, "target": "churn", **LEAN, **keys})
    return api.run(recipe, out=folder / name)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Return telecom runs: without the strongest columns, with all, of other customers."""
    home = tmp_path_factory.mktemp("runs")
    weak = {**TELECOM, "drop": ["contract", "tenure", "total_charges", "internet", "joined", "support_calls"]}
    return {
        "weak": ran(home, "weak", customers=weak),
        "whole": ran(home, "whole"),
        "later": ran(home, "later", customers={"sample": "telecom", "rows": 900, "seed": 11}),
    }


@pytest.fixture(scope="session")
def korean_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result]:
    """Return two runs on the Korean table whose reports are in Korean."""
    home, data = tmp_path_factory.mktemp("korean"), korean()
    own = {"target": {"column": "해지", "positive": "예"}, "report": {"language": "ko"}}
    weak = {"kind": "frame", "data": data.drop(columns="계약"), "key": "고객번호"}
    whole = {"kind": "frame", "data": data, "key": "고객번호"}
    return ran(home, "이전", customers=weak, **own), ran(home, "새로", customers=whole, **own)


@pytest.fixture(scope="session")
def korean_table() -> Callable[..., pd.DataFrame]:
    """Return the function that makes a Korean table."""
    return korean


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that calls a command in this process."""
    from custpred.cli import main

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["custpred", *map(str, words)])
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        return (int(str(code or 0)), *capsys.readouterr())

    return call
