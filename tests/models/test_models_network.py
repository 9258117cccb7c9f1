"""The network in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from custpred.models._networks.feed_forward import (
    ScaledRows,
    TrainingConfig,
    _first,
    _gradient,
    _input_gradient,
    _loss,
    forward,
    grow,
    integrated,
)
from custpred.models.mlp import MLP
from custpred.task import Fit, Rows, Task

CONFIG = TrainingConfig(2, (8, 5, 1), 0.0, 0.01, 0.0, 64, 5, 5, 0, None)


def _scaled(rows: Rows, weight: np.ndarray | None = None) -> ScaledRows:
    return ScaledRows(rows.X.to_numpy(np.float64), rows.y, weight)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_gradients_are_those_of_the_loss(numbers: Callable[..., Rows], classes: int) -> None:
    """Back-propagation equals the finite difference of the weighted loss, for every weight."""
    rows = numbers(40, classes)
    weight = np.random.default_rng(0).uniform(0.5, 2, 40)
    scaled = _scaled(rows, weight)
    config = replace(CONFIG, classes=classes, sizes=(4, 3, max(1, classes) if classes != 2 else 1))
    rng = np.random.default_rng(0)
    weights = [each.astype(float) for each in _first(scaled, config, rng)]
    found = _gradient(weights, scaled, np.arange(40), config, rng)
    for layer, place in [(0, (1, 2)), (1, (0,)), (2, (3, 1)), (4, (2, 0)), (5, (0,))]:
        moved = [[each.copy() for each in weights] for _ in range(2)]
        moved[0][layer][place] += 1e-5
        moved[1][layer][place] -= 1e-5
        losses = [_loss(forward(each, scaled.values), scaled, classes) for each in moved]
        assert found[layer][place] == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-4, abs=1e-7)


def test_input_gradients_are_those_of_the_score(numbers: Callable[..., Rows]) -> None:
    """The gradient with respect to the inputs equals the finite difference of the score."""
    scaled = _scaled(numbers(10))
    weights = [each.astype(float) for each in _first(scaled, CONFIG, np.random.default_rng(0))]
    step = np.zeros(4)
    step[2] = 1e-5
    rise = forward(weights, scaled.values + step) - forward(weights, scaled.values - step)
    np.testing.assert_allclose(
        _input_gradient(weights, scaled.values, 0)[:, 2], rise[:, 0] / 2e-5, rtol=1e-5, atol=1e-9
    )


def test_integrated_gradients_need_hardly_any_correction(numbers: Callable[..., Rows]) -> None:
    """More nodes hardly change contributions: the integral is accurate before correction."""
    rows = numbers(200)
    scaled = replace(_scaled(rows), values=rows.X.to_numpy())
    weights = grow(scaled, [], CONFIG)[0]
    few, many = integrated(weights, scaled.values), integrated(weights, scaled.values, nodes=40)
    np.testing.assert_allclose(few, many, atol=2e-3)
    np.testing.assert_allclose(few.sum(axis=1), forward(weights, scaled.values), atol=1e-5)


def test_the_best_epoch_is_kept(numbers: Callable[..., Rows]) -> None:
    """Fast training on few rows overfits; the result is no worse than one epoch's."""
    scaled = replace(_scaled(numbers(60)), values=numbers(60).X.to_numpy())
    held = replace(_scaled(numbers(200, seed=1)), values=numbers(200, seed=1).X.to_numpy())
    hasty = replace(CONFIG, learning_rate=0.1, epochs=60, patience=60)
    (best,), (last,) = grow(scaled, [held], hasty), grow(scaled, [], hasty)
    assert _loss(forward(best, held.values), held, 2) < _loss(forward(last, held.values), held, 2)


def test_two_networks_differ_and_are_averaged(numbers: Callable[..., Rows]) -> None:
    """The members come from different seeds, and the score is their mean."""
    rows, fit = numbers(), Fit(Task("binary", "y", ("0", "1")))
    model = MLP(width=8, epochs=3)
    fitted = model.train(rows, None, fit)
    each = [model.raw(fitted._replace(members=[member]), rows.X, fit) for member in fitted.members]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(model.raw(fitted, rows.X, fit), np.mean(each, axis=0), atol=1e-6)


def test_no_time_at_all_gives_a_constant(numbers: Callable[..., Rows]) -> None:
    """A deadline before the first step gives one network that predicts about the training share."""
    rows, fit = numbers(), Fit(Task("binary", "y", ("0", "1")), seconds=1e-9)
    model = MLP()
    fitted = model.train(rows, None, fit)
    assert len(fitted.members) == 1
    assert model.raw(fitted, rows.X, fit).mean() == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("function", [forward, integrated])
def test_blocks_of_rows_are_computed_alike(
    numbers: Callable[..., Rows], function: Callable[..., np.ndarray], threads: int
) -> None:
    """Scores and contributions of many rows are those of the same rows alone, in their order."""
    scaled = _scaled(numbers(5_000))
    weights = [each.astype(float) for each in _first(scaled, CONFIG, np.random.default_rng(0))]
    found = function(weights, scaled.values, threads)
    alone = np.concatenate([function(weights, scaled.values[row : row + 1]) for row in (0, 2_047, 2_048, 4_999)])
    np.testing.assert_allclose(found[[0, 2_047, 2_048, 4_999]], alone, rtol=1e-9, atol=1e-12)
    assert len(found) == 5_000
