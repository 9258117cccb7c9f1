"""Levels become shares, zeros and ones, or codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.features.frequency import Frequency
from custpred.features.onehot import OneHot
from custpred.features.ordinal import Ordinal
from custpred.features.target_mean import TargetMean
from custpred.task import Task


def category(values: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"city": pd.Categorical(values)})


def test_share_of_training_rows():
    """A level's share is that in training; missing is a level, an unseen level has none."""
    spec = Frequency(min_levels=1, min_rows=1)
    state = spec.learn(category(["a"] * 5 + ["b"] * 3 + [None] * 2), None, None, 0)
    out = spec.apply(category(["b", None, "new", "a"]), state)
    np.testing.assert_allclose(out["city: count share"], [0.3, 0.2, 0.0, 0.5], rtol=1e-6)


def test_share_of_named_codes():
    """Codes are levels if they are named."""
    frame = pd.DataFrame({"region": [1.0, 1.0, 2.0, np.nan]})
    _, out = Frequency(of="region", min_rows=1).learn_apply(frame, None, None, 0)
    np.testing.assert_allclose(out["region: count share"], [0.5, 0.5, 0.25, 0.25])


def test_few_levels_get_no_share():
    """A column with few levels is unchanged, with a note."""
    state, out = Frequency().learn_apply(category(["a", "b"]), None, None, 0)
    assert list(out.columns) == ["city"]
    assert "more than 10 levels" in Frequency().notes(state)[0].text


def test_two_levels_are_one_column():
    """Two levels without missing values become a single column, 1 for the second level."""
    _, out = OneHot(min_rows=1).learn_apply(category(["no", "yes", "yes"]), None, None, 0)
    assert list(out.columns) == ["city=yes"]
    assert list(out["city=yes"]) == [0, 1, 1]


def test_missing_values_have_a_column_if_training_had_them():
    """Missing values are a separate group if training had any, and all 0 otherwise."""
    spec = OneHot(min_rows=1)
    with_gaps = spec.learn(category(["a", "b", None]), None, None, 0)
    assert list(spec.apply(category(["a", None]), with_gaps)["city=(missing)"]) == [0, 1]
    without = spec.learn(category(["a", "b", "c"]), None, None, 0)
    assert spec.apply(category([None]), without).to_numpy().sum() == 0


