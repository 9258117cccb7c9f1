"""Numbers become ratios, grades, bins and transformed values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import skew, yeojohnson

from custpred.errors import DataError
from custpred.features import _shapes
from custpred.features.bins import Bins
from custpred.features.ratios import Ratios
from custpred.features.tiers import Tiers
from custpred.features.transforms import Transforms
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))
VALUE = Task("regression", "spend")
rules = settings(max_examples=50, deadline=None, derandomize=True)
anything = st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=2, max_size=30)


def test_ratio_and_difference():
    """A ratio divides, a difference subtracts, and a division by 0 is missing."""
    frame = pd.DataFrame({"spend": [10.0, 5.0, 0.0, np.nan], "visits": [4.0, 0.0, 0.0, 1.0]})
    spec = Ratios(of=["spend", "visits"], differences=[["spend", "visits"]])
    _, out = spec.learn_apply(frame, None, None, 0)
    np.testing.assert_array_equal(out["spend / visits"], [2.5, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(out["spend - visits"], [6, 5, 0, np.nan])


@rules
@given(anything, st.randoms(use_true_random=False))
def test_ratios_are_finite_or_missing(values, random):
    """No ratio or difference of any numbers is infinite."""
    shuffled = random.sample(values, len(values))
    spec = Ratios(of=["a", "b"], differences=["b", "a"])
    _, out = spec.learn_apply(pd.DataFrame({"a": values, "b": shuffled}), None, None, 0)
    assert not np.isinf(out[["a / b", "b - a"]]).to_numpy().any()


def test_ratio_of_a_category_is_an_error():
    """A ratio of categories is refused by name; a mistyped name gets the nearest one."""
    frame = pd.DataFrame({"spend": [1.0], "city": pd.Categorical(["x"])})
    with pytest.raises(DataError, match="numbers in column 'city'"):
        Ratios(of=["spend", "city"]).learn(frame, None, None, 0)
    with pytest.raises(DataError, match="Did you mean 'spend'"):
        Ratios(of=["spent", "spend"]).learn(frame, None, None, 0)


def test_an_informative_ratio_is_found():
    """If a ratio determines the target, it is found first, with a descriptive name."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.lognormal(size=(3000, 4)), columns=["a", "b", "c", "d"])
    y = (frame["c"] / frame["b"] > 1.3).to_numpy().astype(int)
    state, out = Ratios(found=1).learn_apply(frame, y, BINARY, 0)
    assert out.columns[-1] in {"c / b", "b / c"}
    assert set(state["made"][out.columns[-1]]) == {"b", "c"}


def test_noise_gives_no_ratios():
    """If nothing is related to the target, nothing is found, with a note."""
    draw = np.random.default_rng(1)
    frame = pd.DataFrame(draw.lognormal(size=(1000, 8)), columns=list("abcdefgh"))
    state = Ratios(found=5).learn(frame, draw.integers(0, 2, 1000), BINARY, 0)
    assert "pairs" not in state
    assert Ratios().notes(state)[0].text.startswith("No ratio or difference predicts better")


def test_grades_by_quantiles():
    """Three ordered grades of equal size; values beyond training get the ends, missing none."""
    spec = Tiers(of="visits", grades=["bronze", "silver", "gold"])
    state, out = spec.learn_apply(pd.DataFrame({"visits": np.arange(9.0)}), None, None, 0)
    assert out["visits: tier"].tolist() == ["bronze"] * 3 + ["silver"] * 3 + ["gold"] * 3
    assert out["visits: tier"].cat.ordered
    new = spec.apply(pd.DataFrame({"visits": [-5.0, 99.0, np.nan]}), state)["visits: tier"]
    assert new.tolist()[:2] == ["bronze", "gold"]
    assert pd.isna(new.iloc[2])


def test_grades_by_cuts():
    """A value equal to a cut belongs to the higher grade; grades without names are numbered."""
    spec = Tiers(of="spend", cuts=[100, 500])
    _, out = spec.learn_apply(pd.DataFrame({"spend": [99.9, 100.0, 499.0, 500.0]}), None, None, 0)
    assert out["spend: tier"].tolist() == ["tier 1", "tier 2", "tier 2", "tier 3"]


def test_equal_values_share_a_grade():
    """Customers with the same value get the same, lower grade, and a note mentions empty grades."""
    spec = Tiers(of="visits", count=4)
    state, out = spec.learn_apply(pd.DataFrame({"visits": [0.0] * 8 + [1.0, 2.0]}), None, None, 0)
    assert set(out["visits: tier"][:8]) == {"tier 1"}
    assert out["visits: tier"].iloc[9] == "tier 4"
    assert "grades are used" in spec.notes(state)[0].text
    assert not spec.notes(spec.learn(pd.DataFrame({"visits": np.arange(4.0)}), None, None, 0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cuts": [5, 3]}, "must ascend"),
        ({"cuts": [1, 2], "grades": ["low", "high"]}, "2 cuts make 3 grades"),
        ({"by": "cuts"}, "need each other"),
        ({"grades": ["gold", "gold"]}, "different names"),
    ],
)
def test_contradictory_tiers_are_refused(options, words):
    """Options of tiers that contradict each other are refused with what they mean."""
    with pytest.raises(ValidationError, match=words):
        Tiers(of="visits", **options)


@rules
@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=40))
def test_grades_are_monotone(values):
    """A larger value never has a lower grade."""
    _, out = Tiers(of="v", count=3).learn_apply(pd.DataFrame({"v": sorted(values)}), None, None, 0)
    assert np.all(np.diff(out["v: tier"].cat.codes) >= 0)


