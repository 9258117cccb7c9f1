"""Reasons add up to the shown number, for any map."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.calibrate.base import Calibrate
from custpred.explain.reasons import attributions, by_source, sentences
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))
THREE = Task("multiclass", "plan", ("a", "b", "c"))


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(z / 2)


def staircase() -> object:
    """Return an isotonic map fitted to a step."""
    rng = np.random.default_rng(0)
    raw = rng.normal(size=3000)
    truth = (rng.random(3000) < np.select([raw < 0, raw < 0.7], [0.05, 0.5], 0.9)).astype(int)
    spec = Calibrate.parse("isotonic")
    state = spec.learn(raw, truth, BINARY)
    return lambda z: spec.apply(z, state, BINARY)[:, 1]


MAPS = {"sigmoid": sigmoid, "steep": lambda z: sigmoid(8 * z - 3), "isotonic": staircase()}


@pytest.mark.parametrize("name", MAPS)
@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    columns=st.integers(1, 12),
    size=st.sampled_from([0.0, 1e-9, 1e-6, 1e-3, 1.0, 5.0]),
    start=st.floats(-4, 4),
)
def test_points_add_up_to_the_prediction(name: str, seed: int, columns: int, size: float, start: float) -> None:
    """Start plus points is the calibrated probability within 1e-9, for any contributions."""
    g = MAPS[name]
    phi = size * np.random.default_rng(seed).normal(size=(20, columns))
    parts = attributions(phi, start, g)
    assert parts.shape == phi.shape
    assert np.allclose(g(np.full(20, start)) + parts.sum(axis=1), g(start + phi.sum(axis=1)), atol=1e-9)


def test_contributions_that_cancel_keep_their_size() -> None:
    """+2 and -2 from a start of 0: the points are 2 g'(0) = 0.5 and -0.5, the limit."""
    assert attributions(np.array([[2.0, -2.0]]), 0.0, sigmoid)[0] == pytest.approx([0.5, -0.5], abs=1e-6)


def test_points_are_the_path_integral() -> None:
    """They equal the integral of phi g'(z) along the path, with 20,000 midpoints."""
    phi, start = np.array([[1.5, -0.4, 0.7]]), -1.0
    middle = start + phi.sum() * (np.arange(20_000) + 0.5) / 20_000
    slope = (sigmoid(middle) * (1 - sigmoid(middle))).mean()
    assert attributions(phi, start, sigmoid)[0] == pytest.approx(phi[0] * slope, abs=1e-8)


def test_a_column_without_contribution_gets_no_point() -> None:
    """Zero in the raw score is zero in points."""
    assert attributions(np.array([[0.0, 1.0]]), np.array([0.3]), sigmoid)[0, 0] == 0.0


def test_points_of_a_class_are_the_path_integral() -> None:
    """They equal the integral of the softmax's gradient along the path, with 20,000 midpoints."""
    phi, start = np.random.default_rng(2).normal(size=(4, 3)), np.array([0.3, -0.2, 0.4])
    way = (np.arange(20_000) + 0.5)[:, None] / 20_000
    chance = THREE.inverse_link(start + way * phi.sum(axis=0))
    slopes = (chance[:, [1]] * (np.eye(3)[1] - chance)).mean(axis=0)
    found = attributions(phi[None], start, THREE.inverse_link, np.array([1]))[0]
    assert found == pytest.approx(phi @ slopes, abs=1e-7)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), size=st.sampled_from([0.0, 1e-6, 0.5, 4.0]))
def test_points_of_several_classes_add_up(seed: int, size: float) -> None:
    """The probability of the most likely class is its start plus its points within 1e-9."""
    rng = np.random.default_rng(seed)
    phi, start = size * rng.normal(size=(10, 4, 3)), rng.normal(size=3)
    parts, last, first = (
        attributions(phi, start, THREE.inverse_link),
        THREE.inverse_link(start + phi.sum(axis=1)),
        THREE.inverse_link(start[None]),
    )
    likeliest = last.argmax(axis=1)
    assert np.allclose(first[0, likeliest] + parts.sum(axis=1), last.max(axis=1), atol=1e-9)


def test_the_requested_class_is_explained() -> None:
    """A contribution to class 1 alone raises class 1 and lowers class 0."""
    phi = np.zeros((1, 2, 3))
    phi[0, 0, 1] = 2.0
    raised = attributions(phi, np.zeros(3), THREE.inverse_link, np.array([1]))[0]
    lowered = attributions(phi, np.zeros(3), THREE.inverse_link, np.array([0]))[0]
    assert raised[0] == pytest.approx(np.exp(2) / (np.exp(2) + 2) - 1 / 3)
    assert lowered[0] == pytest.approx(-raised[0] / 2)
    assert raised[1] == pytest.approx(0.0, abs=1e-9)


def test_two_classes_are_explained_like_one_raw_score() -> None:
    """Log-probabilities of two classes give the same points as their logit."""
    phi = np.random.default_rng(1).normal(size=(5, 3))
    both = attributions(np.stack([-phi / 2, phi / 2], axis=2), 0.0, THREE.inverse_link, np.ones(5, dtype=int))
    assert both == pytest.approx(attributions(phi, 0.0, sigmoid), abs=1e-7)


