"""A run at work: drift, scores, later outcomes, advice."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.columns.drift import stability
from custpred.errors import DataError
from custpred.monitoring.indexes import index_of
from custpred.monitoring.watching import HISTORY, monitor
from custpred.results.result import Result
from custpred.source.base import Source


@pytest.fixture
def run(runs: dict[str, Result], tmp_path: Path) -> Path:
    """Return a copy of a run's folder: each look leaves a line there."""
    return Path(shutil.copytree(runs["whole"].folder, tmp_path / "run"))


@pytest.fixture(scope="module")
def june() -> pd.DataFrame:
    """Return other customers of the same world, with their outcomes."""
    return Source.parse({"sample": "telecom", "rows": 900, "seed": 12}).raw().frame


def test_like_customers_are_kept(run: Path, june: pd.DataFrame) -> None:
    """Customers of the same world: nothing moved, the run is as good as in its test, one line of history."""
    found = monitor(run, june.drop(columns="churn"), june)
    assert found.advice == "keep"
    assert not any(each.moved for each in found.indexes)
    assert all(each.low <= each.psi <= each.high for each in found.indexes)
    assert found.scores is not None
    assert sum(found.spread) == pytest.approx(1)
    assert found.later is not None
    assert found.measures()["roc_auc"] == found.later.record.test["roc_auc"].value
    assert len((run / HISTORY).read_text("utf-8").splitlines()) == 1


def test_drift_alone_is_watched_and_outcomes_decide(run: Path, june: pd.DataFrame) -> None:
    """A column that moved is named; without outcomes no loss is claimed; reversed outcomes ask for retraining."""
    moved = june.assign(data_gb=pd.to_numeric(june["data_gb"]) * 5 + 100)
    found = monitor(run, moved.drop(columns="churn"))
    assert found.indexes[0].name == "data_gb"
    assert found.indexes[0].far
    assert found.advice in {"wait", "retrain"}
    turned = june.assign(churn=june["churn"].map({"yes": "no", "no": "yes"}))
    worse = monitor(run, june, turned)
    assert worse.advice == "retrain"
    assert worse.measures()["retrain"] == 1.0
    assert [each["advice"] for each in worse.history] == [found.advice, "retrain"]


def test_a_lost_column_is_mended_first(run: Path, june: pd.DataFrame) -> None:
    """A column without any value is a fault of the data: retraining would learn it."""
    found = monitor(run, june.assign(contract=None))
    assert found.advice == "mend the data"


def test_outcomes_may_come_by_id(run: Path, june: pd.DataFrame, tmp_path: Path) -> None:
    """Ids with outcomes that came later, of a part of the customers and in another order, give the same scores."""
    known = june.iloc[:700]
    known.sample(frac=1, random_state=0)[["customer_id", "churn"]].to_csv(tmp_path / "later.csv", index=False)
    by_id = monitor(run, june.drop(columns="churn"), tmp_path / "later.csv")
    whole = monitor(run, june, known)
    assert by_id.later is not None
    assert whole.later is not None
    assert len(by_id.later) == 700
    assert by_id.later.record.test == whole.later.record.test
    with pytest.raises(DataError, match="CP2419"):
        monitor(run, june, known[["churn"]])


def test_an_interval_holds_the_index() -> None:
    """The interval of two samples of one world is near 0, of a moved one around its index; more rows narrow it."""
    even, moved = np.full(10, 100.0), np.linspace(20, 180, 10)
    far = index_of("x", even, moved)
    assert far.low < stability(even, moved)[0] < far.high
    assert far.far
    many = index_of("x", 100 * even, 100 * moved)
    assert many.high - many.low < (far.high - far.low) / 5
    assert index_of("x", even, even).low == 0


def test_the_command_and_its_page(cli: Any, run: Path, june: pd.DataFrame, tmp_path: Path) -> None:
    """The advice first, the page's path last; 3 where a rule is missed; the second look has a chart of both."""
    june.to_csv(tmp_path / "june.csv", index=False)
    words = ("monitor", run, tmp_path / "june.csv", "--truth", tmp_path / "june.csv", "--out", tmp_path / "m.html")
    code, out, err = cli(*words)
    assert code == 0, err
    first, *_, last = out.splitlines()
    assert first.startswith("Keep the run")
    assert last == str(tmp_path / "m.html")
    assert "at each check" not in (tmp_path / "m.html").read_text("utf-8")
    code, out, err = cli(*words, "--json", "--require", "roc_auc >= 0.99", "--require", "retrain == 0")
    assert code == 3
    assert re.search(r"CP4103 required roc_auc >= 0\.99, found 0\.\d+", err)
    assert json.loads(out)["result"]["requirements"][1]["met"]
    assert "ROC AUC at each check" in (tmp_path / "m.html").read_text("utf-8")
    assert cli("monitor", run, tmp_path / "june.csv", "--require", "auc > 1")[0] == 2
    assert cli("monitor", run, tmp_path / "none.csv")[0] == 2


def test_a_korean_run_is_watched_in_korean(
    korean_runs: tuple[Result, Result], korean_table: Any, tmp_path: Path
) -> None:
    """The page of a Korean run has no English sentence of ours, and no customer's id."""
    folder = shutil.copytree(korean_runs[1].folder, tmp_path / "run")
    later = korean_table(400, seed=5)
    found = monitor(folder, later, later)
    text = found.report(tmp_path / "m.md").read_text("utf-8")
    ours = text[: text.index("## ", text.index("## 나중에 알려진 결과에 대한 점수") + 5)]
    assert "이 실행을 유지하십시오" in ours
    assert re.findall(r"[A-Za-z]{4,}(?: [a-z]{3,}){2,}", ours) == []
    assert "고객-0" not in text
