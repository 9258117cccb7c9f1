"""The columns of models of purchase histories."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.features._history import History
from custpred.missing.base import Missing
from custpred.outliers.base import Outliers
from custpred.preparation import Preparation
from custpred.resample.base import Resample
from custpred.task import Task

TASK = Task("multiclass", "next", ("bread", "milk", "(other)"))


def customers() -> pd.DataFrame:
    """Return a history with missing values, and other columns."""
    return pd.DataFrame(
        {
            "age": [30.0, 40.0, 50.0],
            "orders_repeats": [0.0, 3.0, np.nan],
            "orders_days_since_first": [10.0, 700.0, np.nan],
            "orders_last_item": pd.Categorical(["milk", "caviar", None]),
        }
    )


def test_histories_keep_their_names_and_missing_values() -> None:
    """Days and missing values are unchanged; other columns are dropped."""
    X = customers()
    done = History().build(TASK).fit_transform(X)
    assert list(done) == ["orders_days_since_first", "orders_last_item", "orders_repeats"]
    np.testing.assert_array_equal(done["orders_repeats"], X["orders_repeats"])
    assert done["orders_days_since_first"].tolist()[:2] == [10, 700]


def test_the_last_item_becomes_the_code_of_its_label() -> None:
    """Milk is label 1; an item that is not a label, and a missing value, are NaN."""
    np.testing.assert_array_equal(
        History().build(TASK).fit_transform(customers())["orders_last_item"], [1, np.nan, np.nan]
    )


def test_new_rows_may_lack_levels_and_rows() -> None:
    """Other levels in new rows are coded by the same labels, and no rows are valid."""
    step = History().build(TASK).fit(customers())
    new = customers().assign(orders_last_item=pd.Categorical(["bread", "bread", "milk"]))
    assert step.transform(new)["orders_last_item"].tolist() == [0, 0, 1]
    assert step.transform(new.iloc[:0]).shape == (0, 3)


def test_no_other_step_touches_a_history() -> None:
    """Outliers, imputation and resampling of the recipe are for other models only."""
    made = Preparation(
        columns=("orders_repeats",),
        missing=Missing.parse("median"),
        outliers=Outliers.parse("iqr"),
        features=(),
        resample=Resample.parse("none"),
        accepts=frozenset({"history"}),
    )
    assert [spec.kind() for _, spec in made.steps()] == ["_history"]
    assert made.key == "history"
