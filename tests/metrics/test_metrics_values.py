"""Metrics against hand-computed values and against scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from custpred.metrics.base import Metric
from custpred.task import Predictions, Task

BINARY, SEVERAL, VALUES = (
    Task("binary", "y", ("no", "yes")),
    Task("multiclass", "y", tuple("abc")),
    Task("regression", "y"),
)


def _binary(truth: list[int], chance: list[float], weight: list[float] | None = None) -> Predictions:
    positive = np.array(chance)
    both = np.stack([1 - positive, positive], axis=1)
    return Predictions(BINARY, np.array(truth), both, None if weight is None else np.array(weight))


def _values(truth: list[float], answer: list[float]) -> Predictions:
    return Predictions(VALUES, np.array(truth), np.array(answer))


def _score(kind: str, predictions: Predictions, **options: float) -> float:
    return Metric.find(kind)(**options).score(predictions)


FOUR = _binary([1, 0, 1, 0], [0.9, 0.6, 0.6, 0.2])
"""Pairs: 0.9 beats both, 0.6 ties one and beats one: 3.5 of 4."""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("roc_auc", 3.5 / 4),
        ("gini", 2 * 3.5 / 4 - 1),
        ("pr_auc", 0.5 * 1 + 0.5 * 2 / 3),  # recall 1/2 at precision 1, then recall 1 at 2 of 3
        ("log_loss", -(math.log(0.9) + math.log(0.4) + math.log(0.6) + math.log(0.8)) / 4),
        ("brier", (0.01 + 0.36 + 0.16 + 0.04) / 4),
        ("accuracy", 0.75),
        ("balanced_accuracy", (1 + 0.5) / 2),
        ("f1", 2 * 2 / (2 + 3)),
    ],
)
def test_binary_by_hand(kind: str, value: float) -> None:
    """Each binary metric of four customers equals the value worked out by hand."""
    assert _score(kind, FOUR) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mae", (1 + 0 + 2) / 3),
        ("rmse", math.sqrt(5 / 3)),
        ("r2", 1 - 5 / 14),  # variance around the mean 3: 4 + 1 + 9
        ("mape", (1 / 1 + 0 / 2 + 2 / 6) / 3),
        ("rmsle", math.sqrt((math.log(3 / 2) ** 2 + math.log(5 / 7) ** 2) / 3)),
        ("gini", 1.0),
        ("total_error", 1 / 9),
    ],
)
def test_values_by_hand(kind: str, value: float) -> None:
    """Each regression metric of three customers (1, 2, 6 as 2, 2, 4) is that by hand."""
    answers = _values([1, 2, 6], [1.5, 2, 4]) if kind == "gini" else _values([1, 2, 6], [2, 2, 4])
    assert _score(kind, answers) == pytest.approx(value, rel=1e-12)


def test_gini_of_values_by_hand() -> None:
    """Ranking 6, 1, 3 as 3, 6, 1 reaches 0.4 of the best order's area.

    Order of answers: gains 3, 9, 10; area 3 + 12 + 19 = 34, even 30, so 4.  Best order: 6, 9, 10; 6
    + 15 + 19 = 40, so 10.  The ratio is 0.4.
    """
    assert _score("gini", _values([6, 1, 3], [0.5, 0.1, 0.9])) == pytest.approx(0.4, rel=1e-12)


def test_lift_by_hand() -> None:
    """Of ten customers with two leavers, the best fifth holds one: lift (1/2) / 0.2."""
    truth = [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    chance = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
    assert _score("lift", _binary(truth, chance), at=0.2) == pytest.approx(2.5)
    assert _score("lift", _binary(truth, chance)) == pytest.approx(5.0)


def test_lift_divides_ties_evenly() -> None:
    """When all scores are equal, the lift is 1 whatever the row order."""
    assert _score("lift", _binary([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0.3] * 10)) == pytest.approx(1.0)


def test_lift_is_named_by_its_share() -> None:
    """Requirements call the lift of the best tenth ``lift_at_10``."""
    assert Metric.parse("lift").name() == "lift_at_10"
    assert Metric.parse({"kind": "lift", "at": 0.05}).title() == "Lift at 5%"


@pytest.mark.parametrize("metric", ["lift", {"kind": "lift", "at": 0.025}, {"kind": "hit_rate", "at": 5}, "rmse"])
def test_metrics_are_found_by_their_names(metric: object) -> None:
    """A requirement finds every metric under the name that tables show."""
    made = Metric.parse(metric)
    assert Metric.named(made.name()) == made


@pytest.mark.parametrize("name", ["lift_at_", "lift_at_x", "lift_at_\u00b2", "rmse_at_5", "at_5"])
def test_other_names_are_no_metrics(name: str) -> None:
    """A name that no metric has gives none."""
    assert Metric.named(name) is None


def test_ece_by_hand() -> None:
    """Two groups with predictions 0.2 and 0.8, shares 0.5 and 1: error (0.3 + 0.2) / 2."""
    answers = _binary([1, 0, 1, 1], [0.2, 0.2, 0.8, 0.8])
    assert _score("ece", answers, bins=2) == pytest.approx(0.25)


def test_ece_of_ten_groups() -> None:
    """Customers with different probabilities are in ten groups of the same size."""
    chance, truth = np.random.default_rng(9).random(200), np.arange(200) % 2
    groups = np.array_split(np.argsort(chance), 10)
    wanted = sum(abs((chance - truth)[group].sum()) for group in groups) / 200
    assert _score("ece", _binary(truth.tolist(), chance.tolist())) == pytest.approx(wanted)


def test_ece_of_calibrated_predictions_is_small() -> None:
    """Calibrated predictions have nearly no calibration error."""
    rng = np.random.default_rng(0)
    chance = rng.random(50_000)
    assert _score("ece", _binary((rng.random(50_000) < chance).astype(int).tolist(), chance.tolist())) < 0.01


@pytest.mark.parametrize("kind", ["roc_auc", "pr_auc", "gini", "lift", "f1"])
def test_undefined_without_positives(kind: str) -> None:
    """Without positives a ranking has no score."""
    assert math.isnan(_score(kind, _binary([0, 0, 0], [0.1, 0.2, 0.3])))


@pytest.mark.parametrize("kind", ["r2", "gini"])
def test_undefined_for_a_constant_truth(kind: str) -> None:
    """A truth that does not vary has nothing to explain."""
    assert math.isnan(_score(kind, _values([0.1, 0.1, 0.1], [1, 2, 3])))


def test_r_squared_is_undefined_if_the_weighted_truth_is_constant() -> None:
    """Its variance is 0 up to rounding, by which nothing is divided."""
    weight = np.repeat([0.0, 1 / 3], [4, 3])
    for value in np.arange(1, 50) / 10:
        truth = np.repeat([0.0, value], [4, 3])
        assert math.isnan(_score("r2", Predictions(VALUES, truth, truth + 0.1, weight)))


def test_undefined_for_unsuitable_truth() -> None:
    """Logarithms need a truth that is not negative, percentages one that is not zero."""
    assert math.isnan(_score("rmsle", _values([-2, 1], [1, 1])))
    assert math.isnan(_score("mape", _values([0, 0], [1, 1])))
    assert _score("mape", _values([0, 2], [5, 1])) == pytest.approx(0.5)


def test_predictions_below_zero_count_as_zero_in_rmsle() -> None:
    """A predicted spend of -3 is as good as 0."""
    assert _score("rmsle", _values([0, 3], [-3, 3])) == 0.0


def test_scores_outside_the_unit_interval_are_ranked() -> None:
    """Logits, which do not fit the fast path, rank as their probabilities do."""
    rng = np.random.default_rng(3)
    raw, truth = rng.normal(size=200), rng.integers(0, 2, 200)
    logits = Predictions(BINARY, truth, np.stack([-raw, raw], axis=1))
    assert _score("roc_auc", logits) == pytest.approx(_score("roc_auc", _binary(truth, 1 / (1 + np.exp(-raw)))))


def test_classes_that_do_not_occur_are_left_out() -> None:
    """If a class has no rows, the mean is over the others."""
    answer = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]])
    assert _score("roc_auc", Predictions(SEVERAL, np.array([0, 1, 0]), answer)) == 1.0


Reference = Callable[[np.ndarray, np.ndarray, np.ndarray], float]
OF_BINARY: dict[str, Reference] = {
    "roc_auc": lambda y, p, w: sk.roc_auc_score(y, p, sample_weight=w),
    "pr_auc": lambda y, p, w: sk.average_precision_score(y, p, sample_weight=w),
    "log_loss": lambda y, p, w: sk.log_loss(y, p, sample_weight=w),
    "brier": lambda y, p, w: sk.brier_score_loss(y, p, sample_weight=w),
    "accuracy": lambda y, p, w: sk.accuracy_score(y, p > 0.5, sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, p > 0.5, sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, p > 0.5, sample_weight=w),
}
OF_SEVERAL: dict[str, Reference] = {
    "roc_auc": lambda y, p, w: sk.roc_auc_score(y, p, multi_class="ovr", average="macro"),
    "log_loss": lambda y, p, w: sk.log_loss(y, p, sample_weight=w),
    "brier": lambda y, p, w: sk.brier_score_loss(y, p, sample_weight=w),
    "accuracy": lambda y, p, w: sk.accuracy_score(y, p.argmax(axis=1), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, p.argmax(axis=1), sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, p.argmax(axis=1), average="macro", sample_weight=w),
}
OF_VALUES: dict[str, Reference] = {
    "mae": lambda y, p, w: sk.mean_absolute_error(y, p, sample_weight=w),
    "rmse": lambda y, p, w: sk.root_mean_squared_error(y, p, sample_weight=w),
    "r2": lambda y, p, w: sk.r2_score(y, p, sample_weight=w),
    "rmsle": lambda y, p, w: sk.root_mean_squared_log_error(y, np.maximum(p, 0), sample_weight=w),
    "mape": lambda y, p, w: sk.mean_absolute_percentage_error(y, p, sample_weight=w),
    "total_error": lambda y, p, w: abs((p @ w - y @ w) / (y @ w)),
}


@pytest.mark.parametrize("kind", OF_BINARY)
def test_binary_metrics_equal_scikit_learn(kind: str) -> None:
    """Binary metrics equal scikit-learn's, with ties and weights."""
    rng = np.random.default_rng(5)
    truth, chance, weight = rng.integers(0, 2, 500), rng.integers(1, 40, 500) / 40, rng.random(500)
    reference = OF_BINARY[kind](truth, chance, weight)
    assert _score(kind, _binary(truth, chance, weight)) == pytest.approx(reference, rel=1e-9)
    even = OF_BINARY[kind](truth, chance, np.ones(500))
    assert _score(kind, _binary(truth, chance)) == pytest.approx(even, rel=1e-9)


