"""Regression targets: transformed, transformed back, with the right mean."""

from __future__ import annotations

import numpy as np
import pytest

from custpred.errors import NotApplicable
from custpred.models._target import Link, transform_of

SPEND = np.random.default_rng(0).lognormal(5, 1, 4000)


@pytest.mark.parametrize("turn", ["plain", "log", "ratio"])
def test_a_perfect_score_gives_the_target_back(turn: str) -> None:
    """The link inverts ``inner``; a ratio's score is its log."""
    link = Link.learn(SPEND, None, turn)
    score = np.log(link.inner(SPEND)) if turn == "ratio" else link.inner(SPEND)
    np.testing.assert_allclose(link.value(score), SPEND, rtol=1e-9)


def test_duan_by_hand() -> None:
    """By hand: scores that miss log1p by +1 and -1 give the factor (e + 1/e) / 2 = cosh 1."""
    y = np.expm1(np.array([3.0, 1.0]))
    link = Link(start=0, slope=1, exponential=True, shift=1, high=100)
    assert link.smeared(y, np.array([2.0, 2.0]), None).scale == pytest.approx(np.cosh(1))


def test_smearing_restores_the_mean() -> None:
    """The constant log model predicts the geometric mean; with Duan's factor the mean."""
    link = Link.learn(SPEND, None, "log")
    flat = np.zeros(len(SPEND))
    assert link.value(flat).mean() < 0.75 * SPEND.mean()
    assert link.smeared(SPEND, flat, None).value(flat).mean() == pytest.approx(SPEND.mean(), rel=1e-6)


def test_log_models_do_not_explode() -> None:
    """A score far beyond training is limited near its largest value; reasons add up."""
    link = Link.learn(SPEND, None, "log")
    assert link.value(np.array([50.0]))[0] < 2 * SPEND.max()
    parts = np.array([[20.0, 30.0, 0.0]])
    assert link.parts(parts).sum() == pytest.approx(link.value(np.array([50.0]))[0])


@pytest.mark.parametrize("turn", ["log", "ratio"])
def test_negative_targets_have_no_log(turn: str) -> None:
    """A target with negative values is declined, with the reason."""
    with pytest.raises(NotApplicable, match="negative"):
        Link.learn(np.array([-1.0, 2.0]), None, turn)


@pytest.mark.parametrize(
    ("y", "expected"),
    [(SPEND, "log"), (-SPEND, "plain"), (np.log(SPEND), "plain"), (np.ones(9), "plain")],
    ids=["spend", "negative", "symmetric", "constant"],
)
def test_auto_takes_the_log_of_skewed_amounts_only(y: np.ndarray, expected: str) -> None:
    """``auto`` is the log for skewed amounts of 0 or more, otherwise the plain value."""
    assert transform_of(y, "auto") == expected


def test_a_constant_target_is_predicted_exactly() -> None:
    """A constant target has a slope of 1, so nothing is divided by 0."""
    link = Link.learn(np.full(5, 3.0), None, "plain")
    np.testing.assert_allclose(link.value(link.inner(np.full(5, 3.0))), 3.0)


def test_links_are_plain_data() -> None:
    """A link restored from its dump gives the same values."""
    link = Link.learn(SPEND, None, "log")
    assert Link(**link.dump()) == link
