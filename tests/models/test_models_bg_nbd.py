"""BG/NBD: published values, equations by other means, parameter recovery, edge cases."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1
from scipy.stats import beta, gamma

from custpred.errors import NotApplicable
from custpred.models._histories import bg_nbd, gamma_gamma
from custpred.models._histories.bg_nbd import Histories, Window
from custpred.models.bg_nbd import BGNBD
from custpred.task import Fit, Rows, Task

PUBLISHED = np.array([0.243, 4.414, 0.793, 2.426])
WEEK = 7.0
BINARY, AMOUNT = Task("binary", "buys", ("no", "yes")), Task("regression", "spend")


def histories(*rows: tuple[float, float, float]) -> Histories:
    """Return one history per customer: x, t_x, T."""
    return Histories(*np.array(rows, dtype=float).reshape(-1, 3).T, np.ones(len(rows)))


def simulated(parameters: np.ndarray, customers: int, seed: int, age: float = 40.0) -> tuple[Histories, np.ndarray]:
    """Simulate customers; return histories and the number of purchases in the next 20."""
    draw = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    pace, leaves = draw.gamma(r, 1 / alpha, customers), draw.beta(a, b, customers)
    ages, rows, later = draw.uniform(age / 2, age, customers), [], []
    for rate, chance, whole in zip(pace, leaves, ages, strict=True):
        now, last, repeats, after = 0.0, 0.0, 0, 0
        while (now := now + draw.exponential(1 / rate)) < whole + 20:
            repeats, last, after = (repeats + 1, now, after) if now < whole else (repeats, last, after + 1)
            if draw.random() < chance:
                break
        rows.append((repeats, last, whole))
        later.append(after)
    return histories(*rows), np.array(later)


def orders_table(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Return prepared columns of a table named orders, in days, with amounts around 30."""
    of, _ = simulated(np.array([0.8, 20.0, 0.8, 2.5]), rows, seed, age=300.0)
    mean = np.where(of.repeats > 0, np.random.default_rng(seed).gamma(6, 5, rows), np.nan)
    return pd.DataFrame(
        {
            "orders_repeats": of.repeats,
            "orders_days_first_to_last": of.last,
            "orders_days_since_first": of.age,
            "orders_mean_repeat_amount": mean,
        }
    )


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """Return the 1/10 sample of CDNOW: customer, day, amount of the day."""
    path = (
        Path(os.environ.get("CUSTPRED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "cdnow/CDNOW_sample.txt"
    )
    if not path.exists():
        pytest.skip("CUSTPRED_DATA has no cdnow/CDNOW_sample.txt")
    names = ["old", "customer", "day", "discs", "amount"]
    events = pd.read_csv(path, sep=r"\s+", header=None, names=names)
    events["day"] = pd.to_datetime(events["day"].astype(str), format="%Y%m%d")
    return events.groupby(["customer", "day"], as_index=False)["amount"].sum()


def calibration(events: pd.DataFrame) -> pd.DataFrame:
    """Return x, t_x, T in weeks up to the end of week 39, with the mean amount of repeat days."""
    end = pd.Timestamp("1997-09-30")
    seen = events[events["day"] <= end]
    found = seen.groupby("customer")["day"].agg(["min", "max", "count"])
    later = seen[seen["day"] > seen["customer"].map(found["min"])]
    return pd.DataFrame(
        {
            "x": found["count"] - 1.0,
            "t_x": (found["max"] - found["min"]).dt.days / WEEK,
            "T": (end - found["min"]).dt.days / WEEK,
            "mean": later.groupby("customer")["amount"].mean().reindex(found.index),
        }
    )


@pytest.mark.real
def test_cdnow_gives_the_published_parameters(cdnow: pd.DataFrame) -> None:
    """Fader et al. (2005), table 2: r 0.243, alpha 4.414, a 0.793, b 2.426, LL -9582.4."""
    found = calibration(cdnow)
    of = Histories.grouped(found["x"].to_numpy(), found["t_x"].to_numpy(), found["T"].to_numpy())
    parameters = bg_nbd.fit(of)
    np.testing.assert_allclose(parameters, PUBLISHED, atol=0.001)
    assert bg_nbd.log_likelihood(parameters, of)[0] == pytest.approx(-9582.4, abs=0.05)


@pytest.mark.real
def test_cdnow_gives_the_published_spend(cdnow: pd.DataFrame) -> None:
    """Fader and Hardie (2013): p 6.25, q 3.74, gamma 15.44 from the 946 customers who came back."""
    back = calibration(cdnow).dropna()
    assert len(back) == 946
    found = gamma_gamma.fit(back["x"].to_numpy(), back["mean"].to_numpy())
    np.testing.assert_allclose(found, [6.25, 3.74, 15.44], atol=0.01)


@pytest.mark.real
def test_cdnow_purchases_are_predicted(cdnow: pd.DataFrame) -> None:
    """Purchases in the next 39 weeks are predicted within 15 %, with a rank correlation of .6."""
    found = calibration(cdnow)
    of = Histories(found["x"].to_numpy(), found["t_x"].to_numpy(), found["T"].to_numpy(), np.ones(len(found)))
    expected = bg_nbd.expected_orders(PUBLISHED, of, Window(0, 39))
    later = cdnow[cdnow["day"] > "1997-09-30"].groupby("customer").size().reindex(found.index, fill_value=0)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.15)
    assert np.corrcoef(expected, later)[0, 1] > 0.6


def test_the_example_of_the_paper() -> None:
    """For x = 2, t_x = 30.43, T = 38.86: 1.226 purchases in 39 weeks."""
    found = bg_nbd.expected_orders(PUBLISHED, histories((2, 30.43, 38.86)), Window(0, 39))
    assert found[0] == pytest.approx(1.226, abs=0.0005)


@pytest.mark.parametrize("parameters", [PUBLISHED, np.array([1.7, 12.0, 2.4, 9.0]), np.array([0.05, 0.8, 0.1, 0.4])])
def test_expected_orders_are_the_closed_form(parameters: np.ndarray) -> None:
    """Without a lead time the mean over p is equation 10 with the hypergeometric function."""
    r, alpha, a, b = parameters
    of = histories((1, 3, 20), (2, 30, 38), (9, 33, 38), (40, 38, 38.5))
    x, t = of.repeats, 39.0
    z = t / (alpha + of.age + t)
    other = 1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    odds = a / (b + x - 1) * ((alpha + of.age) / (alpha + of.last)) ** (r + x)
    expected = (a + b + x - 1) / (a - 1) * other / (1 + odds)
    np.testing.assert_allclose(bg_nbd.expected_orders(parameters, of, Window(0, t)), expected, rtol=1e-6)


@pytest.mark.parametrize("gap", [0.0, 8.0])
def test_the_probability_of_a_purchase_is_the_integral(gap: float) -> None:
    """P(alive) times the mean of exp(-lambda p g) (1 - exp(-lambda h)) over the posterior."""
    r, alpha, a, b = PUBLISHED
    of, length, marks = histories((3, 20, 30)), 12.0, (np.arange(2_000) + 0.5) / 2_000
    pace, leaving = gamma(r + 3, scale=1 / (alpha + 30)).ppf(marks), beta(a, b + 3).ppf(marks)
    whole = (np.exp(-np.outer(leaving, pace) * gap) * -np.expm1(-pace * length)).mean()
    found = bg_nbd.chance_of_purchase(PUBLISHED, of, Window(gap, length))
    assert found[0] == pytest.approx(whole * bg_nbd.alive(PUBLISHED, of)[0], rel=1e-3)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    parameters=st.tuples(*[st.floats(-4, 4)] * 4),
    x=st.integers(0, 60),
    parts=st.tuples(st.floats(0, 1), st.floats(0.01, 300)),
    window=st.tuples(st.floats(0, 100), st.floats(0.01, 200)),
)
def test_predictions_are_valid_and_grow_with_the_horizon(
    parameters: tuple[float, ...], x: int, parts: tuple[float, float], window: tuple[float, float]
) -> None:
    """Probabilities are in [0, 1], at most the expected count, and rise with the horizon."""
    chosen = np.exp(parameters)
    of = histories((x, parts[0] * parts[1] * (x > 0), parts[1]))
    short, long = Window(*window), Window(window[0], 2 * window[1])
    chances = [bg_nbd.chance_of_purchase(chosen, of, each)[0] for each in (short, long)]
    orders = [bg_nbd.expected_orders(chosen, of, each)[0] for each in (short, long)]
    assert 0 <= chances[0] <= chances[1] <= 1
    assert 0 <= orders[0] <= orders[1]
    assert np.isfinite(orders[1])
    assert all(chance <= order * (1 + 1e-6) for chance, order in zip(chances, orders, strict=True))


