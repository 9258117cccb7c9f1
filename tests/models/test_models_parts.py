"""Models fitted to rows in parts on a Dask cluster equal those of one machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.engine.dask import Dask
from custpred.models._columns import Columns
from custpred.models._newton import two_classes
from custpred.models._parts import Parts
from custpred.models.base import Model
from custpred.task import Fit, Rows, Task

BINARY, SEVERAL = Task("binary", "left", ("no", "yes")), Task("multiclass", "plan", ("a", "b", "c"))
AMOUNT = Task("regression", "spend")


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Return rows with two numbers and a category whose codes all occur in the first third."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame({"a": draw.random(900), "b": draw.lognormal(size=900)}).astype(np.float32)
    X["c"] = pd.Categorical.from_codes(draw.integers(0, 4, 900), categories=range(4))
    return Rows(X, (X["a"] + (X["c"].cat.codes == 2) + draw.normal(size=900) > 0.9).to_numpy().astype(int))


def _take(rows: Rows, low: int, high: int, names: list[str]) -> Rows:
    return Rows(rows.X[names].iloc[low:high].reset_index(drop=True), rows.y[low:high])


@pytest.fixture
def spread(cluster: Any, rows: Rows) -> Iterator[Any]:
    """Return a function that puts the rows in three parts on the workers."""
    client = Dask(address=cluster.scheduler_address).client()
    with client.as_current():

        def parts(names: list[str], y: np.ndarray | None = None) -> Parts:
            every = Rows(rows.X, rows.y if y is None else y)
            own = [_take(every, low, low + 300, names) for low in (0, 300, 600)]
            return Parts(client, client.scatter(own, hash=False), [300] * 3, own[0])

        yield parts
    client.close()


def test_logistic_regression_equals_that_of_one_machine(spread: Any, rows: Rows) -> None:
    """The parts' gradients and Hessians add up: the weights are those of all rows, to rounding."""
    model, parts = Model.parse({"kind": "logistic", "C": 0.2}), spread(["a", "b"])
    fitted: Any = model.fit_parts((), parts, Fit(BINARY))
    columns = Columns.learn(parts.sample.X, None, least_skew=0.5)
    known = two_classes(columns.apply(rows.X[["a", "b"]]), rows.y, None, 0.2)
    np.testing.assert_allclose(fitted.weights[:, 0], known.coef_[0], atol=1e-7)
    np.testing.assert_allclose(fitted.start, known.intercept_, atol=1e-7)
    alone: Any = model.train(parts.sample, None, Fit(BINARY))
    assert np.abs(alone.weights - fitted.weights).max() > 1e-3  # the other parts count


@pytest.mark.parametrize("task", [BINARY, SEVERAL, AMOUNT])
def test_boosting_agrees_with_that_of_one_machine(spread: Any, rows: Rows, task: Task) -> None:
    """As many rounds, categories included; bins differ, so scores agree closely, not exactly."""
    draw = np.random.default_rng(1)
    y = rows.y if task is BINARY else (rows.y + draw.integers(0, 2, 900)) if task is SEVERAL else rows.y * 3.0 + 1
    options = {"subsample": 1, "colsample_bylevel": 1, "rounds_without_valid": 12, "learning_rate": 0.3}
    model, fit = Model.parse({"kind": "xgboost", **options}), Fit(task)
    every = Rows(rows.X, y)
    known: Any = model.train(every, None, fit)
    parts = spread(["a", "b", "c"], y)
    fitted: Any = model.fit_parts((model.train(parts.sample, None, fit),), parts, fit)
    assert fitted.booster.num_boosted_rounds() == 12
    one, other = (np.ravel(model.raw(each, rows.X, fit)) for each in (known, fitted))
    assert np.corrcoef(one, other)[0, 1] > 0.98
    assert np.abs(one - other).mean() < 0.1 * one.std()
    read = model.unpack(model.pack(fitted), fit)
    np.testing.assert_array_equal(model.raw(read, rows.X, fit).ravel(), other)


def test_what_can_be_fitted_in_parts() -> None:
    """XGBoost can, and ridge logistic regression with two classes; the others cannot."""
    assert Model.parse("xgboost").spreads(AMOUNT)
    assert Model.parse("logistic").spreads(BINARY)
    assert not Model.parse("logistic").spreads(SEVERAL)
    assert not Model.parse({"kind": "logistic", "penalty": "l1"}).spreads(BINARY)
    assert not Model.parse("lightgbm").spreads(BINARY)