def test_bins_of_equal_size_and_width():
    """Quantile bins have equal numbers of rows, width bins equal ranges."""
    frame = pd.DataFrame({"x": [0.0, 1, 2, 3, 4, 5, 6, 7, 8, 100]})
    _, size = Bins(of="x", count=2).learn_apply(frame, None, None, 0)
    assert size["x: bin"].tolist() == [0] * 5 + [1] * 5
    _, width = Bins(of="x", count=2, by="width").learn_apply(frame, None, None, 0)
    assert width["x: bin"].tolist() == [0] * 9 + [1]


def test_bins_as_levels_replace_the_number():
    """Bins may be ordered levels that replace the number, and leave missing values."""
    spec = Bins(of="x", count=2, give="categories", keep_original=False)
    _, out = spec.learn_apply(pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan]}), None, None, 0)
    assert list(out.columns) == ["x: bin"]
    assert out["x: bin"].tolist()[:3] == ["bin 000", "bin 000", "bin 001"]
    assert pd.isna(out["x: bin"].iloc[3])


def test_bins_leave_few_values_alone():
    """Columns with fewer values than bins are not binned unless they are named."""
    frame = pd.DataFrame({"flag": [0.0, 1.0] * 20, "x": np.arange(40.0)})
    _, out = Bins().learn_apply(frame, None, None, 0)
    assert list(out.columns) == ["flag", "x", "x: bin"]


@pytest.fixture(scope="module")
def skewed() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    spend = draw.lognormal(3, 1.2, 4000)
    odd = np.where(draw.random(4000) < 0.5, -(draw.lognormal(0, 1.0, 4000)), draw.lognormal(3, 2.0, 4000))
    return pd.DataFrame({"spend": spend, "age": draw.normal(size=4000), "rare": draw.random(4000) < 0.01, "odd": odd})


@pytest.mark.parametrize("by", ["auto", "log1p", "yeo_johnson", "quantile"])
def test_transforms_reduce_skewness_and_keep_order(skewed, by):
    """Every transform brings the skewness under the threshold and keeps the order."""
    _, out = Transforms(by=by).learn_apply(skewed, None, None, 0)
    assert abs(skew(out["spend"])) < 1 < skew(skewed["spend"])
    assert np.all(np.diff(out["spend"].to_numpy()[np.argsort(skewed["spend"])]) >= 0)


def test_symmetric_columns_and_flags_are_unchanged(skewed):
    """A column without skewness and a flag stay as they are."""
    _, out = Transforms().learn_apply(skewed.astype(float), None, None, 0)
    pd.testing.assert_frame_equal(out[["age", "rare"]], skewed[["age", "rare"]].astype(float))


def test_auto_takes_the_mildest_transform(skewed):
    """A logarithm suffices for spend; two long tails of different size need more."""
    state = Transforms().learn(skewed, None, None, 0)
    assert state["shapes"]["spend"]["by"] == "log1p"
    assert state["shapes"]["odd"]["by"] in {"yeo_johnson", "quantile"}


def test_power_equals_scipy():
    """The Yeo-Johnson power is the one that SciPy finds, and the transform is SciPy's."""
    values = np.random.default_rng(2).gamma(2.0, size=(3, 1500)) - 1
    powers = _shapes._likeliest(values)
    for row, power in zip(values, powers, strict=True):
        made, best = yeojohnson(row)
        assert power == pytest.approx(best, abs=0.01)
        np.testing.assert_allclose(_shapes._powered(row, best), made, rtol=1e-9)


@pytest.mark.parametrize("power", [-4.0, 0.0, 2.0, 4.0])
def test_powers_stay_finite_and_monotone(power):
    """Any power of any size of number is finite and increasing."""
    values = np.array([-1e300, -5.0, -1e-9, 0.0, 1e-9, 5.0, 1e300])
    made = _shapes._powered(values, power)
    assert np.isfinite(made).all()
    assert np.all(np.diff(made) >= 0)


def test_quantiles_give_a_normal_distribution():
    """The mean is 0 and the deviation 1; values outside the training range get its ends."""
    draw = np.random.default_rng(3)
    frame = pd.DataFrame({"x": draw.lognormal(sigma=2, size=5000)})
    spec = Transforms(by="quantile")
    state, out = spec.learn_apply(frame, None, None, 0)
    assert out["x"].mean() == pytest.approx(0, abs=0.02)
    assert out["x"].std() == pytest.approx(1, abs=0.05)
    ends = spec.apply(pd.DataFrame({"x": [-1e9, 1e9, np.nan]}), state)["x"]
    np.testing.assert_allclose(ends[:2], [-5.2, 5.2], atol=0.01)
    assert np.isnan(ends[2])


def test_power_of_a_column_known_in_few_rows():
    """It is estimated from the known values, wherever they are, not from rows without one."""
    known = np.random.default_rng(0).lognormal(size=2000)
    X = pd.DataFrame({"last": np.full(10_000, np.nan)})
    X.loc[1::5, "last"] = known
    spec = Transforms(by="yeo_johnson")
    power = spec.learn(X, None, None, 0)["shapes"]["last"]["power"]
    assert power == spec.learn(pd.DataFrame({"last": known}), None, None, 0)["shapes"]["last"]["power"]


def test_none_changes_nothing():
    """``none`` changes nothing and says so."""
    frame = pd.DataFrame({"x": np.arange(100.0) ** 4})
    state, out = Transforms(by="none").learn_apply(frame, None, None, 0)
    assert out is frame
    assert Transforms().notes(state)
