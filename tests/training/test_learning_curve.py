"""The learning curve: fits to parts of the training rows, scored on the same held-out rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.budget import Budget, Clock
from custpred.evaluate._run import here
from custpred.models.base import Model
from custpred.training._figures import learning_curve as module
from custpred.training._figures.learning_curve import start
from custpred.training.fold import _positions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture
def found(world: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Return the curve of some trials, with a lower minimum of rows."""
    monkeypatch.setattr(module, "MIN_ROWS", 100)

    def curve(trials: Sequence[Any] = world.trials, clock: Clock | None = None) -> dict[str, Any]:
        return start(world.scorer, trials, clock or Clock(Budget()), here)()

    return curve


def test_a_part_of_the_rows_has_similar_labels(world: Any) -> None:
    """Half of the rows have half of each class, from the fold; held-out ones are complete."""
    job = world.scorer.job(0, Model.parse("logistic"), 0)
    (fit, held), (half, same) = _positions(job, 0), _positions(replace(job, thin=2), 0)
    truth = world.scorer.truth
    assert set(half) < set(fit)
    assert (same == held).all()
    for label in (0, 1):
        assert (truth[half] == label).sum() == pytest.approx((truth[fit] == label).sum() / 2, abs=1)


def test_the_last_point_is_the_models_own_score(world: Any, found: Callable[..., dict[str, Any]]) -> None:
    """All rows give the trial's out-of-fold score on these folds, after fewer rows, with bounds."""
    linear = [each for each in world.trials if each.model.kind() == "logistic"]
    curve = found(linear)
    known, _ = world.scorer.predictions(world.scorer.raw(linear[0].number))  # both folds
    assert curve["points"][-1]["score"] == pytest.approx(world.scorer.metric.score(known))
    sizes = [point["rows"] for point in curve["points"]]
    assert [round(sizes[-1] / size) for size in sizes] == [8, 4, 2, 1]
    value, low, high = curve["doubled"]
    assert low <= value <= high
    assert value == pytest.approx(curve["points"][-1]["score"] - curve["points"][-2]["score"])


def test_no_curve_without_a_cheap_model(found: Callable[..., dict[str, Any]]) -> None:
    """Baselines alone, a short budget, and few counted trials give none."""
    assert found(()) == {}
    assert found(clock=Clock(Budget(time=0.001))) == {}


def test_a_failed_fit_gives_its_reason(found: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that cannot learn from few rows does not end the run."""

    def fail(job: object) -> None:
        raise ValueError

    monkeypatch.setattr(module, "fit_folds", fail)
    assert found()["reason"] == "fits to fewer rows failed (ValueError)."