def test_a_window_is_the_difference_of_two_horizons() -> None:
    """Purchases after a lead time are a difference of horizons; probabilities at most that."""
    of = histories((0, 0, 10), (3, 20, 30), (12, 29, 30))
    after, upto, whole = (
        bg_nbd.expected_orders(PUBLISHED, of, each) for each in (Window(9, 30), Window(0, 9), Window(0, 39))
    )
    np.testing.assert_allclose(after, whole - upto, rtol=1e-6)
    late = bg_nbd.chance_of_purchase(PUBLISHED, of, Window(9, 30))
    assert (late < bg_nbd.chance_of_purchase(PUBLISHED, of, Window(0, 39))).all()


def test_the_gradient_is_the_slope_of_the_likelihood() -> None:
    """The analytic gradients of both likelihoods equal finite differences."""
    of = histories((0, 0, 12), (1, 3, 20), (2, 30, 38), (9, 33, 38))
    point = np.array([0.4, 3.0, 0.7, 2.0])
    slope = approx_fprime(point, lambda each: bg_nbd.log_likelihood(each, of)[0], 1e-7)
    np.testing.assert_allclose(bg_nbd.log_likelihood(point, of)[1], slope, rtol=1e-4)
    x, mean, point = np.array([1.0, 4.0, 9.0]), np.array([20.0, 35.0, 11.0]), np.array([3.0, 4.0, 12.0])
    slope = approx_fprime(point, lambda each: gamma_gamma.log_likelihood(each, x, mean)[0], 1e-7)
    np.testing.assert_allclose(gamma_gamma.log_likelihood(point, x, mean)[1], slope, rtol=1e-4)


