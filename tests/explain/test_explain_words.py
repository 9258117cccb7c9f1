"""Contributions of words: they add up, keep their sign, and are bounded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.explain.words import MOST, asides, lines, parts

ADDED = st.lists(st.floats(-3, 3), max_size=8).map(lambda found: np.array(found, dtype=float))


@settings(max_examples=50, derandomize=True, deadline=None)
@given(added=ADDED, score=st.floats(-2, 2), step=st.floats(-2, 2))
def test_parts_add_up_for_any_model(added: np.ndarray, score: float, step: float) -> None:
    """For any function of the score, the words' contributions add up to that of the text."""

    def model(at: np.ndarray) -> np.ndarray:
        return np.tanh(at) + (at > step)

    seen = model(score + asides(added))
    if not (added[added != 0]).size:
        assert parts(added, seen).sum() == 0
        return
    assert parts(added, seen).sum() == pytest.approx(seen[0] - seen[1], abs=1e-9)


def test_a_linear_model_scales_each_word() -> None:
    """If a model multiplies the score by three, so is each word's contribution."""
    added = np.array([2.0, -0.5, 0.0, 1.0])
    assert parts(added, 3 * (7 + asides(added))).tolist() == pytest.approx([6.0, -1.5, 0.0, 3.0])


def test_words_that_cancel_are_bounded() -> None:
    """+4 and -3.99 around a step of 0.1 cannot contribute more than 0.1."""
    added = np.array([4.0, -3.99])
    found = parts(added, 0.1 * (asides(added) > -0.005))
    assert np.abs(found).max() <= 0.1
    assert found.sum() == pytest.approx(0.1)


def test_classes_have_separate_contributions() -> None:
    """A contribution per class gives shape (n_words, n_classes)."""
    added = np.array([1.0, -2.0])
    found = parts(added, np.outer(asides(added), [1.0, -1.0]))
    assert found.tolist() == [[1.0, -1.0], [-2.0, 2.0]]


def test_the_strongest_words_are_listed() -> None:
    """Five words per side are listed, Hangul as written, the others as count and sum."""
    words = [f"단어{place}" for place in range(MOST + 2)] + ["나쁜"]
    attributions = np.array([*np.arange(MOST + 2, 0.0, -1.0), -4.0])
    up, down, rest = lines("review", words, attributions, 0.25)
    assert up.startswith("review, words up: 단어0 +7.0, 단어1 +6.0")
    assert up.endswith("2 more +3.0 points")
    assert down == "review, words down: 나쁜 \N{MINUS SIGN}4.0 points"
    assert rest == "review, without words: +0.2 points"
    assert lines("review", [], np.array([]), 1.0) == ()
