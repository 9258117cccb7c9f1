"""One decision everywhere: predict, act, the command's list, explanations, the page."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.estimators import CustomerClassifier
from custpred.source.base import Source

LEAN: dict[str, Any] = {
    "models": ["logistic"],
    "engine": "inline",
    "search": "none",
    "split": {"kind": "stratified", "folds": 2, "test": 0.25},
    "budget": {"work": 3, "jobs": 1},
}
BUSINESS = {
    "value": {"column": "monthly_charges", "times": 12, "margin": 0.4},
    "contact_cost": 1,
    "offer_cost": 10,
    "success_rate": 0.3,
    "capacity": 40,
}


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    frame: pd.DataFrame = Source.parse({"sample": "telecom", "rows": 600}).read(target="churn").frame
    return frame


@pytest.fixture(scope="module")
def result(customers: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> cp.Result:
    path = tmp_path_factory.mktemp("decisions") / "customers.csv"
    customers.to_csv(path, index=False)
    return cp.fit(path, "churn", key="customer_id", business=BUSINESS, **LEAN)


def test_all_interfaces_choose_the_same_customers(
    customers: pd.DataFrame, result: cp.Result, cli: Callable[..., Any], tmp_path: Path
) -> None:
    """Of 600 customers the 40 with the highest expected gain are chosen everywhere."""
    listed, _ = result.act(customers)
    assert (listed["decision"] == "yes").sum() == 40
    assert (result.predict(customers).to_numpy() == listed["decision"].to_numpy()).all()
    chosen = listed["decision"] == "yes"
    assert listed.loc[chosen, "expected gain"].min() >= max(0, listed.loc[~chosen, "expected gain"].max())
    assert sorted(listed.loc[chosen, "rank"]) == list(range(1, 41))
    customers.to_csv(tmp_path / "new.csv", index=False)
    done = cli("predict", result.folder, tmp_path / "new.csv", "--out", tmp_path / "list.csv")
    assert done.code == 0, done.err
    rows = list(csv.DictReader((tmp_path / "list.csv").read_text("utf-8").splitlines()))
    assert [row["decision"] for row in rows] == listed["decision"].tolist()
    assert all((row["reason 1"] != "") == (row["decision"] == "yes") for row in rows)
    for place in (int(np.argmax(chosen)), int(np.argmin(chosen))):
        told = cli("explain", result.folder, "--key", rows[place]["customer_id"]).out.splitlines()[0]
        assert f"decision: {rows[place]['decision']}, rank {rows[place]['rank']} of 600" in told


def test_the_page_counts_what_the_policy_chooses(result: cp.Result) -> None:
    """Of 150 test rows, 10 of the 40 are chosen in thresholds, confusion and profit."""
    measures = result.record.measures
    money, cut = measures["profit"].facts, measures["threshold"].facts
    assert (money["capacity"], money["round_capacity"], money["contacted"], cut["selected"]) == (10, 40, 10, 10)
    assert sum(row["customers"] for row in measures["errors"].rows if row["predicted"] == "yes") == 10
    page = (result.folder / "report.html").read_text("utf-8")
    assert "The capacity of 40 is for a whole scoring round; the 150 customers here are 25% of one" in page


def test_a_key_called_decision_keeps_its_ids(customers: pd.DataFrame) -> None:
    """The list has the ids under the key's own name, and the decision in another column."""
    own = customers.rename(columns={"customer_id": "decision"})
    listed, _ = cp.fit(own, "churn", key="decision", **LEAN).act(own)
    assert listed["decision"].tolist() == own["decision"].tolist()
    assert set(listed["decision (custpred)"]) <= {"yes", "no"}


def test_the_estimator_makes_the_same_decision(customers: pd.DataFrame) -> None:
    """If F1 is first, ``predict`` uses the threshold with the best F1, not 0.5."""
    X, y = customers.drop(columns=["churn", "customer_id"]), (customers["churn"] == "yes").astype(int)
    options = {name: LEAN[name] for name in ("engine", "search", "split")}
    model = CustomerClassifier(budget=LEAN["budget"], models=["logistic"], metrics=["f1"], options=options).fit(X, y)
    found, line = model.predict(X), model.result_.predictor.policy.threshold
    assert line != 0.5
    assert (found == (model.predict_proba(X)[:, 1] >= line)).all()
    assert (found == model.result_.predict(X).to_numpy().astype(int)).all()


@pytest.mark.slow
@pytest.mark.real
def test_telco_chooses_700(real: Callable[[str], Path], tmp_path: Path) -> None:
    """The recipe with a capacity of 700 chooses 700 of all 7,043 customers."""
    data = real("telco_churn/Telco-Customer-Churn.csv")
    sets = {"customers.path": str(data), "business.capacity": 700, "budget": {"work": 3}, "models": ["logistic"]}
    result = cp.run(Path(__file__).parents[2] / "recipes" / "telco_churn.yaml", set=sets, out=tmp_path / "run")
    listed, _ = result.act(pd.read_csv(data), reasons="none")
    assert (listed["decision"] == "Yes").sum() == 700
