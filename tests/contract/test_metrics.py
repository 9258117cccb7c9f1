"""The contract of every metric."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest

from custpred.metrics._bootstrap import interval
from custpred.metrics.base import Metric
from custpred.task import Predictions, Task

KINDS = Metric.kinds()
BINARY, SEVERAL, VALUES = (
    Task("binary", "y", ("no", "yes")),
    Task("multiclass", "y", tuple("abc")),
    Task("regression", "y"),
)


def _answers(task: Task, rows: int = 400, noise: float = 1.0, seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    if task.kind == "regression":
        truth = rng.gamma(2.0, 10.0, rows)
        return Predictions(task, truth, truth + noise * rng.normal(0, 8.0, rows))
    truth = rng.integers(0, task.classes, rows)
    raw = noise * rng.normal(0, 1.0, (rows, task.classes)) + 1.5 * np.eye(task.classes)[truth]
    odds = np.exp(raw)
    return Predictions(task, truth, odds / odds.sum(axis=1, keepdims=True))


CASES = [
    pytest.param(Metric.find(kind)(), _answers(task), id=f"{kind}-{task.kind}")
    for kind in KINDS
    for task in (BINARY, SEVERAL, VALUES)
    if task.kind in Metric.find(kind).tasks
]
each = pytest.mark.parametrize(("metric", "answers"), CASES)


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_describe_themselves(kind: str) -> None:
    """Each metric has label, direction, tasks and range, and round-trips by YAML and pickle."""
    metric = Metric.find(kind)()
    assert metric.label
    assert metric.title().startswith(metric.label)
    assert metric.better in {"higher", "lower"}
    assert metric.tasks <= {"binary", "multiclass", "regression"}
    assert metric.summary().endswith((".", ";"))
    assert all(text for _, _, text in metric.options())
    assert Metric.parse(metric.dump()) == metric
    assert pickle.loads(pickle.dumps(metric)) == metric


@each
def test_better_predictions_score_better(metric: Metric, answers: Predictions) -> None:
    """Predictions with less noise have a higher gain."""
    close, far = _answers(answers.task, noise=0.3), _answers(answers.task, noise=5.0)
    assert metric.gain(close) > metric.gain(far)


@each
def test_scores_lie_within_the_limits(metric: Metric, answers: Predictions) -> None:
    """A score is a plain float within the metric's limits; errors are positive."""
    score = metric.score(answers)
    assert type(score) is float
    assert metric.limits[0] <= score <= metric.limits[1]
    if metric.better == "lower":
        assert score > 0


@each
def test_row_order_is_irrelevant(metric: Metric, answers: Predictions) -> None:
    """Shuffled rows score the same."""
    shuffled = answers.take(np.random.default_rng(1).permutation(len(answers)))
    assert metric.score(shuffled) == pytest.approx(metric.score(answers), rel=1e-12)


@each
def test_integer_weights_are_repeats(metric: Metric, answers: Predictions) -> None:
    """A row of weight 3 counts as three rows, weight 0 as none, also in the repeated scorer."""
    times = np.random.default_rng(2).integers(0, 4, len(answers))
    repeated = metric.score(answers.take(np.repeat(np.arange(len(answers)), times)))
    weighted = Predictions(answers.task, answers.truth, answers.predicted, times.astype(float))
    assert metric.score(weighted) == pytest.approx(repeated, rel=1e-9)
    assert metric.scorer(answers)(times.astype(float)) == pytest.approx(repeated, rel=1e-9)


@each
def test_inputs_are_not_modified(metric: Metric, answers: Predictions) -> None:
    """Scoring modifies neither labels nor predictions."""
    truth, answer = answers.truth.copy(), answers.predicted.copy()
    truth.flags.writeable = answer.flags.writeable = False
    frozen = Predictions(answers.task, truth, answer)
    assert metric.score(frozen) == metric.score(answers)


@each
def test_no_rows_are_nan(metric: Metric, answers: Predictions) -> None:
    """Without rows the metric and its interval are nan, not an error."""
    none = answers.take(np.arange(0))
    assert math.isnan(metric.score(none))
    assert all(map(math.isnan, interval(metric, none)))


@each
def test_a_class_absent_from_a_fold_gives_nan_or_a_score(metric: Metric, answers: Predictions) -> None:
    """With one class, or one value, the metric is nan or within its limits, not an error."""
    few = answers.take(answers.truth == answers.truth[0])
    score = metric.score(few)
    assert math.isnan(score) or metric.limits[0] <= score <= metric.limits[1]
    gone = metric.scorer(few)(np.zeros(len(few)))
    assert math.isnan(gone)


@each
def test_interval_contains_the_score(metric: Metric, answers: Predictions) -> None:
    """The interval contains the score, has a positive width, and depends on the seed only."""
    low, high = interval(metric, answers, draws=60)
    assert low <= metric.score(answers) <= high
    assert low < high
    assert (low, high) == interval(metric, answers, draws=60)


def test_specs_are_light() -> None:
    """Importing every metric loads neither numpy nor pandas nor scikit-learn."""
    code = (
        "import sys; from custpred.metrics.base import Metric; [Metric.find(kind) for kind in Metric.kinds()];"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'sklearn', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
