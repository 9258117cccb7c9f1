"""The contract of networks over sequences, with few small fits, as TensorFlow starts slowly."""

from __future__ import annotations

import io
import json
import pickle
import random
import time
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from custpred.errors import MissingDependency, NotApplicable
from custpred.lazy import installed
from custpred.models._networks.channels import Channels
from custpred.models._networks.sequence_model import Fitted
from custpred.models._networks.sequence_network import forward
from custpred.models.base import Model
from custpred.models.lstm import LSTM
from custpred.task import Fit, Rows, Task

KINDS = ("rnn", "gru", "lstm", "cnn")
TASKS = {
    "binary": Task("binary", "left", ("no", "yes")),
    "multiclass": Task("multiclass", "plan", ("a", "b", "c")),
    "regression": Task("regression", "spend"),
}
# Every kind and every task, and between them every option that changes the network's shape.
FITS: dict[tuple[str, str], dict[str, Any]] = {
    ("rnn", "regression"): {"clipvalue": 0.5},
    ("gru", "multiclass"): {"bidirectional": True, "layer_norm": True, "l2": 1e-4},
    ("lstm", "binary"): {"batch_norm": True, "clipnorm": 1.0},
    ("cnn", "binary"): {"layers": 2, "global_clipnorm": 0.0},
}
STEPS, QUICK = 5, {"units": 8, "epochs": 12, "learning_rate": 1e-2, "batch": 32, "dropout": 0.0}
needs_tensorflow = pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
every_kind = pytest.mark.parametrize("kind", KINDS)
every_fit = pytest.mark.parametrize(("kind", "task"), FITS)


def customers(task: str, rows: int = 240, seed: int = 0) -> Rows:
    """Return rows whose label depends on newest amounts, shop 3 being last, one column."""
    draw = np.random.default_rng(seed)
    tenure, amount = draw.normal(size=rows), draw.normal(size=(rows, STEPS))
    shop = draw.integers(1, 5, (rows, STEPS)).astype(float)
    padding = np.arange(STEPS) >= draw.integers(0, STEPS + 1, rows)[:, None]
    amount[padding], shop[padding] = np.nan, 0
    score = 1.5 * tenure + 2 * np.nan_to_num(amount[:, 0]) + 2 * (shop[:, 0] == 3) - 0.5
    noisy = score + draw.logistic(0, 0.3, rows)
    y = {"binary": noisy > 0, "multiclass": np.digitize(noisy, [-1, 1]), "regression": 50 + 10 * noisy}[task]
    columns = {"f000001": tenure, "f000002": np.ones(rows)}
    columns |= {f"f000003@-{k}": amount[:, k] for k in range(STEPS)}
    columns |= {f"f000004#@-{k}": shop[:, k] for k in range(STEPS)}
    return Rows(pd.DataFrame(columns).astype(np.float32), y.astype(float if task == "regression" else int))


@cache
def trained(kind: str, task: str) -> tuple[Model, Fitted, Rows, Fit]:
    """Return a small network, fitted once for all tests, with its rows."""
    model = Model.find(kind)(**{**QUICK, **FITS[kind, task]})
    rows, fit = customers(task), Fit(TASKS[task], seed=1)
    return model, model.train(rows, customers(task, 80, seed=3), fit), rows, fit


def loss(task: str, raw: np.ndarray, y: np.ndarray) -> float:
    """Return the log loss, or the mean squared error."""
    if task == "regression":
        return float(np.mean((raw - y) ** 2))
    answer = TASKS[task].inverse_link(raw)
    return float(-np.mean(np.log(answer[np.arange(len(y)), y])))


