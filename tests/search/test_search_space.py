"""Searched options, and the two searches that do not learn."""

from __future__ import annotations

from random import Random

import pytest
from _search_toys import Valley
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.search._grid_sampler import spread
from custpred.search._space import Axis, axes, build
from custpred.search._trial import Entry, Trial
from custpred.spec import Choices, Range


def test_fixed_options_are_not_searched() -> None:
    """Options fixed by the recipe, or without a range, are not searched."""
    assert set(axes(Entry(Valley(), (), frozenset({"x"})))) == {"depth", "shape"}


def test_integers() -> None:
    """An ``int`` field takes integers, a ``float`` field any number."""
    own = axes(Entry(Valley(), ()))
    assert (own["depth"].whole, own["x"].whole) == (True, False)


def test_levels_include_both_ends() -> None:
    """On a log scale their ratios are equal; integers are distinct."""
    assert Axis(Range(0, 10), False).levels(3) == [0, 5, 10]
    assert Axis(Range(0.01, 1, log=True), False).levels(3) == pytest.approx([0.01, 0.1, 1])
    assert Axis(Range(1, 3), True).levels(9) == [1, 2, 3]
    assert Axis(Range(2, 4), False).levels(1) == [3]
    assert Axis(Choices("a", None), False).levels(3) == ["a", None]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.booleans(), st.booleans())
def test_draws_stay_in_range(low: float, more: float, log: bool, whole: bool) -> None:
    """A draw never leaves its range."""
    low, high = (round(low) + 1, round(low) + 1 + round(more)) if whole else (low, low + more)
    axis = Axis(Range(low, high, log=log), whole)
    assert all(axis.draw(Random(seed)) in Range(low, high) for seed in range(20))


def test_invalid_combinations_are_not_proposed() -> None:
    """A model that refuses its options is no proposal."""
    assert build(Entry(Valley(), ()), {"x": "far"}) is None


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 5), max_size=4))
def test_grid_is_complete(counts: list[int]) -> None:
    """A grid has every combination once."""
    levels = {str(i): list(range(count)) for i, count in enumerate(counts)}
    points = [tuple(point.values()) for point in spread(levels)]
    total = 1
    for count in counts:
        total *= count
    assert len(points) == len(set(points)) == total


def test_grid_spreads_first() -> None:
    """The first nine points of a 3**6 grid cover every level of every option."""
    levels = {str(i): [0, 1, 2] for i in range(6)}
    first = [point for point, _ in zip(spread(levels), range(9), strict=False)]
    assert all({point[name] for point in first} == {0, 1, 2} for name in levels)


def test_a_configuration_belongs_to_its_family() -> None:
    """A configuration belongs to the family that has its kind and its fixed options."""
    family = Entry(Valley(x=2), (), frozenset({"x"}))
    assert family.owns(Valley(x=2, depth=9))
    assert not family.owns(Valley(x=1))


@pytest.mark.parametrize(
    ("status", "gain", "scored"), [("ok", 0.5, True), ("ok", float("nan"), False), ("crash", 1, False)]
)
def test_only_finished_trials_are_scored(status: str, gain: float, scored: bool) -> None:
    """Only a trial with status ok and a finite gain is scored."""
    assert Trial(0, Valley(), status, gain).scored is scored  # type: ignore[arg-type]
