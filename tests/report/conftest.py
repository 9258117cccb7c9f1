"""Records as runs write them: plain data from a small simulation, without any fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from custpred.evaluate.base import Measure
from custpred.results.record import BoardRow, Comparison, Data, Decision, Record, Requirement, Score
from custpred.table import Finding
from custpred.task import Task

HOSTILE = "</script><script>alert(1)</script>"
NAMES = ["tenure", "Contract", "MonthlyCharges", "월정액", "{{7*7}}", HOSTILE, "InternetService", "SeniorCitizen"]
CATEGORIES = ("Contract", "InternetService")


def near(value: float, width: float = 0.02) -> Score:
    return Score(value, value - width, value + width)


def board(metric: float, better: str = "higher", unit: float = 1.0) -> tuple[BoardRow, ...]:
    def near(value: float, width: float = 0.02) -> Score:
        return Score(value, value - width * unit, value + width * unit)

    sign = unit if better == "higher" else -unit
    options = {"kind": "lightgbm", "learning_rate": 0.05, "num_leaves": 31}
    return (
        BoardRow(1, "blend", "blend", "ok", near(metric + sign * 0.001), {}, 1.0, 2.14, 0.0072, True),
        BoardRow(1, "lightgbm #4", "lightgbm", "ok", near(metric), options, 0.6, 1.21, 0.0042, True),
        BoardRow(
            2, "xgboost #2", "xgboost", "ok", near(metric - sign * 0.003), {"max_depth": 4}, 0.4, 0.93, 0.003, True
        ),
        BoardRow(3, "logistic #1", "logistic", "ok", near(metric - sign * 0.006), {"C": 1.0}, 0.0, 0.11, 0.0007, True),
        BoardRow(4, "forest #1", "forest", "ok", near(metric - sign * 0.021), {}, 0.0, 2.4, 0.021),
        BoardRow(5, "rule #0", "rule", "ok", near(metric - sign * 0.11), {}, baseline=True),
        BoardRow(6, "dummy", "dummy", "ok", near(metric - sign * 0.34, 0.0), {}, baseline=True),
        BoardRow(6, "lstm #1", "lstm", "failed", None, reason="tensorflow is needed for models: lstm."),
        BoardRow(7, "catboost #1", "catboost", "timeout", None, reason="it was ended after 30 s"),
    )


def comparisons(metric: float, better: str = "higher", unit: float = 1.0) -> tuple[Comparison, ...]:
    """Return the final model's comparisons with its baselines on the test."""
    sign = unit if better == "higher" else -unit
    return tuple(
        Comparison(f"{kind} #{i}", kind, near(metric - sign * lead), near(unit * lead, unit * 0.02), 1409, "test")
        for i, (kind, lead) in enumerate((("rule", 0.11), ("dummy", 0.34)))
    )


def bins(rng: np.random.Generator, base: float = 0.27) -> list[dict[str, Any]]:
    """Return eight bins with open ends and one of missing values, as in the profile of a number."""
    rate = base * np.clip(np.linspace(2, 0.3, 8) + rng.normal(0, 0.08, 8), 0.05, 3)
    made: list[dict[str, Any]] = [
        {"low": 9.0 * k, "high": 9.0 * (k + 1), "rows": int(rng.integers(40, 900)), "target": float(rate[k])}
        for k in range(8)
    ]
    made[0]["low"] = made[-1]["high"] = None
    return [*made, {"level": "missing", "rows": 11, "target": float(base)}]


def levels(rng: np.random.Generator, base: float = 0.27) -> list[dict[str, Any]]:
    """Return the levels of a category."""
    named = ("Month-to-month", "One year", "Two year", HOSTILE, "other")
    rate = base * np.array([1.6, 0.42, 0.1, 1.0, 0.6])
    return [
        {"level": name, "rows": int(rng.integers(40, 3000)), "target": float(r)}
        for name, r in zip(named, rate, strict=True)
    ]


def moments(k: int) -> dict[str, Any]:
    """Return a column's statistics; only every other one has a minimum that ten customers share."""
    quantiles = {level: float(level) * (k + 1) for level in ("1", "5", "25", "50", "75", "95", "99")}
    own = {"count": 5634 - 11 * k, "mean": 50.0 * (k + 1), "sd": 28.9 * (k + 1), "skew": 0.4 * k, "kurtosis": -1.2}
    return {**own, "quantiles": quantiles, "min": 0.0 if k % 2 else None, "max": None}