def test_rare_levels_share_a_column():
    """Levels with fewer rows than the minimum share a column; unseen levels go there too."""
    spec = OneHot(min_rows=3)
    state, out = spec.learn_apply(category(["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]), None, None, 0)
    assert list(out.columns) == ["city=a", "city=b", "city=(other)"]
    assert list(out.sum()) == [4, 3, 3]
    assert list(spec.apply(category(["new"]), state).iloc[0]) == [0, 0, 1]
    assert "2 rare levels" in spec.notes(state)[0].text


def test_unseen_levels_without_a_rare_column():
    """Without a column for other levels an unseen level is 0 everywhere."""
    spec = OneHot(min_rows=1)
    state = spec.learn(category(["a", "b", "c"]), None, None, 0)
    assert spec.apply(category(["new"]), state).to_numpy().sum() == 0


def test_most_common_levels_come_first():
    """With a limit, the most common levels keep their columns."""
    _, out = OneHot(min_rows=1, max_levels=2).learn_apply(category(list("aabbbcccc")), None, None, 0)
    assert list(out.columns) == ["city=b", "city=c", "city=(other)"]


def test_a_level_named_like_the_rest():
    """A level that is itself called '(other)' does not mix with the column of rare levels."""
    _, out = OneHot(min_rows=2).learn_apply(category(["(other)"] * 3 + ["a"] * 2 + ["b"]), None, None, 0)
    assert list(out.columns) == ["city=(other)", "city=a", "city=(other) (2)"]
    assert list(out.sum()) == [3, 2, 1]


def test_a_column_without_groups_is_left_out():
    """A column with one group is omitted with a note."""
    state, out = OneHot().learn_apply(category(["a"] * 20).assign(n=1.0), None, None, 0)
    assert list(out.columns) == ["n"]
    assert OneHot().notes(state)[0].column == "city"


def test_wide_output_is_one_block():
    """All new columns lie in one float32 array."""
    frame = pd.DataFrame({f"c{place}": pd.Categorical(list("abcdef")) for place in range(5)})
    _, out = OneHot(min_rows=1).learn_apply(frame, None, None, 0)
    assert out.shape == (6, 30)
    assert np.shares_memory(out.to_numpy(), out.to_numpy())
    assert set(out.dtypes) == {np.dtype("float32")}


def test_codes_keep_the_order_of_levels():
    """Equal levels give equal codes; missing, and unseen if none is rare, are missing."""
    spec = Ordinal(min_rows=1)
    state, out = spec.learn_apply(category(["b", "a", "a", "c", "c", "c", None]), None, None, 0)
    assert out["city"].tolist()[:6] == [1, 0, 0, 2, 2, 2]
    assert isinstance(out["city"].dtype, pd.CategoricalDtype)
    assert list(out["city"].cat.categories) == [0, 1, 2]
    assert spec.apply(category(["new", None]), state)["city"].isna().all()


def test_rarest_levels_share_the_last_code():
    """Levels beyond the limit share the last code, and a note counts them."""
    spec = Ordinal(max_levels=2, min_rows=1)
    state, out = spec.learn_apply(category(["a", "a", "a", "b", "b", "c"]), None, None, 0)
    assert out["city"].tolist() == [0, 0, 0, 1, 1, 1]
    assert "2 rare levels" in spec.notes(state)[0].text


def test_rare_levels_share_a_code():
    """Rare levels share the last code with unseen ones; missing values stay missing."""
    spec = Ordinal(min_rows=3)
    values = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d", None]
    state, out = spec.learn_apply(category(values), None, None, 0)
    assert out["city"].tolist()[:10] == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert spec.apply(category(["new", "b", None]), state)["city"].tolist()[:2] == [2, 1]
    assert out["city"].isna().tolist()[10:] == [True]


def test_rare_levels_share_a_share():
    """Rare and unseen levels have the mean share of the rare ones: (2 + 1) / 2 of 10 rows."""
    spec = Frequency(min_levels=1, min_rows=3)
    state = spec.learn(category(["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]), None, None, 0)
    out = spec.apply(category(["a", "c", "d", "new"]), state)
    np.testing.assert_allclose(out["city: count share"], [0.4, 0.15, 0.15, 0.15], rtol=1e-6)


@pytest.mark.parametrize(
    "spec",
    [OneHot(), Ordinal(), Frequency(min_levels=1), TargetMean(min_levels=1), TargetMean(min_levels=1, pairs=1)],
    ids=["onehot", "ordinal", "frequency", "target_mean", "pairs"],
)
def test_levels_of_few_customers_are_not_stored(spec):
    """A level with fewer than ten customers is not in the state; one with ten is."""
    frame = category(["common"] * 40 + ["ten rows"] * 10 + ["nine rows"] * 9).assign(
        plan=pd.Categorical(["x", "y"] * 29 + ["only one"])
    )
    state = spec.learn(frame, np.arange(59) % 2, Task("binary", "left", ("no", "yes")), 0)
    assert "ten rows" in str(state)
    assert "nine rows" not in str(state)
    assert "only one" not in str(state)


@pytest.mark.parametrize("spec", [OneHot(min_rows=1), Ordinal(), Frequency(min_levels=1)])
def test_the_order_of_categories_does_not_matter(spec):
    """Another order of categories, or unused ones, give the same numbers."""
    frame = category(["a", "b", "b", "c"])
    state, out = spec.learn_apply(frame, None, None, 0)
    other = frame.assign(city=frame["city"].cat.set_categories(["c", "z", "b", "a"]))
    again = spec.apply(other, state)
    new = [name for name in out.columns if out[name].dtype != frame["city"].dtype]
    pd.testing.assert_frame_equal(again[new], out[new])
