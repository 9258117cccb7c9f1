"""The numbers behind the findings: distributions, strengths, pairs, stability, duplicates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import roc_auc_score

from custpred.profile import _hash
from custpred.profile._compare import compare
from custpred.profile._hash import row_hashes
from custpred.profile._numbers import LEVELS, describe
from custpred.profile._plain import capped
from custpred.profile._run import profile
from custpred.profile._signal import Signal, codes_of_numbers, midranks
from custpred.profile._stability import stability
from custpred.profile._survey import survey
from custpred.profile.base import Check
from custpred.table import Column, Finding, Table
from custpred.task import Task

Customers = Callable[..., tuple[Table, np.ndarray, Task]]
Plant = Callable[..., Table]
BINARY, VALUES = Task("binary", "y", ("no", "yes")), Task("regression", "y")
numbers = arrays(float, st.integers(3, 60), elements=st.floats(-1e6, 1e6, width=32))


@given(numbers)
@settings(derandomize=True, max_examples=50, deadline=None)
def test_summaries_equal_pandas(values: np.ndarray) -> None:
    """For any numbers: mean, deviation, quantiles, distinct values and counts agree with pandas."""
    found, series = describe(values), pd.Series(values)
    scale = max(float(np.abs(values).max()), 1e-300)
    assert found.mean == pytest.approx(series.mean(), abs=1e-9 * scale)
    assert found.sd == pytest.approx(series.std(), abs=1e-6 * scale)
    assert found.quantiles == pytest.approx(series.quantile(list(LEVELS)).tolist(), abs=1e-9 * scale)
    assert found.distinct == series.nunique()
    assert found.zeros == (series == 0).sum()
    assert found.negatives == (series < 0).sum()
    assert found.top[1] == series.value_counts().max()


def test_shape_agrees_with_scipy() -> None:
    """Skewness and excess kurtosis equal scipy's, without missing and infinite values."""
    values = np.random.default_rng(0).lognormal(size=5_000)
    found = describe(np.r_[values, np.nan, np.inf])
    assert found.skew == pytest.approx(stats.skew(values))
    assert found.kurtosis == pytest.approx(stats.kurtosis(values))
    assert (found.rows, found.missing) == (5_002, 2)


def test_outliers_are_counted_by_hand() -> None:
    """Of 0..99 and 500: quartiles 25 and 75, fences -50 and 150; only 500 is beyond both."""
    found = describe(np.r_[np.arange(100.0), 500.0])
    assert (found.quantiles[2], found.quantiles[4]) == (25.0, 75.0)
    assert (found.beyond_fences, found.beyond_sd) == (1, 1)