def profile_of(names: list[str], base: float = 0.27, seed: int = 3) -> dict[str, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    strength = np.sort(rng.uniform(0, 0.6, len(names)))[::-1]
    detail = {
        name: {"kind": "category", "bins": levels(rng, base)}
        if name in CATEGORIES
        else {"kind": "number", "bins": bins(rng, base)}
        for name in names[:60]
    }
    gaps = {
        name: {"missing": 11 * k, "share": 0.04 * k, "target_missing": 1.5 * base, "target_present": base}
        for k, name in enumerate(names[1:40:4], 1)
    }
    return {
        "associations": {
            "scale": "gini",
            "noise": 0.04,
            "strength": {n: float(s) for n, s in zip(names, strength, strict=True)},
            "pairs": [{"columns": [names[0], names[2]], "strength": 0.83}, {"columns": names[1:3], "strength": 0.4}],
        },
        "skew": {"columns": {n: moments(k) for k, n in enumerate(names) if n not in CATEGORIES}, "detail": detail},
        "missingness": {"cells": 0.0015, "rows": 7043, "columns": gaps},
        "outlying": {
            "columns": {name: {"fences": 20 * k, "sd": 5 * k, "share": 0.01 * k} for k, name in enumerate(names[:5], 1)}
        },
        "cardinality": {
            "columns": {
                name: {"levels": 3 + k, "count": 5634, "common": HOSTILE, "common_rows": 3100, "rare_levels": k}
                for k, name in enumerate(CATEGORIES)
            }
        },
        "duplicates": {"rows": 22, "share": 0.003, "keys": 0, "columns": [["a", "b"]]},
        "drift": {"by": "row order", "noise": 0.004, "psi": dict.fromkeys(names, 0.01), "verdict": "green"},
        "leakage": {"suspects": []},
    }


def agreed() -> tuple[dict[str, Any], ...]:
    """Return the contract of training: a number, a category with many levels, a text."""
    plain = {"missing": 0.0, "low": None, "high": None, "rare": 0.0, "levels": [], "levels_in_all": 0}
    return (
        {**plain, "name": "tenure", "kind": "number", "low": 0.0, "high": 72.0, "missing": 0.02},
        {**plain, "name": HOSTILE, "kind": "category", "levels": list("abcdefgh"), "levels_in_all": 40},
        {**plain, "name": "memo", "kind": "text"},
    )


def pipelines() -> tuple[dict[str, Any], ...]:
    """Return effects of two preparations of 4,508 rows, one with resampling."""
    stages = [
        {"step": "missing", "kind": "median", "columns": [19, 20], "rows": [4508, 4508],
         "filled": {"월정액": [5, "median"], HOSTILE: [2, "most frequent level"]}},
        {"step": "outliers", "kind": "iqr", "columns": [20, 20], "rows": [4508, 4508], "action": "clip",
         "limits": {"tenure": [-60.0, 124.0, 31], "MonthlyCharges": [-45.3, 170.8, 0]}},
        {"step": "resample", "kind": "smote", "columns": [20, 20], "rows": [4508, 6630],
         "classes": [[3315, 1193], [3315, 3315]]},
        {"step": "tiers", "kind": "tiers", "columns": [20, 21], "rows": [6630, 6630]},
        {"step": "matrix", "kind": "_matrix", "columns": [21, 21], "rows": [6630, 6630], "filled": {}},
    ]  # fmt: skip
    plain = [{"step": "encode", "kind": "ordinal", "columns": [19, 19], "rows": [4508, 4508]}]
    return (
        {"models": ["lightgbm #4"], "weight": 0.6, "stages": stages},
        {"models": ["xgboost #2"], "weight": 0.4, "stages": plain},
    )


def binary_measures(seed: int = 7) -> dict[str, Measure]:
    """Every measure of 1,409 scored customers, computed here by plain counting."""
    rng = np.random.default_rng(seed)
    truth = rng.random(1409) < 0.265
    score = 1 / (1 + np.exp(-(rng.normal(-1.75, 1.15, 1409) + 1.9 * truth)))
    order = np.argsort(-score)
    hits = np.cumsum(truth[order])
    positives = int(hits[-1])
    cuts = np.unique(np.round(np.linspace(0.01, 1, 100) * 1409).astype(int))
    gains = tuple(
        {
            "share": float(k / 1409),
            "customers": int(k),
            "positives": int(hits[k - 1]),
            "reached": float(hits[k - 1] / positives),
            "lift": float(hits[k - 1] / positives / (k / 1409)),
            "low": float(hits[k - 1] / positives / (k / 1409)) * 0.93,
            "high": float(hits[k - 1] / positives / (k / 1409)) * 1.07,
            "best": min(k / positives, 1.0),
        }
        for k in cuts
    )
    tenth = gains[9]
    facts = {
        "customers": 1409,
        "positives": positives,
        "base": positives / 1409,
        "contacted_at_10": tenth["customers"],
        "reached_at_10": tenth["reached"],
        "lift_at_10": tenth["lift"],
        "lift_at_10_low": tenth["low"],
        "lift_at_10_high": tenth["high"],
        "best_at_10": tenth["best"] / tenth["share"],
    }
    tp, fp = hits / positives, np.cumsum(~truth[order]) / (1409 - positives)
    curves = tuple({"curve": "roc", "x": float(fp[i]), "y": float(tp[i])} for i in range(0, 1409, 20)) + tuple(
        {"curve": "pr", "x": float(tp[i]), "y": float(hits[i] / (i + 1))} for i in range(8, 1409, 20)
    )
    money = hits * 0.3 * 320 - np.arange(1, 1410) * 11.0
    best = int(np.argmax(money)) + 1
    profit = tuple(
        {
            "contacted": int(k),
            "profit": float(money[k - 1]),
            "low": float(money[k - 1] * 0.85 - 300),
            "high": float(money[k - 1] * 1.1 + 300),
        }
        for k in cuts
    )
    return {
        "gains": Measure("gains", gains, facts),
        "curves": Measure("curves", curves, {"base": positives / 1409}),
        "deciles": Measure("deciles", tuple(deciles_of(score, truth)), {}),
        "calibration": Measure(
            "calibration", tuple(deciles_of(score, truth)), {"ece": 0.021, "brier": 0.137, "brier_base": 0.195}
        ),
        "profit": Measure(
            "profit",
            profit,
            {
                "contacted": best,
                "share": best / 1409,
                "profit": float(money[best - 1]),
                "low": float(money[best - 1]) * 0.83,
                "high": float(money[best - 1]) * 1.12,
                "everyone": float(money[-1]),
                "break_even": 0.115,
                "capacity": 300,
            },
        ),
        "importance": Measure(
            "importance",
            tuple(
                {
                    "column": name,
                    "importance": 0.09 / (place + 1) - 0.014,
                    "low": 0.08 / (place + 1) - 0.016,
                    "high": 0.1 / (place + 1) - 0.011,
                }
                for place, name in enumerate(NAMES)
            ),
        ),
        "segments": Measure(
            "segments",
            tuple(
                {
                    "column": "tenure",
                    "segment": f"{12 * k} to {12 * k + 12}",
                    "customers": 120 + 30 * k,
                    "score": 0.71 + 0.03 * k,
                    "low": 0.66 + 0.03 * k,
                    "high": 0.76 + 0.03 * k,
                }
                for k in range(6)
            ),
            {"overall": 0.842},
        ),
        "attributions": attributions(),
        "examples": Measure("examples", (example("highest", "Yes"), example("stayed", "No"))),
        "groups": Measure(
            "groups",
            (
                {"column": "gender", "group": "Female", "customers": 701, "selected": 0.24, "found": 0.55},
                {"column": "gender", "group": "Male", "customers": 708, "selected": 0.23, "found": 0.53},
            ),
        ),
    }


def attributions() -> Measure:
    """Return sizes of columns, an ordered and a categorical shape, a pair, three groups."""
    bins = [{"label": f"{k} to under {k + 9}", "customers": 60 + k, "part": 9.0 - k, "low": 5.0 - k, "high": 12.0 - k}
            for k in range(0, 36, 9)]  # fmt: skip
    gap = {"label": "missing", "customers": 11, "part": 1.0, "low": 0.0, "high": 2.0}
    levels = [{"label": name, "customers": 300, "part": p, "low": p - 1, "high": p + 1}
              for name, p in (("Month-to-month", 8.0), (HOSTILE, -6.0))]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"column": name, "importance": 9.0 / (k + 1), "low": 8.0 / (k + 1), "high": 10.0 / (k + 1)}
        for k, name in enumerate(NAMES)
    ]
    rows[0] |= {"shape": [*bins, gap], "ordered": True, "direction": "down"}
    rows[1] |= {"shape": levels, "ordered": False, "direction": ""}
    pair = {"column": "tenure", "by": "Contract", "strength": 2.1, "most": "Month-to-month", "least": "Two year",
            "size": 9.0, "size_least": 3.0}  # fmt: skip
    groups = [
        {"group": name, "customers": 281, "answer": answer, "parts": [{"column": "tenure", "part": answer - 26.5}]}
        for name, answer in (("lowest", 4.0), ("middle", 20.0), ("highest", 70.0))
    ]
    return Measure("attributions", tuple(rows), {"unit": "points", "customers": 800, "pairs": [pair], "groups": groups})


