"""The same item again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.errors import NotApplicable
from custpred.models.same_again import SameAgain
from custpred.task import Fit, Rows, Task

FIT = Fit(Task("multiclass", "next", ("bread", "milk", "tea")))


def test_the_last_item_gets_its_repeat_probability() -> None:
    """Six of eight repeat: (6 + 1) / (8 + 2) for the last item, the rest by the others' shares."""
    last = np.array([0.0, 0, 0, 1, 1, 1, 2, 2])
    y = np.array([0, 0, 0, 1, 1, 0, 2, 0])
    rows = Rows(pd.DataFrame({"orders_last_item": last, "orders_repeats": 1.0}), y)
    model = SameAgain()
    chances = np.exp(model.raw(model.train(rows, None, FIT), rows.X, FIT))
    np.testing.assert_allclose(chances[np.arange(8), last.astype(int)], 0.7)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert chances[6, 0] > chances[6, 1]  # bread is more popular than milk


def test_without_a_last_item_the_most_popular_is_predicted() -> None:
    """Customers whose last item is unknown, or has no class, get the shares of all."""
    rows = Rows(pd.DataFrame({"orders_last_item": [np.nan, 0, 1, 1]}), np.array([1, 0, 1, 1]))
    model = SameAgain(of="orders")
    fitted = model.unpack(model.pack(model.train(rows, None, FIT)), FIT)
    np.testing.assert_allclose(np.exp(model.raw(fitted, rows.X, FIT))[0], [1.5 / 5.5, 3.5 / 5.5, 0.5 / 5.5])


def test_tables_without_a_last_item_are_declined() -> None:
    """The reason says which feature is missing."""
    rows = Rows(pd.DataFrame({"orders_last_item": [0.0, 1], "age": 1.0}), np.array([0, 1]))
    for X, of in ((rows.X[["age"]], None), (rows.X, "visits")):
        with pytest.raises(NotApplicable, match="rfm"):
            SameAgain(of=of).train(Rows(X, rows.y), None, FIT)
