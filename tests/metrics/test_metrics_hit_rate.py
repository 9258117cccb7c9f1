"""Hit rate against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from custpred.metrics.base import Metric
from custpred.metrics.hit_rate import HitRate
from custpred.task import OTHER, Predictions, Task

FOUR = Task("multiclass", "next", ("bread", "milk", "tea", OTHER))


def predicted(truth: list[int], *chances: list[float]) -> Predictions:
    """Return predictions of the four classes."""
    return Predictions(FOUR, np.array(truth), np.array(chances))


@pytest.mark.parametrize(("at", "expected"), [(1, 1 / 3), (2, 2 / 3), (3, 1.0)])
def test_a_hit_is_among_the_most_likely(at: int, expected: float) -> None:
    """The true class is first, second and third most likely in three rows."""
    rows = [[0.6, 0.2, 0.1, 0.1], [0.5, 0.3, 0.2, 0.0], [0.5, 0.3, 0.2, 0.0]]
    assert HitRate(at=at).score(predicted([0, 1, 2], *rows)) == pytest.approx(expected)


def test_rare_items_are_never_a_hit_and_take_no_place() -> None:
    """(other) is never a hit, and if it is most likely the next class takes its place."""
    rows = [[0.1, 0.1, 0.1, 0.7], [0.2, 0.1, 0.0, 0.7]]
    assert HitRate(at=1).score(predicted([3, 0], *rows)) == pytest.approx(0.5)


def test_equally_likely_classes_share_the_places() -> None:
    """With three tied classes, two places contain the true one with probability two thirds."""
    assert HitRate(at=2).score(predicted([1], [0.3, 0.3, 0.3, 0.1])) == pytest.approx(2 / 3)


def test_the_number_of_places_is_in_the_name() -> None:
    """It is hit_rate_at_5, which is five classes and not 5 %; lift_at_10 stays a share."""
    found = Metric.named("hit_rate_at_5")
    assert isinstance(found, HitRate)
    assert (found.at, found.name(), found.title()) == (5, "hit_rate_at_5", "Hit rate at 5")
    assert Metric.named("lift_at_10").dump() == {"kind": "lift"}
    assert Metric.named("hit_rate_at_x") is None