def example(kind: str, actual: str) -> dict[str, Any]:
    """Return a customer with a shown, a missing and a withheld value, and two columns together."""
    parts = [
        {"column": "Contract", "value": "Month-to-month", "part": 22.5},
        {"column": "tenure", "value": 2.0, "part": 13.3},
        {"column": HOSTILE, "value": "", "part": -4.0},
        {"column": "월정액", "value": None, "part": 1.5},
    ]
    ends = {"start": 26.5, "answer": 60.0, "unit": "points"}
    return {"example": kind, "label": "Yes", "actual": actual, **ends, "parts": parts, "rest": 0.2, "others": 2}


def deciles_of(score: np.ndarray, truth: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for place, part in enumerate(np.array_split(np.argsort(-score), 10), 1):
        actual, n = float(truth[part].mean()), len(part)
        half = 1.96 * float(np.std(truth[part])) / n**0.5
        rows.append(
            {
                "decile": place,
                "customers": n,
                "predicted": float(score[part].mean()),
                "actual": actual,
                "low": max(actual - half, 0.0),
                "high": actual + half,
            }
        )
    return rows


def base_record(task: Task, **changes: Any) -> Record:
    kinds = dict.fromkeys(NAMES, "number") | {
        "Contract": "category",
        "InternetService": "category",
        "SeniorCitizen": "code",
    }
    findings = (
        Finding("D104", "info", "11 blank strings in TotalCharges were read as missing.", "TotalCharges", {"rows": 11}),
        Finding("D120", "info", "customerID looks like an id and is not used.", "customerID"),
    )
    data = Data("telco.csv", 7043, 21, 5634, 1409, kinds, {"No": 0.7346, "Yes": 0.2654}, {}, findings, "9f" * 32)
    given: dict[str, Any] = {
        "name": "telco-churn",
        "made": "2026-05-04T09:30:00",
        "recipe": {
            "recipe": 1,
            "name": "telco-churn",
            "about": {
                "purpose": "Choose customers for the monthly retention call.",
                "behaviour": "leaves within the month",
                "matters": ["tenure", "Contract"],
                "not_for": ["credit decisions"],
                "owner": "retention-team",
            },
            "customers": {"path": "telco.csv", "key": "customerID"},
            "target": {"kind": "column", "column": task.target},
            "business": {
                "value": {"column": "MonthlyCharges", "times": 12, "margin": 0.4},
                "contact_cost": 1,
                "offer_cost": 10,
                "success_rate": 0.3,
                "capacity": 300,
                "currency": "USD",
            },
        },
        "lock": {"split": {"kind": "stratified"}},
        "task": task,
        "data": data,
        "profile": profile_of(NAMES),
        "profile_findings": (
            Finding("P210", "warning", "TotalCharges is nearly tenure times MonthlyCharges.", "TotalCharges"),
            Finding("P110", "info", "22 customers appear twice.", None, {"rows": 22}),
        ),
        "decisions": (
            Decision("missing", "median", "0.2% of one column is missing, and its gaps do not follow the target."),
            Decision("calibrate", "sigmoid", "out of fold it lowers the Brier score from 0.139 to 0.136."),
        ),
        "preparation": (Finding("S100", "info", "Fitted 45 columns from 19.", None),),
        "leaderboard": board(0.846),
        "metrics": {
            "roc_auc": {"label": "ROC AUC", "better": "higher"},
            "brier": {"label": "Brier score", "better": "lower"},
        },
        "test": {"roc_auc": near(0.842), "brier": near(0.137, 0.008)},
        "cv": {"roc_auc": near(0.846), "brier": near(0.136, 0.006)},
        "measures": binary_measures(),
        "requirements": (Requirement("lift_at_10", ">= 2.0", 2.82, True), Requirement("ece", "<= 0.05", 0.021, True)),
        "timing": {"wall": 61.2, "fits": 44.0, "read": 0.4, "profile": 1.1, "search": 52.0, "test": 2.0, "report": 0.3},
        "memory": {"peak": 734_000_000},
        "versions": {"custpred": "0.1.0", "lightgbm": "4.7.0", "python": "3.11.2"},
        "comparisons": comparisons(0.842),
        "seed": 7,
        "run_id": "telco-churn-20260504-093000",
    }
    return Record(**{**given, **changes})


def binary_record() -> Record:
    """A run with costs in the recipe, two failed models and hostile column names."""
    return replace(base_record(Task("binary", "Churn", ("No", "Yes"))), pipelines=pipelines(), contract=agreed())


def korean_record() -> Record:
    """The same run in Korean."""
    own = binary_record()
    recipe = {**own.recipe, "report": {"language": "ko"}, "business": {**own.recipe["business"], "currency": "KRW"}}
    return replace(own, name="통신사 해지 예측", recipe=recipe)


def regression_record() -> Record:
    """A run that predicts an amount."""
    rng = np.random.default_rng(1)
    value = np.sort(rng.lognormal(9, 0.9, 10))
    rows = tuple(
        {
            "decile": k,
            "customers": 27,
            "predicted": float(v),
            "actual": float(v * rng.normal(1, 0.06)),
            "low": float(v * 0.88),
            "high": float(v * 1.12),
        }
        for k, v in enumerate(value, 1)
    )
    target = {
        "mean": 13270.0,
        "sd": 12110.0,
        "q00": 1122.0,
        "q05": 1758.0,
        "q25": 4740.0,
        "q50": 9382.0,
        "q75": 16640.0,
        "q95": 41182.0,
        "q99": 48537.0,
        "q100": 63770.0,
        "share_zero": 0.0,
        "skew": 1.5,
    }
    own = base_record(Task("regression", "charges"))
    return replace(
        own,
        name="insurance-charges",
        profile=profile_of(NAMES, 13270.0),
        data=replace(own.data, shares={}, target=target),
        leaderboard=board(2510.0, "lower", 9000.0),
        comparisons=comparisons(2480.0, "lower", 9000.0),
        metrics={"mae": {"label": "MAE", "better": "lower"}, "r2": {"label": "R²", "better": "higher"}},
        test={"mae": Score(2480.0, 2210.0, 2760.0), "r2": near(0.86)},
        cv={"mae": Score(2510.0, 2300.0, 2700.0), "r2": near(0.85)},
        measures={
            "deciles": Measure("deciles", rows),
            "gains": Measure("gains", reason="gains are counted for two classes only."),
        },
        requirements=(),
    )


def multiclass_record() -> Record:
    """A run with four classes."""
    labels = ("A", "B", "C", "D")
    rng = np.random.default_rng(2)
    rows = tuple(
        {"actual": a, "predicted": p, "customers": int(rng.integers(10, 60) + 160 * (a == p))}
        for a in labels
        for p in labels
    )
    own = base_record(Task("multiclass", "Segmentation", labels))
    return replace(
        own,
        name="customer-segments",
        data=replace(own.data, shares={"A": 0.24, "B": 0.23, "C": 0.25, "D": 0.28}),
        metrics={
            "log_loss": {"label": "Log loss", "better": "lower"},
            "accuracy": {"label": "Accuracy", "better": "higher"},
        },
        leaderboard=board(1.05, "lower"),
        comparisons=comparisons(1.07, "lower"),
        test={"log_loss": near(1.06), "accuracy": near(0.53)},
        cv={"log_loss": near(1.05), "accuracy": near(0.54)},
        measures={"errors": Measure("errors", rows)},
        requirements=(Requirement("accuracy", ">= 0.6", 0.53, False),),
    )


def empty_record() -> Record:
    """A run with almost no results: no finished model, no measure, no fact."""
    own = base_record(Task("binary", "Churn", ("No", "Yes")))
    lost = tuple(row for row in own.leaderboard if row.score is None)
    return replace(
        own,
        recipe={},
        lock={},
        profile={},
        profile_findings=(),
        decisions=(),
        preparation=(),
        leaderboard=lost,
        comparisons=(),
        test={},
        cv={},
        measures={},
        requirements=(),
        timing={},
        memory={},
        versions={},
        run_id="",
        metrics={},
        data=replace(own.data, kinds={}, shares={}, findings=(), sha256=""),
    )


def wide_record() -> Record:
    """A run on 2,000 columns."""
    names = [f"feature_with_a_long_name_{place:04d}" for place in range(2000)]
    own = binary_record()
    return replace(
        own,
        name="wide",
        data=replace(own.data, kinds=dict.fromkeys(names, "number"), columns=2000),
        profile=profile_of(names),
    )


@pytest.fixture(scope="session")
def binary() -> Record:
    return binary_record()


@pytest.fixture(scope="session")
def wide() -> Record:
    return wide_record()


RECORDS = {
    "binary": binary_record,
    "korean": korean_record,
    "regression": regression_record,
    "multiclass": multiclass_record,
    "empty": empty_record,
}


@pytest.fixture(scope="session", params=RECORDS)
def record(request: pytest.FixtureRequest) -> Record:
    return RECORDS[request.param]()


@pytest.fixture
def multiclass() -> Record:
    return multiclass_record()