@pytest.mark.parametrize("kind", OF_SEVERAL)
def test_multiclass_metrics_equal_scikit_learn(kind: str) -> None:
    """Multi-class metrics equal scikit-learn's."""
    rng = np.random.default_rng(6)
    truth, answer = rng.integers(0, 3, 500), rng.dirichlet([1.0, 1.0, 1.0], 500)
    weight = None if kind == "roc_auc" else rng.random(500)
    found = _score(kind, Predictions(SEVERAL, truth, answer, weight))
    assert found == pytest.approx(OF_SEVERAL[kind](truth, answer, weight), rel=1e-9)


@pytest.mark.parametrize("kind", OF_VALUES)
def test_regression_metrics_equal_scikit_learn(kind: str) -> None:
    """Regression metrics equal scikit-learn's, with weights."""
    rng = np.random.default_rng(7)
    truth, weight = rng.gamma(2.0, 1e6, 500), rng.random(500)
    answer = truth + rng.normal(0, 1e6, 500)
    found = _score(kind, Predictions(VALUES, truth, answer, weight))
    assert found == pytest.approx(OF_VALUES[kind](truth, answer, weight), rel=1e-9)


chances = arrays(float, st.integers(2, 40), elements=st.floats(0, 1))


@given(chance=chances, seed=st.integers(0, 9))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_roc_auc_of_reversed_scores(chance: np.ndarray, seed: int) -> None:
    """For any scores, negating them turns the area into 1 minus itself."""
    truth = np.random.default_rng(seed).integers(0, 2, len(chance))
    truth[:2] = 0, 1
    score = np.round(chance, 6)
    forth = Predictions(BINARY, truth, np.stack([1 - score, score], axis=1))
    back = Predictions(BINARY, truth, np.stack([score, -score], axis=1))
    assert _score("roc_auc", forth) + _score("roc_auc", back) == pytest.approx(1.0, abs=1e-12)


@given(chance=chances, seed=st.integers(0, 9))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_lift_never_beats_the_perfect_order(chance: np.ndarray, seed: int) -> None:
    """For any scores, the lift is at most that of the truth itself."""
    truth = np.random.default_rng(seed).integers(0, 2, len(chance))
    truth[0] = 1
    assert _score("lift", _binary(truth, chance)) <= _score("lift", _binary(truth, truth.astype(float))) + 1e-9
