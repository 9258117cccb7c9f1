"""The model of amounts that are often 0."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.models.base import Model
from custpred.models.two_part import TwoPart
from custpred.task import Fit, Rows, Task
from custpred.training._fits.early_stopping import raw_scores
from custpred.training.search_session import entries

SPEND = Task("regression", "spend")
QUICK = TwoPart(rounds=60, rounds_without_valid=60, learning_rate=0.1)


def spenders(rows: int = 1500, seed: int = 0) -> tuple[Rows, np.ndarray]:
    """Return customers of whom half spend nothing, and their expected spend."""
    draw = np.random.default_rng(seed)
    wish, means = draw.normal(size=rows), draw.normal(size=rows)
    chance, level = 1 / (1 + np.exp(-2 * wish)), np.exp(2 + means)
    y = np.where(draw.random(rows) < chance, level * draw.lognormal(-0.5, 1, rows), 0.0)
    X = pd.DataFrame({"wish": wish, "means": means, "noise": draw.normal(size=rows)}).astype(np.float32)
    return Rows(X, y), chance * level


@pytest.fixture(scope="module")
def fitted() -> Any:
    """Return the model, fitted once."""
    return QUICK.train(spenders()[0], None, Fit(SPEND))


def test_both_parts_are_learned(fitted: Any) -> None:
    """On new customers its error is lower than that of one model of the same size."""
    new, expected = spenders(seed=1)
    one = Model.parse({"kind": "lightgbm", "num_leaves": 8, "learning_rate": 0.1, "rounds_without_valid": 60})
    alone = one.raw(one.train(spenders()[0], None, Fit(SPEND)), new.X, Fit(SPEND))
    found = QUICK.raw(fitted, new.X, Fit(SPEND))
    errors = [float(np.mean((each - expected) ** 2)) for each in (found, alone)]
    assert errors[0] < 0.9 * errors[1]
    assert found.mean() == pytest.approx(expected.mean(), rel=0.3)


def test_reasons_of_both_parts_add_up(fitted: Any) -> None:
    """The start and all columns give the prediction, and each informative column contributes."""
    X = spenders(seed=2)[0].X.iloc[:200]
    parts = QUICK.contributions(fitted, X, Fit(SPEND))
    np.testing.assert_allclose(parts.sum(axis=1), QUICK.raw(fitted, X, Fit(SPEND)), rtol=1e-6)
    assert np.ptp(parts[:, -1]) < 1e-9
    wish, means, noise, _ = np.abs(parts).mean(axis=0)
    assert min(wish, means) > 5 * noise


def test_it_is_stored_as_plain_data(fitted: Any) -> None:
    """Two texts and a link are all that is stored."""
    packed = QUICK.pack(fitted)
    assert isinstance(packed["some"], bytes)
    again = QUICK.unpack({**packed, "link": json.loads(json.dumps(packed["link"]))}, Fit(SPEND))
    X = spenders(seed=3)[0].X
    np.testing.assert_array_equal(QUICK.raw(again, X, Fit(SPEND)), QUICK.raw(fitted, X, Fit(SPEND)))


def test_no_customer_influences_its_own_prediction() -> None:
    """Each half of the held-out rows is scored by the fit that stopped on the other half."""
    rows, held = spenders()[0], spenders(400, seed=4)[0]
    half = np.arange(400) % 2 == 0
    fit = Fit(SPEND, half=half)
    wild = replace(held, y=np.where(half, held.y, held.y * 1000))
    first, second = (QUICK.train(rows, each, fit) for each in (held, wild))
    assert len(first.others) == 2
    answers = [raw_scores(QUICK, each, held, fit) for each in (first, second)]
    np.testing.assert_array_equal(answers[0][~half], answers[1][~half])


@pytest.mark.parametrize("y", [np.zeros(200), np.r_[np.zeros(195), np.ones(5)], np.linspace(-5, 5, 200)])
def test_unusual_targets_are_learned_as_one(y: np.ndarray) -> None:
    """Without amounts, with hardly any, or with negative ones, predictions are still finite."""
    X = pd.DataFrame({"a": np.arange(200), "b": np.arange(200) % 7}).astype(np.float32)
    held = Rows(X.iloc[::4], y[::4])
    for valid in (None, held):
        fit = Fit(SPEND, half=None if valid is None else np.arange(50) % 2 == 0)
        made = QUICK.train(Rows(X, y), valid, fit)
        assert np.isfinite(QUICK.raw(made, X, fit)).all()
        assert len(made.others) == (2 if valid else 0)


def test_it_takes_part_if_many_amounts_are_zero(world: Any) -> None:
    """It is added only for amounts that are often 0; requested alone or with options, it stays."""
    zeros, none = np.r_[np.zeros(200), np.arange(1.0, 801.0)], np.arange(1.0, 1001.0)

    def families(models: list[Any], truth: np.ndarray) -> list[str]:
        recipe = world.plan.recipe.model_copy(update={"models": tuple(map(Model.parse, models))})
        return [entry.model.kind() for entry in entries(replace(world.plan, recipe=recipe), SPEND, truth)][2:]

    assert families(["linear", "two_part"], zeros) == ["linear", "two_part"]
    assert families(["linear", "two_part"], none) == ["linear"]
    assert families(["two_part"], none) == ["two_part"]
    assert families(["linear", {"kind": "two_part", "num_leaves": 4}], none) == ["linear", "two_part"]


def test_tweedie_is_tried_if_many_amounts_are_zero() -> None:
    """LightGBM's compound distribution is for such targets only."""
    tweedie = Model.parse({"kind": "lightgbm", "objective": "tweedie"})
    zeros = np.r_[np.zeros(200), np.arange(1.0, 801.0)]
    assert tweedie.applies(zeros)
    assert not tweedie.applies(zeros + 1)
    assert not tweedie.applies(zeros - 1)