def test_values_are_explained_in_their_own_units() -> None:
    """Without a map, contributions are the reasons."""
    phi = np.array([[3.0, -1.0]])
    assert attributions(phi, 10.0) is phi


def test_no_customers_have_no_reasons() -> None:
    """An empty frame gives an empty result of the right width."""
    assert attributions(np.zeros((0, 4)), 0.0, sigmoid).shape == (0, 4)
    assert attributions(np.zeros((0, 4, 3)), np.zeros(3), THREE.inverse_link).shape == (0, 4)


def test_derived_columns_go_to_their_sources() -> None:
    """One-hot columns add up to their source, a ratio is split in halves, other columns stay."""
    lineage = {"a=x": ["a"], "a=y": ["a"], "b/c": ["b", "c"], "d": []}
    names, summed = by_source(np.array([[1.0, 2.0, 4.0, 8.0]]), lineage)
    assert names == ("a", "b", "c", "d")
    assert summed.tolist() == [[3.0, 2.0, 2.0, 8.0]]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    sources=st.lists(st.lists(st.sampled_from("abcd"), max_size=3), min_size=1, max_size=8), classes=st.integers(0, 3)
)
def test_nothing_is_lost_on_the_way_to_the_sources(sources: list[list[str]], classes: int) -> None:
    """The sum over columns is the same before and after, for one and several classes."""
    shape = (5, len(sources), classes) if classes else (5, len(sources))
    phi = np.random.default_rng(len(sources)).normal(size=shape)
    _, summed = by_source(phi, {f"column {i}": own for i, own in enumerate(sources)})
    assert np.allclose(summed.sum(axis=1), phi.sum(axis=1))


def test_sentences_list_the_strongest_first() -> None:
    """Three sentences at most, by size, each with its sign."""
    lines = sentences(["plan", "tenure", "fee", "x"], ["Month", 2.0, 70.35, 1], np.array([5.0, -20.0, 11.1, 1.0]))
    assert lines == (
        "tenure is 2: \N{MINUS SIGN}20.0 points",
        "fee is 70.35: +11.1 points",
        "plan is Month: +5.0 points",
    )


def test_reasons_that_would_read_zero_are_left_out() -> None:
    """A contribution that rounds to zero is omitted, and so is one that is not a number."""
    assert sentences(["a", "b", "c"], [1, 2, 3], np.array([0.0, np.nan, 0.04])) == ()


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_value_is_called_missing(value: object) -> None:
    """The sentence says so for every representation of a missing value."""
    assert sentences(["fee"], [value], np.array([10.0])) == ("fee is missing: +10.0 points",)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234567.0, "1,234,567"),
        (0.123456, "0.1235"),
        (pd.Timestamp("2026-05-04 10:00"), "2026-05-04"),
        (date(2026, 1, 2), "2026-01-02"),
        (np.int64(7), "7"),
        (True, "True"),
        (float("inf"), "inf"),
        ("nan", "nan"),
    ],
)
def test_values_are_formatted(value: object, said: str) -> None:
    """Thousands are separated, long fractions rounded, dates are days, and text stays text."""
    assert sentences(["v"], [value], np.array([0.5]))[0].startswith(f"v is {said}: ")


def test_hostile_text_cannot_harm_a_terminal() -> None:
    """Escapes and line breaks are removed, and long text is cut."""
    (lines,) = sentences(["a\x1b[31m\n"], ["x" * 500 + "\r"], np.array([0.5]))
    assert lines.isprintable()
    assert len(lines) < 150


def test_amounts_have_three_digits() -> None:
    """Regression: contributions in target units, as large or small as they are."""
    lines = sentences(["visits", "age", "fee"], [3, 40, 1], np.array([1234.5, -2.345, 0.01234]), unit="")
    assert lines == ("visits is 3: +1,234", "age is 40: \N{MINUS SIGN}2.35", "fee is 1: +0.0123")


@pytest.mark.parametrize("scale", [1e-9, 1e-5, 1.0, 1e7])
@pytest.mark.parametrize("floor", [None, 0.0])
def test_sums_hold_at_any_scale_of_the_target(scale: float, floor: float | None) -> None:
    """Start plus contributions is the amount to one part in a million, also at the floor."""
    draw = np.random.default_rng(0)
    phi = scale * np.vstack([draw.normal(size=(50, 3)), [[1.0, -1.0, 0.0]], [[0.0, 0.0, 0.0]]])
    start = np.full(len(phi), 0.3 * scale)
    shown = (lambda z: z) if floor is None else (lambda z: np.maximum(z, floor))
    parts = attributions(phi, start, shown)
    wanted = shown(start + phi.sum(axis=1))
    np.testing.assert_allclose(shown(start) + parts.sum(axis=1), wanted, rtol=1e-6, atol=1e-12 * scale)
    np.testing.assert_allclose(parts / scale, attributions(phi / scale, start / scale, shown), atol=1e-9)