@pytest.mark.parametrize(("far", "stored"), [(1, 5), (9, 5), (12, 12)])
def test_small_counts_are_not_stored(far: int, stored: int) -> None:
    """One to nine customers with outlying values or rare levels are stored as five."""
    values = np.r_[np.arange(500.0), np.full(far, 1e5)]
    levels = pd.Categorical(["common"] * 500 + ["rare"] * (far // 2) + ["other"] * (far - far // 2))
    columns = (Column("balance", "number"), Column("plan", "category"))
    table = Table(pd.DataFrame({"balance": values, "plan": levels}), columns)
    outlying = Check.parse("outlying").check(table).facts["columns"]["balance"]
    assert (outlying["fences"], outlying["sd"]) == (stored, stored)
    assert outlying["share"] == pytest.approx(stored / len(values), rel=1e-5)
    assert Check.parse("cardinality").check(table).facts["columns"]["plan"]["rare_rows"] == stored


@pytest.mark.parametrize(("far", "found"), [(1, False), (6, True)])
def test_a_small_count_decides_by_itself_whether_many_values_are_outlying(far: int, found: bool) -> None:
    """One of 40 is not a tenth, though the stored five of 40 would be."""
    table = Table(
        pd.DataFrame({"balance": np.r_[np.arange(40.0 - far), np.full(far, 1e5)]}), (Column("balance", "number"),)
    )
    result = Check.parse("outlying").check(table)
    assert result.facts["columns"]["balance"]["fences"] == 5
    assert any(each.code == "P161" for each in result.findings) == found


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_rounding_errors_are_no_span(sign: float) -> None:
    """A column of 0.3 and 0.1 + 0.2 has no span to measure distances in, whatever its sign."""
    values = sign * np.r_[np.full(50, 0.3), np.full(50, 0.1 + 0.2), 0.4, 0.2]
    table = Table(pd.DataFrame({"balance": values}), (Column("balance", "number"),))
    result = Check.parse("outlying").check(table)
    assert result.facts["columns"]["balance"]["farthest"] is None
    assert "P162" not in {finding.code for finding in result.findings}


def test_integers_have_integer_bins(customers: Customers, plant: Callable[..., Table]) -> None:
    """Bins of integers begin at integers and say so; a fraction makes them ordinary bins."""
    table, truth, task = customers()
    values = np.random.default_rng(0).integers(0, 72, len(table)).astype(float)
    for added, whole in ((0.0, True), (0.5, False)):
        planted = plant(table, "months", values + added * (np.arange(len(values)) == 0))
        bins = Check.parse("skew").check(planted, truth, task).facts["detail"]["months"]["bins"]
        inner = [each for each in bins if each["low"] is not None and each["high"] is not None]
        assert all(each.get("whole", False) == whole for each in inner)
        assert all(float(each["low"]).is_integer() for each in inner) == whole


def test_bins_hold_all_customers(customers: Customers) -> None:
    """Bins contain every row once, except small bins; targets average to the overall share."""
    table, truth, task = customers()
    detail = Check.parse("skew").check(table, truth, task).facts["detail"]
    assert set(detail) == {"age", "spend", "visits", "plan", "seen"}
    for column in detail.values():
        assert len(column["bins"]) <= 22
        few = sum(each["rows"] == 5 for each in column["bins"])
        assert abs(sum(each["rows"] for each in column["bins"]) - len(table)) <= 4 * few
        assert not any(0 < each["rows"] < 10 and each["rows"] != 5 for each in column["bins"])
        full = [each for each in column["bins"] if each["target"] is not None]
        assert all(each["rows"] >= 10 for each in full)
        mean = sum(each["rows"] * each["target"] for each in full) / sum(each["rows"] for each in full)
        assert mean == pytest.approx(truth.mean(), abs=0.01)


def test_levels_have_their_share(customers: Customers) -> None:
    """The target share of each level equals a plain count."""
    table, truth, task = customers()
    bins = Check.parse("skew").check(table, truth, task).facts["detail"]["plan"]["bins"]
    expected = pd.Series(truth).groupby(table.frame["plan"].to_numpy()).mean()
    assert {each["level"]: each["target"] for each in bins} == pytest.approx(expected.to_dict(), rel=1e-5)


def test_several_classes_have_a_share_each(customers: Customers) -> None:
    """With three classes each bin has three shares that sum to 1."""
    detail = Check.parse("skew").check(*customers("multiclass")).facts["detail"]
    shares = [each["target"] for each in detail["plan"]["bins"]]
    assert all(len(each) == 3 and sum(each) == pytest.approx(1, abs=1e-3) for each in shares)


def test_dates_are_shown_as_days(customers: Customers) -> None:
    """Bins of dates are days, open at both ends."""
    bins = Check.parse("skew").check(*customers()).facts["detail"]["seen"]["bins"]
    assert bins[0]["from"] is None
    assert bins[-1]["to"] is None
    assert "2020-01-01" <= bins[0]["to"] <= "2020-06-30"


def test_rare_levels_are_merged(plant: Plant, customers: Customers) -> None:
    """Levels of fewer than ten rows become 'other', hidden if it is small too."""
    table, truth, task = customers()
    values = pd.Categorical(np.r_[["rare a"] * 4, ["rare b"] * 5, ["common"] * (len(table) - 9)])
    bins = (
        Check.parse("skew").check(plant(table, "shop", values, "category"), truth, task).facts["detail"]["shop"]["bins"]
    )
    assert [(each["level"], each["rows"]) for each in bins] == [("common", 1_991), ("other", 5)]
    assert bins[1]["target"] is None


def test_missingness_is_compared_by_hand() -> None:
    """40 of 100 with and 20 of 100 without: shares 0.4 and 0.2, chi-squared 9.52, V 0.218."""
    group, truth = np.repeat([True, False], 100), np.r_[np.arange(100) < 40, np.arange(100) < 20].astype(int)
    found = compare(group, truth, BINARY)
    assert (found.inside, found.outside) == (0.4, 0.2)
    assert found.effect == pytest.approx(np.sqrt(200 * (40 * 80 - 20 * 60) ** 2 / (60 * 140 * 100 * 100) / 200))
    assert found.p == pytest.approx(stats.chi2_contingency([[40, 60], [20, 80]], correction=False).pvalue)


def test_missing_values_are_counted(customers: Customers) -> None:
    """Each column's missing values, and the targets of those with and without a value."""
    table, truth, task = customers("regression")
    facts = Check.parse("missingness").check(table, truth, task).facts
    gaps = table.frame["spend"].isna()
    assert set(facts["columns"]) == {"spend"}
    assert facts["columns"]["spend"]["missing"] == gaps.sum()
    assert facts["columns"]["spend"]["target_missing"] == pytest.approx(truth[gaps].mean(), rel=1e-5)


def test_strength_of_a_monotone_relation_is_its_gini() -> None:
    """For a number that rises with the probability, it is near 2 AUC - 1."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 8_000)
    values = rng.normal(truth, 1.0)
    found = Signal(truth, BINARY).strength(*codes_of_numbers(values))
    assert found == pytest.approx(2 * roc_auc_score(truth, values) - 1, abs=0.02)


def test_strength_detects_relations_that_are_not_monotone() -> None:
    """A number whose middle values have the outcome is strong, although not by rank."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=8_000)
    truth = (np.abs(values) < 0.6).astype(int)
    assert Signal(truth, BINARY).strength(*codes_of_numbers(values)) > 0.9
    assert Signal(np.abs(values), VALUES).strength(*codes_of_numbers(values)) > 0.9


@pytest.mark.parametrize("task", [BINARY, VALUES], ids=lambda task: task.kind)
def test_random_levels_have_no_strength(task: Task) -> None:
    """Hundreds of random levels have no strength out of fold."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 3_000) if task is BINARY else rng.normal(size=3_000)
    assert Signal(truth, task).strength(rng.integers(0, 900, 3_000)) < 0.08


@given(arrays(float, st.integers(1, 50), elements=st.one_of(st.integers(-5, 5).map(float), st.just(np.nan))))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_midranks_are_mean_ranks(values: np.ndarray) -> None:
    """Mid-ranks are scipy's minus a half, with ties; missing values are in the middle."""
    there = ~np.isnan(values)
    expected = np.full(len(values), len(values) / 2)
    if there.any():
        expected[there] = stats.rankdata(values[there]) - 0.5
    assert midranks(values) == pytest.approx(expected)


def test_strong_columns_come_first(customers: Customers) -> None:
    """Associations list the strongest first, with the level that chance may reach."""
    facts = Check.parse("associations").check(*customers()).facts
    strengths = list(facts["strength"].values())
    assert strengths == sorted(strengths, reverse=True)
    assert facts["strength"]["age"] > 3 * facts["noise"] > facts["strength"]["seen"]


def test_pairs_of_every_kind(plant: Plant, customers: Customers) -> None:
    """Pairs of any kinds are found on one scale; independent ones are near 0."""
    table, truth, task = customers()
    rng = np.random.default_rng(3)
    table = plant(table, "years", -(table.frame["age"] ** 3))
    letters = table.frame["plan"].astype(str).str.upper().to_numpy(dtype=object)
    letters[rng.random(len(letters)) < 0.1] = "NONE"
    table = plant(table, "tariff", pd.Categorical(letters), "category")
    table = plant(table, "price", table.frame["plan"].cat.codes * 10 + rng.normal(size=len(letters)))
    facts = Check.parse("associations").check(table, truth, task).facts
    found = {frozenset(pair["columns"]): pair["strength"] for pair in facts["pairs"]}
    assert found[frozenset({"age", "years"})] > 0.98
    assert 0.7 < found[frozenset({"plan", "tariff"})] < 1
    assert found[frozenset({"plan", "price"})] > 0.9
    assert found[frozenset({"age", "spend"})] < 0.1


def test_stability_by_hand() -> None:
    """Shares 0.5/0.5 before and 0.9/0.1 after: (0.4) ln(1.8) + (-0.4) ln(0.2) = 0.879, nearly."""
    codes = np.r_[np.arange(10_000) % 2, (np.arange(10_000) % 10 == 0).astype(int)]
    late = np.repeat([False, True], 10_000)
    found, noise, limit = stability(codes, late)
    assert found == pytest.approx(0.4 * np.log(1.8) - 0.4 * np.log(0.2), rel=0.01)
    assert noise == pytest.approx(2 / 10_000, rel=0.01)
    assert limit == pytest.approx(noise * stats.chi2.ppf(0.999, 1), rel=0.05)


def test_drift_names_what_it_compares(plant: Plant, customers: Customers) -> None:
    """Drift compares by date if there is one, else by row order; verdicts have colours."""
    table, truth, task = customers()
    facts = Check.parse("drift").check(table, truth, task).facts
    assert (facts["by"], facts["verdict"]) == ("seen", "green")
    undated = plant(table.drop("seen"), "price", np.random.default_rng(0).normal(np.arange(len(table)) / 500, 1.0))
    facts = Check.parse("drift").check(undated, truth, task).facts
    assert (facts["by"], facts["verdict"]) == ("row order", "red")
    assert next(iter(facts["psi"])) == "price"


def test_a_joining_date_is_not_a_calendar(plant: Plant, customers: Customers) -> None:
    """Rows are compared by order instead, without columns derived from the date."""
    table, truth, task = customers()
    tenure = -table.frame["seen"].astype("int64") / 1e15
    aged = plant(table, "tenure", tenure)
    facts = Check.parse("drift").check(aged, truth, task).facts
    assert "tenure" not in facts["psi"]
    joined = Table(
        aged.frame.rename(columns={"seen": "joined"}),
        tuple(Column("joined", "date") if column.name == "seen" else column for column in aged.columns),
        key="customer",
    )
    facts = Check.parse("drift").check(joined, truth, task).facts
    assert (facts["by"], facts["verdict"]) == ("row order", "green")


def test_samples_keep_rare_classes() -> None:
    """Of 100,000 rows 20,000 are sampled, with all 500 positives, deterministically."""
    truth = (np.arange(100_000) % 200 == 0).astype(int)
    table = Table(pd.DataFrame({"x": np.arange(100_000.0)}), (Column("x", "number"),))
    rows, chance = survey(table, truth, BINARY).sample
    assert (chance, len(np.unique(rows)), truth[rows].sum()) == (20_000, len(rows), 500)
    assert np.array_equal(rows, survey(table, truth.copy(), BINARY).sample[0])


def test_equal_rows_have_equal_hashes() -> None:
    """Rows are equal if all columns are; one different cell changes the hash."""
    frame = pd.DataFrame(
        {
            "n": [1.0, 1.0, 2.0, np.nan, np.nan],
            "c": pd.Categorical(["a", "a", "a", None, None]),
            "d": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-01", None, None]),
            "t": np.array(["x", "x", "x", None, "y"], dtype=object),
        }
    )
    first, second, third, fourth, fifth = row_hashes(frame, list(frame))
    assert first == second
    assert len({first, third, fourth, fifth}) == 4
    assert row_hashes(frame, ["n", "c", "d"])[3] == row_hashes(frame, ["n", "c", "d"])[4]


def test_equal_rows_far_apart_have_equal_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are hashed in blocks, which do not affect the hashes."""
    order = np.random.default_rng(0).integers(0, 20, 500)
    frame = pd.DataFrame(
        {
            "n": order / 7,
            "c": pd.Categorical.from_codes(order % 5, list("abcde")),
            "t": np.array([f"text {each}" for each in order], dtype=object),
            "s": pd.array([f"text {each}" for each in order], dtype="string"),
        }
    )
    whole = row_hashes(frame, list(frame))
    monkeypatch.setattr(_hash, "_BLOCK", 64)
    np.testing.assert_array_equal(row_hashes(frame, list(frame)), whole)
    assert all(len(set(whole[order == each].tolist())) == 1 for each in set(order.tolist()))


def test_long_lists_are_cut() -> None:
    """Beyond the limit, one finding counts the omitted ones."""
    many = [Finding("P131", "info", f"column {number}") for number in range(30)]
    found = capped(many, most=20)
    assert len(found) == 21
    assert found[-1].numbers == {"columns": 10}


def _columns(rows: int) -> st.SearchStrategy[tuple[str, object]]:
    floats = st.floats(allow_nan=True, allow_infinity=True)
    texts = st.one_of(st.none(), st.text(max_size=5))
    return st.one_of(
        arrays(float, rows, elements=floats).map(lambda values: ("number", values)),
        arrays(float, rows, elements=st.integers(0, 3).map(float)).map(lambda values: ("code", values)),
        st.lists(texts, min_size=rows, max_size=rows).map(lambda values: ("category", pd.Categorical(values))),
        st.lists(texts, min_size=rows, max_size=rows).map(lambda values: ("text", np.array(values, dtype=object))),
        arrays("datetime64[s]", rows).map(lambda values: ("date", values)),
    )


@st.composite
def _tables(draw: st.DrawFn) -> tuple[Table, np.ndarray, Task]:
    rows = draw(st.integers(0, 50))
    made = draw(st.lists(_columns(rows), min_size=1, max_size=5))
    columns = tuple(Column(f"c{place}", kind) for place, (kind, _) in enumerate(made))  # type: ignore[arg-type]
    frame = pd.DataFrame({f"c{place}": values for place, (_, values) in enumerate(made)}, index=range(rows))
    task = draw(st.sampled_from([BINARY, VALUES, Task("multiclass", "y", ("a", "b", "c"))]))
    truth = np.arange(rows) % (task.classes or 7)
    return Table(frame, columns), truth if task.classes else truth * 0.5, task


@given(_tables())
@settings(derandomize=True, max_examples=50, deadline=None)
def test_any_table_can_be_profiled(case: tuple[Table, np.ndarray, Task]) -> None:
    """For any typed table, no check fails."""
    found = profile(*case)
    assert [finding.text for check in found.values() for finding in check.findings if finding.code == "P999"] == []


@pytest.mark.parametrize(("shared", "least"), [(9, None), (10, -5.0)])
def test_a_minimum_is_shown_if_ten_customers_share_it(
    shared: int, least: float | None, plant: Plant, customers: Customers
) -> None:
    """With fewer than ten rows it is hidden, like any other extreme."""
    table, truth, task = customers()
    values = np.arange(len(table), dtype=float)
    values[:shared] = -5.0
    facts = Check.parse("skew").check(plant(table, "balance", values), truth, task).facts["columns"]["balance"]
    assert (facts["count"], facts["min"], facts["max"]) == (len(table), least, None)


def test_the_most_common_level_is_shown_if_ten_customers_have_it(plant: Plant, customers: Customers) -> None:
    """A level of ten rows may be shown, one of nine may not."""
    table, truth, task = customers()
    levels = np.array([f"shop {i // 9}" for i in range(len(table))], dtype=object)
    many = np.where(np.arange(len(table)) < 10, "city", levels)
    few = Check.parse("cardinality").check(plant(table, "shop", pd.Categorical(levels), "category"), truth, task)
    some = Check.parse("cardinality").check(plant(table, "shop", pd.Categorical(many), "category"), truth, task)
    assert "common" not in few.facts["columns"]["shop"]
    assert (some.facts["columns"]["shop"]["common"], some.facts["columns"]["shop"]["common_rows"]) == ("city", 10)