def test_equal_histories_are_grouped() -> None:
    """Grouping does not change the likelihood."""
    rows = [(1, 3, 20), (0, 0, 12), (1, 3, 20), (1, 3, 20)]
    single = histories(*rows)
    grouped = Histories.grouped(*np.array(rows, dtype=float).T)
    assert sorted(grouped.customers) == [1, 3]
    expected = bg_nbd.log_likelihood(PUBLISHED, single)[0]
    assert bg_nbd.log_likelihood(PUBLISHED, grouped)[0] == pytest.approx(expected)


def test_parameters_of_simulated_customers_are_recovered() -> None:
    """From 4,000 simulated customers the means of both distributions are recovered."""
    truth = np.array([0.8, 6.0, 0.9, 3.0])
    of, later = simulated(truth, 4_000, seed=3)
    found = bg_nbd.fit(Histories.grouped(of.repeats, of.last, of.age))
    assert found[0] / found[1] == pytest.approx(truth[0] / truth[1], rel=0.1)
    assert found[2] / (found[2] + found[3]) == pytest.approx(truth[2] / (truth[2] + truth[3]), rel=0.15)
    expected = bg_nbd.expected_orders(found, of, Window(0, 20))
    assert expected.sum() == pytest.approx(later.sum(), rel=0.05)
    chances = bg_nbd.chance_of_purchase(found, of, Window(0, 20))
    assert chances.mean() == pytest.approx((later > 0).mean(), abs=0.02)


def test_the_unit_of_time_does_not_matter() -> None:
    """Days instead of weeks give alpha times seven and the same probabilities."""
    of, _ = simulated(np.array([0.8, 6.0, 0.9, 3.0]), 500, seed=4)
    days = of._replace(last=of.last * WEEK, age=of.age * WEEK)
    weekly, daily = bg_nbd.fit(of), bg_nbd.fit(days)
    np.testing.assert_allclose(daily, weekly * [1, WEEK, 1, 1], rtol=1e-3)


@pytest.mark.parametrize(
    "rows", [[(0, 0, 0)] * 12, [(0, 0, 30)] * 12, [(5, 28, 28)] * 12, [(0, 0, 1e-9), (900, 400, 700)]]
)
def test_unusual_histories_are_scored(rows: list[tuple[float, float, float]]) -> None:
    """With only repeat or only new customers, parameters and probabilities are finite."""
    of = histories(*rows)
    parameters = bg_nbd.fit(Histories.grouped(of.repeats, of.last, of.age))
    chances = bg_nbd.chance_of_purchase(parameters, of, Window(0, 30))
    assert np.isfinite(parameters).all()
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (bg_nbd.alive(parameters, of)[of.repeats == 0] == 1).all()


