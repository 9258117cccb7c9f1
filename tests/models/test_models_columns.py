"""Columns on one scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import skew

from custpred.models._columns import Columns

DRAW = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "even": DRAW.normal(5, 2, 1000),
        "spend": DRAW.lognormal(3, 1.5, 1000),
        "visits": np.where(DRAW.random(1000) < 0.6, 0, DRAW.exponential(10, 1000)),
        "flag": (DRAW.random(1000) < 0.02).astype(float),
        "same": np.full(1000, 7.0),
    },
    dtype=np.float32,
)


def test_scaled_columns_have_mean_0_and_spread_1() -> None:
    """Columns are centred and scaled; a constant one is 0."""
    scaled = Columns.learn(FRAME, None, least_skew=None).apply(FRAME)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 1, 1, 0], atol=1e-9)


def test_skewed_columns_become_normal() -> None:
    """The skewed amount loses its skewness; the symmetric column and the flag keep their shape."""
    plain, curved = Columns.learn(FRAME, None, least_skew=None), Columns.learn(FRAME, None, least_skew=0.5)
    assert skew(plain.apply(FRAME)[:, 1]) > 3
    assert abs(skew(curved.apply(FRAME)[:, 1])) < 0.1
    assert curved.curved.tolist() == [1, 2]
    np.testing.assert_allclose(curved.apply(FRAME)[:, [0, 3]], plain.apply(FRAME)[:, [0, 3]])


def test_the_curve_keeps_the_order() -> None:
    """A larger value never gets a smaller score, and equal values get equal ones."""
    scaled = Columns.learn(FRAME, None, least_skew=0.5).apply(FRAME)
    for i in range(3):
        order = np.argsort(FRAME.iloc[:, i].to_numpy(), kind="stable")
        assert np.all(np.diff(scaled[order, i]) >= -1e-12)


def test_sorted_tables_are_sampled_from_end_to_end() -> None:
    """In a large table sorted by a skewed column, its first rows do not decide on its shape."""
    spend = np.sort(DRAW.lognormal(3, 1.5, 120_000)).astype(np.float32)[:, None]
    assert abs(skew(spend[:50_000])) < 0.5
    assert Columns.learn(pd.DataFrame(spend), None, least_skew=0.5).curved.tolist() == [0]


def test_values_beyond_training_are_clipped() -> None:
    """A value a million times the largest counts as the largest."""
    columns = Columns.learn(FRAME, None, least_skew=0.5)
    far = FRAME.head(1).assign(even=1e9, spend=1e9)
    np.testing.assert_allclose(columns.apply(far)[0, :2], columns.apply(FRAME)[:, :2].max(axis=0))


@pytest.mark.parametrize("least_skew", [None, 0.5])
def test_the_scale_is_plain_arrays(least_skew: float | None) -> None:
    """A scale restored from its dump gives the same values; the frame is not modified."""
    before = FRAME.copy()
    columns = Columns.learn(FRAME, None, least_skew=least_skew)
    np.testing.assert_array_equal(Columns.load(columns.dump()).apply(FRAME), columns.apply(FRAME))
    pd.testing.assert_frame_equal(FRAME, before)


def test_one_column_is_not_modified() -> None:
    """The array of a single float64 column is the frame's own: it gets its curve in a copy."""
    alone = FRAME[["spend"]].astype(np.float64)
    before = alone.copy()
    columns = Columns.learn(alone, None, least_skew=0.5)
    np.testing.assert_allclose(columns.apply(alone), Columns.learn(FRAME, None, least_skew=0.5).apply(FRAME)[:, [1]])
    pd.testing.assert_frame_equal(alone, before)
