"""Early stopping."""

from __future__ import annotations

import pytest

from custpred.models._patience import Patience


def _run(patience: Patience, losses: list[float]) -> int:
    for loss in losses:
        if patience.stop([loss]):
            break
    return patience.round


@pytest.mark.parametrize(("rate", "floor"), [(0.05, 50), (0.03, 2.5 / 0.03), (0.001, 100), (0.5, 50)])
def test_small_steps_wait_longer(rate: float, floor: float) -> None:
    """The minimum is 2.5 / learning rate rounds, between 50 and 100."""
    assert Patience(rate, None).floor == pytest.approx(floor)


def test_waits_the_minimum_after_an_early_best() -> None:
    """With the best at round 1 and a minimum of 50, round 52 is the last."""
    patience = Patience(0.05, None)
    assert _run(patience, [1.0, *[2.0] * 500]) == 52
    assert patience.rounds == (1,)


def test_waits_longer_after_a_late_best() -> None:
    """With the best at round 200 it waits 0.3 * 200 + 20 = 80 rounds, so round 281 is the last."""
    patience = Patience(0.05, None)
    assert _run(patience, [1.0 - i / 1000 for i in range(200)] + [2.0] * 500) == 281
    assert patience.rounds == (200,)


def test_without_validation_only_the_clock_stops() -> None:
    """Without a loss every round is used; without time left it stops at once, with one round."""
    patience = Patience(0.05, None)
    assert not any(patience.stop([]) for _ in range(300))
    assert patience.rounds == (300,)
    hurried = Patience(0.05, 0.0)
    assert hurried.stop([])
    assert hurried.rounds == (1,)


def test_a_loss_that_is_not_a_number_is_never_the_best() -> None:
    """NaN losses do not move the best round."""
    patience = Patience(0.05, None)
    _run(patience, [1.0, float("nan"), float("nan")])
    assert patience.rounds == (1,)


def test_each_half_has_its_own_best_round() -> None:
    """With two losses a round, the mean, the first and the second each have their best round."""
    patience = Patience(0.05, None)
    for losses in ([1.0, 2.0], [0.5, 2.4], [0.9, 1.5], [1.1, 1.4]):
        patience.stop(losses)
    assert patience.rounds == (3, 2, 4)
