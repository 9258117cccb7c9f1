"""What features made from events learn in the fold: scores and segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.features._segments import RULES, scored, segment
from custpred.features.base import Feature

RFM = Feature.parse("rfm")


def customers(rows: int = 100) -> pd.DataFrame:
    """Return gathered customers: the first bought last, most often and for most."""
    place = np.arange(rows, dtype=float)
    return pd.DataFrame(
        {
            "days_since_last_orders": place,
            "orders_count": place[::-1] + 1,
            "orders_amount_sum": place[::-1] * 10,
            "age": 40.0,
        }
    )


def test_scores_are_quintiles_and_five_is_best() -> None:
    """Each score has a fifth of customers; recent, frequent and valuable customers score 5."""
    X = customers()
    out = RFM.apply(X, RFM.learn(X, None, None, 0))
    for part in ("recency", "frequency", "monetary"):
        scores = out[f"orders: {part} score"]
        assert scores.value_counts().tolist() == [20] * 5
        assert (scores.iloc[0], scores.iloc[-1]) == (5, 1)


def test_segments_name_every_pair_of_scores() -> None:
    """All 25 pairs of recency and frequency have a segment, and all ten segments have a pair."""
    recency, frequency = (each.ravel().astype(float) for each in np.meshgrid(range(1, 6), range(1, 6)))
    found = segment(recency, frequency)
    names = [found.levels[code] for code in found.codes]
    named = dict(zip(zip(recency, frequency, strict=True), names, strict=True))
    assert set(named.values()) == {name for name, _ in RULES}
    assert [named[pair] for pair in ((5, 5), (5, 1), (1, 5), (1, 1), (3, 3))] == [
        "champions",
        "new",
        "cannot lose",
        "hibernating",
        "need attention",
    ]


def test_missing_values_have_no_score() -> None:
    """A customer without an event has no score and no segment."""
    X = customers()
    state = RFM.learn(X, None, None, 0)
    X.loc[3, ["days_since_last_orders", "orders_count"]] = np.nan
    out = RFM.apply(X, state)
    assert np.isnan(out.loc[3, "orders: recency score"])
    assert pd.isna(out.loc[3, "orders: segment"])
    assert not np.isnan(out.loc[3, "orders: monetary score"])


def test_equal_values_share_a_score() -> None:
    """Ties are not split: if 60 of 100 customers bought once, all have the same score."""
    values = pd.Series([1.0] * 60 + list(range(2, 42)))
    X = customers().assign(orders_count=values)
    out = RFM.apply(X, RFM.learn(X, None, None, 0))
    assert out.loc[:59, "orders: frequency score"].nunique() == 1


def test_new_customers_are_scored_by_the_training_quantiles() -> None:
    """Values beyond those of training get the first or the last score."""
    X = customers()
    cuts = RFM.learn(X, None, None, 0)["tables"][0]["cuts"]
    found = scored(np.array([-5.0, 1e9]), cuts["recency"], "recency")
    assert found.tolist() == [5, 1]


@pytest.mark.parametrize("kind", ["rfm", "windows"])
def test_a_table_without_events_is_unchanged(kind: str) -> None:
    """On a table of customers without events the step says that it has nothing to do."""
    spec, X = Feature.parse(kind), customers()[["age"]]
    state = spec.learn(X, None, None, 0)
    assert spec.apply(X, state) is X
    assert [each.text for each in spec.notes(state)] == ["The table was not gathered from events."]


def test_spans_are_sorted_without_duplicates() -> None:
    """Windows sort their spans and pass repeats over."""
    assert Feature.parse({"kind": "windows", "spans": ["1y", "30d", "30d"]}).spans == ("30d", "1y")
