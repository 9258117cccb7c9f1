"""Nearest neighbours with learned scales."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from custpred.models._scores import expit
from custpred.models.knn import Neighbours
from custpred.task import Fit, Rows, Task

BINARY = Fit(Task("binary", "y", ("0", "1")))
VALUE = Fit(Task("regression", "y"))


def _repeated(noise: int, seed: int = 0) -> Rows:
    """Return rows of 60 patterns of four numbers, each with its class, and noise."""
    draw, patterns = np.random.default_rng(seed), np.random.default_rng(7)
    kinds, labels = patterns.normal(size=(60, 4)), patterns.integers(0, 2, 60)
    own = draw.integers(0, 60, 600)
    values = np.column_stack([kinds[own] + draw.normal(0, 0.05, (600, 4)), draw.normal(size=(600, noise))])
    return Rows(pd.DataFrame(values, columns=[f"f{i:06d}" for i in range(4 + noise)]), labels[own])


def test_columns_of_noise_do_not_separate_customers() -> None:
    """With learned scales twelve columns of noise do little harm; equal ones hide patterns."""
    rows, new = _repeated(12), _repeated(12, 1)
    right = {}
    for emphasis in (0.0, 1.0):
        model = Neighbours(neighbours=5, emphasis=emphasis)
        right[emphasis] = np.mean((model.raw(model.train(rows, None, BINARY), new.X, BINARY) > 0) == new.y)
    assert right[1.0] > 0.93
    assert right[1.0] > right[0.0] + 0.02


def test_a_customer_unlike_all_others_gets_nearly_the_mean() -> None:
    """Far from all training customers, overall class shares outweigh those of the neighbours."""
    rows = _repeated(0)
    model = Neighbours(decay=3.0)
    fitted = model.train(rows, None, BINARY)
    near, far = rows.X.head(1), rows.X.head(1).add([3, -3, 3, -3])
    share = rows.y.mean()
    apart = np.abs(expit(model.raw(fitted, pd.concat([near, far]), BINARY)) - share)
    assert apart[1] < 0.5 * apart[0]


def test_weights_are_copies(numbers: Callable[..., Rows]) -> None:
    """A training row of weight 2 counts as two rows among the neighbours."""
    rows = numbers(200, 0)
    model = Neighbours(neighbours=200, decay=0.0, smoothing=1e-9)
    weight = np.where(np.arange(200) < 50, 2.0, 1.0)
    raw = model.raw(model.train(Rows(rows.X, rows.y, weight), None, VALUE), rows.X, VALUE)
    np.testing.assert_allclose(raw, np.average(rows.y, weights=weight), rtol=1e-6)


def test_stored_rows_are_limited_and_standardised(numbers: Callable[..., Rows]) -> None:
    """At most the allowed rows and columns are packed, as float32 around 0."""
    rows = numbers(400)
    rows = Rows(1000 + 50 * rows.X, rows.y)
    model = Neighbours(rows=100, columns=2)
    packed = model.pack(model.train(rows, None, BINARY))
    assert packed["rows"].shape == (100, 2)
    assert packed["rows"].dtype == np.float32
    assert np.abs(packed["rows"]).max() < 6
    assert packed["used"].tolist() == [0, 1]


def test_pairs_of_columns_get_their_exact_share() -> None:
    """If two columns affect a score only together, each gets half of the change."""
    values = np.stack(np.meshgrid(*[np.linspace(-1, 1, 21)] * 2), axis=2).reshape(-1, 2)
    product = values[:, 0] * values[:, 1]
    rows = Rows(pd.DataFrame(values, columns=["a", "b"]), product)
    model = Neighbours(neighbours=1, smoothing=1e-9)
    parts = model.contributions(model.train(rows, None, VALUE), rows.X, VALUE)
    np.testing.assert_allclose(parts, np.column_stack([product / 2, product / 2, np.zeros(441)]), atol=1e-6)
