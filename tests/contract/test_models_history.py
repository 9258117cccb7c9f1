"""The contract of every model that reads purchase histories."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.columns.history import PARTS, history_name
from custpred.errors import NotApplicable
from custpred.models.base import Model
from custpred.task import Fit, Rows, Task

KINDS = [kind for kind in Model.kinds() if "history" in Model.find(kind).accepts]
TASKS = {
    "binary": Task("binary", "buys", ("no", "yes")),
    "multiclass": Task("multiclass", "next", ("bread", "milk", "tea")),
    "regression": Task("regression", "spend"),
}
PAIRS = [(kind, task) for kind in KINDS for task in sorted(Model.find(kind).tasks)]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_pair = pytest.mark.parametrize(("kind", "task"), PAIRS)


def customers(task: str, rows: int = 300, seed: int = 0) -> Rows:
    """Return purchase histories, some of them empty, and labels that depend on them."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(30, 400, rows)
    repeats = draw.poisson(age * draw.gamma(1.0, 0.02, rows)).astype(float)
    last = np.where(repeats > 0, age * draw.uniform(0.3, 1, rows), 0.0)
    item = draw.integers(0, 3, rows).astype(float)
    mean = np.where(repeats > 0, draw.gamma(5, 6, rows), np.nan)
    X = pd.DataFrame(
        dict(zip((history_name("orders", part) for part in PARTS), (repeats, last, age, mean, item), strict=True))
    )
    expected = 60 * (repeats + 0.5) / (age + 30) * (last > age - 100)
    y = {
        "binary": (draw.random(rows) < 1 - np.exp(-expected)).astype(int),
        "multiclass": np.where(draw.random(rows) < 0.6, item, draw.integers(0, 3, rows)).astype(int),
        "regression": draw.poisson(expected) * 30.0,
    }[task]
    X.iloc[::25] = np.nan
    return Rows(X.astype(np.float32), y)


def trained(kind: str, task: str) -> tuple[Model, Any, Rows, Fit]:
    """Return a fitted model for the matching task."""
    options = {"asks": "amount", "horizon": 60} if task == "regression" and kind == "bg_nbd" else {}
    model, rows, fit = Model.find(kind)(**options), customers(task), Fit(TASKS[task], seed=1)
    return model, model.train(rows, None, fit), rows, fit


@every_kind
def test_specs_are_described_data(kind: str) -> None:
    """A spec has defaults, survives YAML and pickle, and describes every option."""
    spec = Model.find(kind)()
    assert Model.parse(spec.dump()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert [name for name, _, text in spec.options() if not text] == []
    assert spec.summary().endswith(".")


@every_pair
def test_new_customers_are_predicted_better_than_by_the_dummy(kind: str, task: str) -> None:
    """On new customers the loss is below that of a constant prediction."""
    model, fitted, rows, fit = trained(kind, task)
    new, dummy = customers(task, seed=1), Model.find("dummy")()
    raws = [model.raw(fitted, new.X, fit), dummy.raw(dummy.train(rows, None, fit), new.X, fit)]

    def loss(raw: np.ndarray) -> float:
        answer = fit.task.inverse_link(raw)
        if task == "regression":
            return float(np.mean((answer - new.y) ** 2))
        return float(-np.log(answer[np.arange(len(new.y)), new.y]).mean())

    assert loss(raws[0]) < loss(raws[1])


@every_pair
def test_scores_have_the_documented_shape(kind: str, task: str) -> None:
    """Logits and values are (n,), log-probabilities (n, k) with sum 1, missing values too."""
    model, fitted, rows, fit = trained(kind, task)
    raw = model.raw(fitted, rows.X, fit)
    assert raw.shape == ((300, 3) if task == "multiclass" else (300,))
    assert np.isfinite(raw).all()
    if task == "multiclass":
        np.testing.assert_allclose(np.exp(raw).sum(axis=1), 1, atol=1e-9)
    assert model.raw(fitted, rows.X.iloc[:0], fit).shape == (0, *raw.shape[1:])
    np.testing.assert_allclose(model.raw(fitted, rows.X.iloc[[7]], fit), raw[[7]])


@every_pair
def test_unpacked_models_score_the_same(kind: str, task: str) -> None:
    """JSON values and arrays are all that a model needs, and a second fit is the same."""
    model, fitted, rows, fit = trained(kind, task)
    packed = model.pack(fitted)
    plain = json.loads(json.dumps({name: each for name, each in packed.items() if not isinstance(each, np.ndarray)}))
    again = model.unpack({**packed, **plain}, fit)
    for other in (again, model.train(rows, None, fit)):
        np.testing.assert_array_equal(model.raw(other, rows.X, fit), model.raw(fitted, rows.X, fit))


@pytest.mark.parametrize(("kind", "task"), [pair for pair in PAIRS if "joins" in Model.find(pair[0]).model_fields])
def test_contributions_add_up_to_the_score(kind: str, task: str) -> None:
    """Models that may be blended have parts and one start, which sum to the raw score."""
    model, fitted, rows, fit = trained(kind, task)
    parts = model.contributions(fitted, rows.X, fit)
    assert parts is not None
    assert parts.shape == (300, rows.X.shape[1] + 1)
    np.testing.assert_allclose(parts.sum(axis=1), model.raw(fitted, rows.X, fit), rtol=1e-9, atol=1e-9)
    assert np.ptp(parts[:, -1]) == 0
    assert (parts[:, list(rows.X).index("orders_last_item")] == 0).all()


@every_pair
def test_a_table_without_a_history_is_declined(kind: str, task: str) -> None:
    """A model without its columns names the feature that makes them."""
    model, _, rows, fit = trained(kind, task)
    with pytest.raises(NotApplicable, match="rfm"):
        model.train(Rows(pd.DataFrame({"age": np.arange(300.0)}), rows.y), None, fit)


def test_specs_load_nothing_heavy() -> None:
    """Importing the files loads no numpy, pandas or scipy."""
    code = (
        f"import sys\nfrom custpred.models.base import Model\n[Model.find(kind)() for kind in {KINDS!r}]\n"
        "print(sorted({'numpy', 'pandas', 'scipy'} & {name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
