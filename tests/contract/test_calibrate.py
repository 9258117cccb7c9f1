"""The contract of every calibration."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.calibrate._fit import losses
from custpred.calibrate.base import Calibrate
from custpred.task import Task

BINARY = Task("binary", "left", ("no", "yes"))
MULTICLASS = Task("multiclass", "plan", ("a", "b", "c"))
every = pytest.mark.parametrize("kind", Calibrate.kinds())


def sample(task: Task, n: int, seed: int, slope: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Return raw scores ``slope`` times too small, and labels of the true probabilities."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=n) if task.kind == "binary" else rng.normal(size=(n, task.classes))
    chance = task.inverse_link(slope * raw - (0.5 if task.kind == "binary" else np.array([0.0, 0.5, -0.5])))
    return raw, (chance.cumsum(axis=1)[:, :-1] < rng.random((n, 1))).sum(axis=1)


def plain(state: dict[str, object]) -> str:
    """Return a state as JSON, arrays as lists."""
    return json.dumps(state, default=lambda array: array.tolist())


@every
def test_it_builds_from_defaults_and_round_trips(kind: str) -> None:
    """A kind needs no options, is described, and reads back from plain data and pickle."""
    spec = Calibrate.parse(kind)
    assert Calibrate.parse(spec.dump()) == spec == pickle.loads(pickle.dumps(spec))
    assert spec.summary().endswith((".", "class"))


@every
@pytest.mark.parametrize("task", [BINARY, MULTICLASS], ids=lambda task: task.kind)
def test_probabilities_are_probabilities(kind: str, task: Task) -> None:
    """Rows sum to 1 and lie between 0 and 1, also far outside the range of training scores."""
    raw, truth = sample(task, 600, 1)
    spec = Calibrate.parse(kind)
    state = spec.learn(raw, truth, task)
    answer = spec.apply(np.concatenate([raw, 50 * raw, 0 * raw]), state, task)
    assert answer.shape == (1800, task.classes)
    assert np.allclose(answer.sum(axis=1), 1.0, atol=1e-12)
    assert (answer >= 0).all()


@every
@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), n=st.integers(5, 300), slope=st.floats(-2, 4))
def test_the_map_is_monotone(kind: str, seed: int, n: int, slope: float) -> None:
    """A higher score never gets a lower probability, and distinct scores keep their order."""
    raw, truth = sample(BINARY, n, seed, slope)
    spec = Calibrate.parse(kind)
    state = spec.learn(raw, truth, BINARY)
    at = np.linspace(-6, 6, 400)
    assert (np.diff(spec.apply(at, state, BINARY)[:, 1]) > 0).all()


@every
@pytest.mark.parametrize("task", [BINARY, MULTICLASS], ids=lambda task: task.kind)
@pytest.mark.parametrize("slope", [-1.0, 0.2, 1.0, 3.0])
def test_training_loss_never_increases(kind: str, task: Task, slope: float) -> None:
    """The training log loss does not rise; otherwise it is the identity, with a reason."""
    raw, truth = sample(task, 400, 3, slope)
    spec = Calibrate.parse(kind)
    state = spec.learn(raw, truth, task)
    assert losses(spec.apply(raw, state, task), truth).mean() <= losses(task.inverse_link(raw), truth).mean() + 1e-12
    assert state["map"] != "identity" or kind == "none" or state["reason"]


@every
def test_values_are_unchanged(kind: str) -> None:
    """The predictions of a regression are unchanged."""
    task, raw = Task("regression", "spend"), np.array([-1.0, 5.0])
    spec = Calibrate.parse(kind)
    assert spec.apply(raw, spec.learn(raw, raw, task), task).tolist() == raw.tolist()


@every
@pytest.mark.parametrize("truth", [[1, 1, 1, 1], [0, 0, 0, 0]])
def test_one_class_gives_the_identity(kind: str, truth: list[int]) -> None:
    """If a class is missing there is nothing to fit, and nothing fails."""
    spec, raw = Calibrate.parse(kind), np.array([0.1, 0.2, 0.3, 0.4])
    state = spec.learn(raw, np.array(truth), BINARY)
    assert np.array_equal(spec.apply(raw, state, BINARY), BINARY.inverse_link(raw))


@every
@pytest.mark.parametrize("task", [BINARY, MULTICLASS], ids=lambda task: task.kind)
def test_the_state_is_plain_data(kind: str, task: Task) -> None:
    """JSON with lists instead of arrays gives the same map."""
    raw, truth = sample(task, 300, 5)
    spec = Calibrate.parse(kind)
    state = spec.learn(raw, truth, task)
    again = json.loads(plain(state))
    assert np.allclose(spec.apply(raw, again, task), spec.apply(raw, state, task), atol=1e-15)
