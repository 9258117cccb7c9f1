"""Preparations and their pipelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from sklearn.base import clone

from custpred.features.base import Feature
from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.outliers.base import Outliers
from custpred.preparation import Preparation, lineage, pipeline, transform
from custpred.resample.base import Resample
from custpred.task import Task

TASK = Task("binary", "left", ("no", "yes"))


def _preparation(accepts: tuple[str, ...] = (), **parts: Any) -> Preparation:
    return Preparation(
        columns=("income", "plan"),
        missing=Missing.parse(parts.get("missing", "leave")),
        outliers=Outliers.parse(parts.get("outliers", "leave")),
        features=tuple(Feature.parse(each) for each in parts.get("features", ())),
        resample=Resample.parse(parts.get("resample", "none")),
        accepts=frozenset(accepts),
    )


def _rows(rows: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(0)
    income = draw.normal(10, 3, rows)
    income[::7] = np.nan
    plan = pd.Categorical(draw.choice(["a", "b", "c"], rows))
    return pd.DataFrame({"income": income, "plan": plan}), (draw.random(rows) < 0.2).astype(int)


@pytest.mark.parametrize(
    ("accepts", "parts", "names"),
    [
        ((), {}, ["0-encode", "1-matrix"]),
        (("missing", "category"), {}, ["0-encode", "1-matrix"]),
        ((), {"missing": "median"}, ["0-missing", "1-encode", "2-matrix"]),
        ((), {"outliers": "iqr", "features": ["frequency"]}, ["0-outliers", "1-frequency", "2-encode", "3-matrix"]),
        ((), {"resample": "weights"}, ["0-encode", "1-matrix"]),
        ((), {"resample": "over"}, ["0-resample", "1-encode", "2-matrix"]),
        ((), {"resample": "smote"}, ["0-fill", "1-resample", "2-encode", "3-matrix"]),
    ],
)
def test_steps_are_in_order(accepts: tuple[str, ...], parts: dict[str, Any], names: list[str]) -> None:
    """Missing values, outliers, features, resampling, encoding; idle steps are omitted."""
    assert [name for name, _ in _preparation(accepts, **parts).steps()] == names


@pytest.mark.parametrize(
    ("accepts", "encoder", "dense"),
    [((), "onehot", True), (("missing",), "onehot", False), (("missing", "category"), "ordinal", False)],
)
def test_the_encoding_follows_what_the_model_accepts(accepts: tuple[str, ...], encoder: str, dense: bool) -> None:
    """One-hot columns, or codes if categories are accepted; missing values as needed."""
    *_, (_, encode), (_, matrix) = _preparation(accepts).steps()
    assert encode.kind() == encoder
    assert matrix.dense == dense  # type: ignore[attr-defined]


def test_models_that_accept_the_same_share_a_preparation() -> None:
    """The key describes the result, so that equal preparations are made once."""
    assert _preparation().key == "dense"
    assert _preparation(("missing", "category")).key == _preparation(("category", "missing")).key == "category-missing"


def test_the_pipeline_is_an_imbalanced_learn_pipeline() -> None:
    """It can be cloned, fitted and applied, and gives the result of its steps."""
    X, y = _rows()
    preparation = _preparation(missing="median", resample="over")
    chain = clone(pipeline(preparation, Model.parse("logistic"), TASK, seed=3))
    assert isinstance(chain, Pipeline)
    shares = chain.fit(X, y).predict_proba(X)
    assert shares.shape == (len(X), 2)
    made = preparation.fit(X, y, TASK, 3)
    model = Model.parse("logistic").build(TASK, 3).fit(made.X, made.y)
    np.testing.assert_allclose(model.predict_proba(transform(made.steps, X)), shares, rtol=1e-6)


def test_new_rows_are_never_resampled() -> None:
    """Fitting may add rows; transforming keeps every row in order."""
    X, y = _rows()
    made = _preparation(resample="over").fit(X, y, TASK, 0)
    assert len(made.X) == len(made.y) > len(X)
    assert made.y.mean() == pytest.approx(0.5, abs=0.02)
    assert (y[made.positions] == made.y).all()
    assert list(transform(made.steps, X.iloc[5:9]).index) == [5, 6, 7, 8]


def test_lineage_leads_back_to_raw_columns() -> None:
    """Every prepared column is traced to its raw columns."""
    X, y = _rows()
    features = ["frequency", {"kind": "target_mean", "of": ["plan"]}, {"kind": "ratios", "of": [["income", "income"]]}]
    made = _preparation(missing="median", features=features).fit(X, y, TASK, 0)
    known = lineage(made.steps)
    assert set(known) == set(made.X.columns)
    assert {raw for sources in known.values() for raw in sources} == {"income", "plan"}
    assert all(known.values())


@pytest.mark.parametrize("outliers", ["iqr", "zscore"])
def test_each_step_counts_what_it_changed(outliers: str) -> None:
    """Imputed values, values beyond limits, and class counts are those of the training rows."""
    X, y = _rows()
    X.loc[1, "income"] = 1e4
    made = _preparation(missing="median", outliers=outliers, resample="smote").fit(X, y, TASK, 0)
    told = {stage["step"]: stage for stage in made.stages}
    assert list(told) == ["missing", "outliers", "fill", "resample", "encode", "matrix"]
    assert told["missing"]["filled"] == {"income": (18, "median")}
    low, high, beyond = told["outliers"]["limits"]["income"]
    filled = X["income"].fillna(X["income"].median())
    assert beyond == ((filled < low) | (filled > high)).sum() >= 1
    counts = np.bincount(y).tolist()
    assert told["resample"]["classes"] == [counts, [counts[0], counts[0]]]
    assert told["resample"]["rows"] == [120, 2 * counts[0]]
    assert told["encode"]["columns"] == [2, 4]


def test_medians_of_the_matrix_are_counted() -> None:
    """If a model does not accept missing values, the last step imputes and counts them."""
    X, y = _rows()
    *_, last = _preparation().fit(X, y, TASK, 0).stages
    assert last["filled"] == {"income": (18, "median of the column")}
