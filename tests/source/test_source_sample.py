"""Synthetic customers with known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score

from custpred.source._samples import shop
from custpred.source.base import Source
from custpred.source.sample import Sample
from custpred.target.base import Labelled, Target

OUTCOMES = [
    ("telecom", "churn"),
    ("shop", "buys_again"),
    ("shop", "spend_next_90d"),
    ("shop", "segment"),
    ("reviews", "sentiment"),
]


def made(sample: str, target: str, rows: int = 4000, seed: int = 7) -> Labelled:
    table = Source.parse({"sample": sample, "rows": rows, "seed": seed}).read(target=target)
    return Target.parse({"column": target}).label(table)


@pytest.mark.parametrize(("sample", "target"), OUTCOMES)
def test_sample_truth_agrees_with_the_outcomes(sample: str, target: str) -> None:
    """In tenths by true probability, outcomes agree within four standard errors."""
    labelled = made(sample, target, rows=20_000)
    known = labelled.table.known
    assert known is not None
    pairs = [(known, labelled.truth)]
    if known.ndim == 2:
        np.testing.assert_allclose(known.sum(axis=1), 1)
        pairs = [(known[:, k], labelled.truth == k) for k in range(known.shape[1])]
    for truth, happened in pairs:
        for tenth in np.array_split(np.argsort(truth), 10):
            error = happened[tenth].std() / np.sqrt(len(tenth))
            assert abs(happened[tenth].mean() - truth[tenth].mean()) < 4 * error + 1e-3


@pytest.mark.parametrize(("sample", "target"), OUTCOMES)
def test_sample_same_seed_same_customers(sample: str, target: str) -> None:
    """The same seed gives the same customers; another seed others."""
    first, again, other = made(sample, target, 300), made(sample, target, 300), made(sample, target, 300, seed=8)
    pd.testing.assert_frame_equal(first.table.frame, again.table.frame)
    np.testing.assert_array_equal(first.truth, again.truth)
    assert not np.array_equal(first.truth, other.truth)


def test_sample_other_outcomes_are_not_shown() -> None:
    """If one outcome is the target, the others are not columns."""
    table = Sample(sample="shop").read(target="segment")
    assert not {"buys_again", "spend_next_90d"} & set(table.names)
    assert "segment" in table.names
    assert Sample(sample="shop").read().known is None


def test_sample_rows_default_and_limits() -> None:
    """The default is 2000 customers or 1000 reviews; one row is possible."""
    assert len(Sample().read(target="churn")) == 2000
    assert len(Sample(sample="reviews").read(target="sentiment")) == 1000
    assert len(Sample(rows=1).raw().frame) == 1


@pytest.mark.parametrize("sample", ["telecom", "shop", "reviews", "orders", "sentences"])
def test_sample_header_equals_the_columns(sample: str) -> None:
    """The names that are known beforehand are those of the frame that is made."""
    source = Source.parse({"sample": sample, "rows": 5})
    assert source.header() == list(source.raw().frame.columns)


def test_sample_telecom_has_the_difficulties_of_real_tables() -> None:
    """About 22 % leave; kinds are mixed; missing values, rare levels, outliers exist."""
    labelled = made("telecom", "churn", rows=20_000)
    frame = labelled.table.frame
    assert 0.2 < labelled.truth.mean() < 0.245
    assert {"id", "date", "number", "code", "category"} <= {column.kind for column in labelled.table.columns}
    assert frame["total_charges"].isna().equals(frame["tenure"] == 0)
    assert frame["city"].value_counts().min() < 60
    assert "서울" in set(frame["city"])
    assert frame["data_gb"].max() > 20 * frame["data_gb"].quantile(0.99)
    silent = frame["satisfaction"].isna()
    assert abs(labelled.truth[silent].mean() - labelled.truth[~silent].mean()) > 0.05


def test_sample_telecom_favours_nonlinear_models() -> None:
    """Boosted trees come near the best possible ROC AUC, which no model exceeds."""
    labelled = made("telecom", "churn", rows=8000)
    frame = labelled.table.frame.drop(columns=["customer_id", "joined", "city"])
    known, truth = labelled.table.known, labelled.truth
    model = LGBMClassifier(n_estimators=80, num_leaves=15, learning_rate=0.08, n_jobs=1, random_state=0, verbose=-1)
    model.fit(frame[:5000], truth[:5000])
    score, best = (roc_auc_score(truth[5000:], p[5000:]) for p in (model.predict_proba(frame)[:, 1], known))
    assert best - 0.04 < score < best


def test_sample_orders_sum_up_to_the_shop() -> None:
    """The orders give exactly the summaries of the customers."""
    events = shop.orders(rows=500, seed=3)
    frame = Sample(sample="shop", rows=500, seed=3).raw().frame.set_index("customer_id")
    grouped = events.groupby("customer_id")
    assert grouped.size().reindex(frame.index).eq(frame["orders"]).all()
    np.testing.assert_allclose(grouped["amount"].sum().reindex(frame.index), frame["spend"], atol=0.01)
    last = (pd.Timestamp("2025-01-01") - grouped["ordered_at"].max().reindex(frame.index)).dt.days
    assert last.eq(frame["days_since_last_order"]).all()
    assert events["ordered_at"].is_monotonic_increasing
    bought = events.groupby(["customer_id", "category"]).size().unstack(fill_value=0).reindex(frame.index)
    assert all(bought.loc[key, name] == bought.loc[key].max() for key, name in frame["favourite_category"].items())


def test_sample_shop_outcomes_are_consistent() -> None:
    """Those who buy again spend, the others spend nothing, and they are the majority."""
    frame = Sample(sample="shop", rows=4000).raw().frame
    assert (frame["spend_next_90d"] > 0).eq(frame["buys_again"] == "yes").all()
    assert 0.5 < (frame["spend_next_90d"] == 0).mean() < 0.85
    assert frame["segment"].value_counts(normalize=True).min() > 0.05


def test_sample_reviews_are_text_in_two_languages() -> None:
    """Reviews are a text column in English and Korean."""
    table = Sample(sample="reviews").read(target="sentiment")
    assert table.column("review").kind == "text"
    assert set(table.frame["language"]) == {"en", "ko"}


def test_sample_sentences_depend_on_the_time_of_day() -> None:
    """Half are Korean; coffee is for mornings; the course's sentence is among them."""
    table = Sample(sample="sentences", rows=4000).read(target="sentence")
    said = table.frame["sentence"].astype(str)
    assert 0.45 < (table.frame["language"] == "ko").mean() < 0.55
    assert "저는 아침에 책을 읽습니다." in set(said)
    shares = [said[said.str.contains(when)].str.contains("커피를").mean() for when in ("아침에", "점심에")]
    assert shares[0] > shares[1] > 0