@every_kind
def test_specs_are_described_data(kind: str) -> None:
    """A spec survives YAML data and pickle; every option is described, and every start differs."""
    spec = Model.find(kind)()
    assert Model.parse(spec.dump()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert [name for name, _, text in spec.options() if not text] == []
    assert {name: mark for name, mark in spec.space().items() if getattr(spec, name) not in mark} == {}
    starts = Model.find(kind).initial_configurations(TASKS["binary"], 5000, 20)
    assert len(set(starts)) == len(starts)
    assert all(getattr(each, name) in mark for each in starts for name, mark in spec.space().items())


@pytest.mark.parametrize(
    "options", [{"clipnorm": 1, "clipvalue": 1}, {"batch_norm": True, "layer_norm": True}, {"pooling": "median"}]
)
def test_options_that_exclude_each_other_are_refused(options: dict[str, Any]) -> None:
    """Two clipping rules, two norms and an unknown pooling are mistakes of the recipe."""
    with pytest.raises(ValidationError):
        LSTM(**options)


@every_kind
def test_a_table_without_steps_is_declined(kind: str) -> None:
    """Without a step column the model says what to add, without loading TensorFlow."""
    rows = Rows(pd.DataFrame({"f000001": np.zeros(9, np.float32)}), np.zeros(9, int))
    with pytest.raises(NotApplicable, match="add 'steps'"):
        Model.find(kind)().train(rows, None, Fit(TASKS["binary"]))


def test_without_tensorflow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how to install it."""
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingDependency, match=r"custpred\[deep\]"):
        LSTM().train(customers("binary"), None, Fit(TASKS["binary"]))


@needs_tensorflow
@every_fit
def test_beats_the_dummy_on_new_rows(kind: str, task: str) -> None:
    """On a simple relation the loss on new rows is well below the constant's."""
    model, fitted, rows, fit = trained(kind, task)
    new, dummy = customers(task, seed=1), Model.find("dummy")()
    constant = dummy.raw(dummy.train(rows, None, fit), new.X, fit)
    raw = model.raw(fitted, new.X, fit)
    assert raw.shape == ((240, 3) if task == "multiclass" else (240,))
    assert loss(task, raw, new.y) < 0.9 * loss(task, constant, new.y)


@needs_tensorflow
@every_fit
def test_unpacked_models_score_the_same(kind: str, task: str) -> None:
    """JSON and arrays suffice: an unpacked network gives the same scores to the bit."""
    model, fitted, rows, fit = trained(kind, task)
    packed = model.pack(fitted)
    arrays = {name: each for name, each in packed.items() if isinstance(each, np.ndarray)}
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    plain = json.loads(json.dumps({name: each for name, each in packed.items() if name not in arrays}))
    with np.load(file, allow_pickle=False) as loaded:
        again = model.unpack({**plain, **{name: loaded[name] for name in loaded.files}}, fit)
    np.testing.assert_array_equal(model.raw(again, rows.X, fit), model.raw(fitted, rows.X, fit))


@needs_tensorflow
@every_fit
def test_contributions_add_up_to_the_score(kind: str, task: str) -> None:
    """A part per column and one start sum to the raw score; a constant gets nothing."""
    model, fitted, rows, fit = trained(kind, task)
    X = rows.X[rows.X.columns[::-1]]
    raw, parts = model.raw(fitted, X, fit), model.contributions(fitted, X, fit)
    assert parts.shape == (240, X.shape[1] + 1, *raw.shape[1:])
    np.testing.assert_allclose(parts.sum(axis=1), raw, rtol=1e-4, atol=1e-4)
    assert np.ptp(parts[:, -1], axis=0).max() < 1e-6 * (1 + np.abs(raw).max())
    constant = list(X.columns).index("f000002")
    np.testing.assert_allclose(parts[:, constant], 0, atol=1e-6 * (1 + np.abs(parts).max()))


@needs_tensorflow
@every_fit
def test_rows_are_independent_and_not_modified(kind: str, task: str) -> None:
    """A single row gets the score it has among others, and no frame is modified."""
    model, fitted, rows, fit = trained(kind, task)
    before, raw = rows.X.copy(), model.raw(fitted, rows.X, fit)
    np.testing.assert_allclose(model.raw(fitted, rows.X.iloc[[7]], fit), raw[[7]], rtol=1e-4, atol=1e-5)
    assert model.raw(fitted, rows.X.iloc[:0], fit).shape == (0, *raw.shape[1:])
    assert len(model.contributions(fitted, rows.X.iloc[:0], fit)) == 0
    pd.testing.assert_frame_equal(rows.X, before)


@needs_tensorflow
@every_fit
def test_empty_histories_missing_values_and_unseen_codes_are_scored(kind: str, task: str) -> None:
    """Customers without steps, with only missing numbers, or unseen codes are scored."""
    model, fitted, rows, fit = trained(kind, task)
    new = rows.X.head(3).copy()
    steps = [name for name in new.columns if "@-" in name]
    new.loc[0, steps] = [0.0 if "#" in name else np.nan for name in steps]
    new.loc[1, [name for name in steps if "#" not in name]] = np.nan
    new.loc[2, "f000004#@-0"] = 999.0
    raw = model.raw(fitted, new, fit)
    assert np.isfinite(raw).all()
    unseen = new.assign(**{"f000004#@-0": [*new["f000004#@-0"][:2], 1.0]})
    np.testing.assert_allclose(model.raw(fitted, unseen, fit), raw, rtol=1e-5)


@needs_tensorflow
@every_fit
def test_the_training_history_is_complete(kind: str, task: str) -> None:
    """Each epoch has losses, seconds and gradients; recurrent kinds have them by step."""
    _, fitted, _, _ = trained(kind, task)
    history = fitted.history
    assert json.loads(json.dumps(history)) == history
    assert all(epoch["seconds"] > 0 and epoch["valid"] > 0 for epoch in history["epochs"])
    assert history["parameters"] == sum(each.size for own in fitted.weights.values() for each in own)
    if kind == "cnn":
        assert history["flow"] is None
    else:
        assert len(history["flow"]["start"]) == len(history["flow"]["end"]) == STEPS
    if history["clip"]:
        assert all(epoch["clipped"] <= epoch["norm"] * 1.0001 for epoch in history["epochs"])


@needs_tensorflow
def test_same_seed_same_weights_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    """A second fit gives the same weights to the bit, prints nothing, seeds nobody else's draws."""
    model, fitted, rows, fit = trained("rnn", "regression")
    capfd.readouterr()
    random.seed(99)
    np.random.seed(99)
    before = random.getstate(), np.random.get_state()[1].tolist()
    again = model.train(rows, customers("regression", 80, seed=3), fit)
    assert capfd.readouterr() == ("", "")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    np.testing.assert_array_equal(again.weights["cell0"][0], fitted.weights["cell0"][0])


@needs_tensorflow
def test_the_time_limit_is_respected() -> None:
    """A fit that would take minutes stops soon after its time limit, and the model can score."""
    rows, fit = customers("binary"), Fit(TASKS["binary"], seconds=1.0)
    trained("cnn", "binary")  # TensorFlow is loaded
    began = time.process_time()
    model = Model.find("cnn")(units=8, epochs=10**6)
    fitted = model.train(rows, None, fit)
    assert time.process_time() - began < 20
    assert np.isfinite(model.raw(fitted, rows.X, fit)).all()


@needs_tensorflow
def test_row_weights_matter() -> None:
    """Tenfold weights of one class move the mean prediction towards it."""
    model, fitted, rows, fit = trained("cnn", "binary")
    heavy = model.train(Rows(rows.X, rows.y, np.where(rows.y == 1, 10.0, 1.0)), None, fit)
    assert model.raw(heavy, rows.X, fit).mean() > model.raw(fitted, rows.X, fit).mean()


def test_channels_are_scaled_without_padding() -> None:
    """A channel's scale is that of present steps; steps without number and code are masked."""
    X = pd.DataFrame({"a@-0": [10.0, 30.0], "a@-1": [np.nan, 20.0], "b#@-0": [0.0, 2.0], "b#@-1": [0.0, 0.0]})
    channels = Channels.learn(X, None)
    scaled = channels.apply(X)
    assert channels.centre.tolist() == [20.0]
    assert scaled.mask.tolist() == [[False, True], [True, True]]
    assert scaled.numbers[0, 0, 0] == 0
    assert scaled.lengths.tolist() == [1, 2]
    assert channels.sizes.tolist() == [3]


@needs_tensorflow
@every_fit
def test_length_of_padding_does_not_matter(kind: str, task: str) -> None:
    """More padding before the oldest step changes no score: masks reach every layer and pooling."""
    rows = customers(task, 40)
    _, fitted, _, _ = trained(kind, task)
    scaled = fitted.channels.apply(rows.X)
    longer = [np.concatenate([np.zeros_like(each[:, :3]), each], axis=1) for each in (scaled.numbers, scaled.codes)]
    mask = np.concatenate([np.zeros((40, 3), bool), scaled.mask], axis=1)
    padded = type(scaled)(longer[0], longer[1], mask, scaled.static)
    expected = forward(fitted.net, fitted.weights, scaled)
    np.testing.assert_allclose(forward(fitted.net, fitted.weights, padded), expected, rtol=1e-4, atol=1e-5)
