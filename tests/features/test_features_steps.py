"""Columns with a common name and a number become sequences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.features.steps import Steps


def wide(rows: int = 40) -> pd.DataFrame:
    """Return months of payments (newest first), states, a lonely and far-apart numbers."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame({f"PAY_{k}": draw.normal(k, 0.1, rows) for k in (0, 2, 3, 4)})
    for month in (1, 2, 3):
        X[f"BILL_AMT{month}"] = 100.0 * month
        X[f"state{month}"] = pd.Categorical(["late", "ok"] * (rows // 2))
    return X.assign(AGE=30.0, zip_10=1.0, zip_500=2.0, zip_9000=3.0)


def test_groups_are_found_and_aligned_at_their_newest_end() -> None:
    """PAY_0 is the newest of four, BILL_AMT1 of three; other columns are unchanged."""
    state, out = Steps(newest="first").learn_apply(wide(), None, None, 0)
    assert {"AGE", "zip_10", "zip_500", "zip_9000"} <= set(out.columns)
    assert not {"PAY_0", "BILL_AMT1", "state1"} & set(out.columns)
    np.testing.assert_allclose(out[[f"PAY@-{k}" for k in range(4)]].mean(), [0, 2, 3, 4], atol=0.1)
    assert out[[f"BILL_AMT@-{k}" for k in range(3)]].iloc[0].tolist() == [100, 200, 300]
    assert Steps().lineage(state)["PAY@-1"] == ("PAY_2",)


def test_the_highest_number_is_the_newest_by_default() -> None:
    """A note names it."""
    spec = Steps()
    state, out = spec.learn_apply(wide(), None, None, 0)
    assert out[[f"BILL_AMT@-{k}" for k in range(3)]].iloc[0].tolist() == [300, 200, 100]
    assert any("the newest is BILL_AMT3" in finding.text for finding in spec.notes(state))


def test_categories_share_codes() -> None:
    """Levels of all steps share one list; 0 is missing, 1 rare or unseen."""
    X = wide()
    X.loc[0, "state1"] = None
    spec = Steps(newest="first")
    state, _ = spec.learn_apply(X, None, None, 0)
    new = X.head(3).assign(state2=pd.Categorical(["never seen", "ok", "late"]))
    out = spec.apply(new, state)
    words = spec.words(state)["state#"]
    assert sorted(words) == ["late", "ok"]
    assert out["state#@-0"].tolist() == [0, 2 + words.index("ok"), 2 + words.index("late")]
    assert out["state#@-1"].tolist() == [1, 2 + words.index("ok"), 2 + words.index("late")]


def test_steps_of_events_are_coded_and_numbers_stay() -> None:
    """Category steps of events get codes for levels that enough customers share; amounts pass."""
    shops = ["a"] * 15 + ["b"] * 12 + ["once"]
    X = pd.DataFrame({"amount@-0": np.arange(28.0), "shop@-0": pd.Categorical(shops), "shop@-1": ["a", None] * 14})
    X["shop@-1"] = X["shop@-1"].astype(object).where(X["shop@-1"].notna(), None)
    spec = Steps(of="orders")
    state, out = spec.learn_apply(X, None, None, 0)
    assert spec.words(state) == {"shop#": ["a", "b"]}
    assert list(out.columns) == ["amount@-0", "shop#@-0", "shop#@-1"]
    assert out["shop#@-0"].iloc[[0, 20, 27]].tolist() == [2, 3, 1]
    assert out["shop#@-1"].iloc[:2].tolist() == [2, 0]


def test_levels_are_counted_by_customer() -> None:
    """One customer with a level in every month does not make it common."""
    X = pd.DataFrame({f"shop@-{k}": pd.Categorical(["mine", *["a"] * 30]) for k in range(20)})
    spec = Steps()
    assert spec.words(spec.learn(X, None, None, 0)) == {"shop#": ["a"]}


def test_named_groups_keep_their_order_and_must_exist() -> None:
    """Columns stay in the listed order; an unknown name is an error with the nearest one."""
    spec = Steps(groups={"bill": ("BILL_AMT2", "BILL_AMT1")}, keep_original=True)
    _, out = spec.learn_apply(wide(), None, None, 0)
    assert out[["bill@-0", "bill@-1", "BILL_AMT1"]].iloc[0].tolist() == [100, 200, 100]
    with pytest.raises(DataError, match="BILL_AMT3"):
        Steps(groups={"bill": ("BILL_AMT4", "BILL_AMT1")}).learn(wide(), None, None, 0)


def test_a_table_without_groups_is_unchanged() -> None:
    """A table without groups stays, with a note."""
    X, spec = pd.DataFrame({"AGE": [30.0, 40.0]}), Steps()
    state, out = spec.learn_apply(X, None, None, 0)
    assert list(out.columns) == ["AGE"]
    assert spec.notes(state)