def test_expected_amounts_lie_between_the_customers_mean_and_everyones() -> None:
    """With purchases the expectation nears the customer's mean; without it is everyone's."""
    p, q, scale = parameters = np.array([6.25, 3.74, 15.44])
    everyone = p * scale / (q - 1)
    found = gamma_gamma.expected_amount(parameters, np.array([0.0, 1.0, 20.0]), np.array([np.nan, 80.0, 80.0]))
    assert found[0] == pytest.approx(everyone)
    assert everyone < found[1] < found[2] < 80


@pytest.mark.parametrize(("asks", "sign"), [("event", 1), ("no_event", -1)])
def test_the_target_decides_the_sign(asks: str, sign: int) -> None:
    """Purchase and no purchase have opposite logits; customers long gone buy less likely."""
    X = orders_table()
    model, fit = BGNBD(horizon=60, asks=asks), Fit(BINARY)
    fitted = model.train(Rows(X, np.arange(len(X)) % 2), None, fit)
    gone = pd.DataFrame(
        {
            "orders_repeats": [8.0, 8.0],
            "orders_days_first_to_last": [20.0, 290.0],
            "orders_days_since_first": [300.0] * 2,
        }
    )
    raw = sign * model.raw(fitted, gone, fit)
    assert raw[0] < raw[1]


def test_amounts_are_orders_times_their_amount() -> None:
    """Expected spend is the expected number of purchases times the expected amount of one."""
    X, fit = orders_table(), Fit(AMOUNT)
    y = np.random.default_rng(0).gamma(2, 20, len(X))
    spend, count = BGNBD(horizon=60, asks="amount"), BGNBD(horizon=60, asks="count")
    learned = spend.train(Rows(X, y), None, fit)
    single = gamma_gamma.expected_amount(
        learned.amounts, X["orders_repeats"].to_numpy(), X["orders_mean_repeat_amount"].to_numpy()
    )
    orders = count.raw(count.train(Rows(X, y), None, fit), X, fit)
    np.testing.assert_allclose(spend.raw(learned, X, fit), orders * single)


def test_customers_without_a_history_get_the_mean_of_such_customers() -> None:
    """Without earlier purchases, the prediction is the mean of such training customers."""
    X = orders_table(100)
    X.iloc[:40] = np.nan
    y = np.where(np.arange(100) < 40, 7.0, 100.0)
    model, fit = BGNBD(asks="count"), Fit(AMOUNT)
    assert model.raw(model.train(Rows(X, y), None, fit), X, fit)[:40] == pytest.approx(7.0)


def test_a_table_without_a_history_is_declined() -> None:
    """The reason names the required columns; with two histories one must be chosen."""
    X, y = orders_table(50), np.arange(50) % 2
    with pytest.raises(NotApplicable, match="orders_repeats"):
        BGNBD(of="orders").train(Rows(X[["orders_repeats"]], y), None, Fit(BINARY))
    with pytest.raises(NotApplicable, match="No training customer"):
        BGNBD().train(Rows(X * np.nan, y), None, Fit(BINARY))
    both = pd.concat([X, X.rename(columns=lambda name: name.replace("orders", "visits"))], axis=1)
    with pytest.raises(NotApplicable, match="choose one with"):
        BGNBD().train(Rows(both, y), None, Fit(BINARY))
    assert BGNBD(of="visits").train(Rows(both, y), None, Fit(BINARY)).table == "visits"


def test_an_unpacked_model_scores_the_same() -> None:
    """Plain data is all that the model needs, and probabilities are never 0 or 1."""
    X, fit = orders_table(), Fit(BINARY)
    model = BGNBD(horizon=3650)
    fitted = model.train(Rows(X, np.arange(len(X)) % 2), None, fit)
    again = model.unpack(model.pack(fitted), fit)
    np.testing.assert_array_equal(model.raw(again, X, fit), model.raw(fitted, X, fit))
    assert np.abs(model.raw(fitted, X, fit)).max() < 14
