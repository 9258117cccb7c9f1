"""LightGBM, XGBoost and CatBoost."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError, MissingDependency, NotApplicable
from custpred.metrics.base import Metric
from custpred.models._frame import coded
from custpred.models.base import Model
from custpred.models.catboost import CatBoost
from custpred.models.lightgbm import LightGBM
from custpred.models.xgboost import XGBoost
from custpred.task import Fit, Rows, Task

BINARY = Fit(Task("binary", "y", ("0", "1")))
VALUE = Fit(Task("regression", "y"))
every_booster = pytest.mark.parametrize("model", [LightGBM(), XGBoost(), CatBoost()], ids=lambda model: model.kind())


def _levels(rows: int = 600) -> Rows:
    draw = np.random.default_rng(0)
    codes = draw.integers(0, 5, rows)
    X = pd.DataFrame({"f000001": draw.normal(size=rows).astype(np.float32)})
    X["f000002"] = pd.Categorical.from_codes(codes, categories=np.array([3, 10, 11, 40, 41]))
    return Rows(X, (draw.random(rows) < np.array([0.1, 0.9, 0.2, 0.8, 0.5])[codes]).astype(int))


def test_codes_are_the_categories_not_their_places() -> None:
    """A category column gives its integer categories, NaN if missing; the frame is not modified."""
    X = pd.DataFrame({"a": np.float32([1, 2, 3]), "b": pd.Categorical([7, None, 2], categories=[2, 7])})
    values, positions = coded(X)
    np.testing.assert_array_equal(values, np.float32([[1, 7], [2, np.nan], [3, 2]]))
    assert positions == [1]


def test_categories_of_text_are_refused() -> None:
    """Text levels in a prepared frame are an error that names the column and no level."""
    with pytest.raises(DataError, match="Column b needs integer category codes"):
        coded(pd.DataFrame({"b": pd.Categorical(["secret", "other"])}))


@every_booster
def test_early_stopping_keeps_the_best_rounds(numbers: Callable[..., Rows], model: Model) -> None:
    """With validation rows there are fewer rounds, and a lower loss than with all rounds."""
    rows, valid = numbers(300), numbers(300, seed=1)
    quick = model.with_(learning_rate=0.2, rounds=400, rounds_without_valid=400)
    stopped, through = quick.train(rows, valid, BINARY), quick.train(rows, None, BINARY)
    losses = [
        np.logaddexp(0, (1 - 2 * valid.y) * quick.raw(each, valid.X, BINARY)).mean() for each in (stopped, through)
    ]
    assert losses[0] < losses[1]


@every_booster
def test_contributions_end_with_the_best_round(numbers: Callable[..., Rows], model: Model) -> None:
    """Contributions add up to the score of the best round, as stored, not to that of all rounds."""
    rows, valid = numbers(300), numbers(100, seed=1)
    quick = model.with_(learning_rate=0.3)
    fitted = quick.train(rows, valid, BINARY)
    stored = quick.unpack(quick.pack(fitted), BINARY)
    for each in (fitted, stored):
        parts = quick.contributions(each, valid.X, BINARY)
        assert parts is not None
        np.testing.assert_allclose(parts.sum(axis=1), quick.raw(stored, valid.X, BINARY), atol=1e-4)


@every_booster
def test_predictions_scale_with_the_target(numbers: Callable[..., Rows], model: Model) -> None:
    """Spend in cents is a hundred times spend in units: penalties do not depend on the currency."""
    rows, few = numbers(300, 0), model.with_(rounds_without_valid=20)
    units = few.raw(few.train(rows, None, VALUE), rows.X, VALUE)
    cents = few.raw(few.train(Rows(rows.X, 100 * rows.y - 500), None, VALUE), rows.X, VALUE)
    np.testing.assert_allclose(cents, 100 * units - 500, rtol=1e-3)


@pytest.mark.parametrize("objective", ["l2", "l1", "huber", "tweedie", "poisson", "gamma", "log"])
def test_every_regression_loss_predicts_the_mean_of_spend(numbers: Callable[..., Rows], objective: str) -> None:
    """The mean is near the true one (l1 and huber: below it), and contributions add up."""
    rows = numbers(500, 0)
    spend = Rows(rows.X, np.exp(rows.y / 6))
    model = LightGBM(objective=objective, rounds_without_valid=60)
    fitted = model.train(spend, None, VALUE)
    raw = model.raw(fitted, rows.X, VALUE)
    assert raw.mean() == pytest.approx(spend.y.mean(), rel=0.15)
    np.testing.assert_allclose(model.contributions(fitted, rows.X, VALUE).sum(axis=1), raw, rtol=1e-6)


@pytest.mark.parametrize("objective", ["tweedie", "poisson", "gamma", "log"])
def test_negative_spend_declines_a_log_link(numbers: Callable[..., Rows], objective: str) -> None:
    """Losses with a logarithm say why they cannot be used on negative values."""
    rows = numbers(100, 0)
    with pytest.raises(NotApplicable, match="negative"):
        LightGBM(objective=objective).train(Rows(rows.X, rows.y - 100), None, VALUE)


def test_lightgbm_text_contains_no_names() -> None:
    """The model's text has neither column names nor category levels, only positions and codes."""
    rows = _levels()
    rows = Rows(rows.X.rename(columns={"f000001": "secret salary", "f000002": "secret city"}), rows.y)
    model = LightGBM(rounds_without_valid=5)
    text = model.pack(model.train(rows, None, BINARY))["text"].decode()
    assert "secret" not in text
    assert "pandas_categorical:null" in text


@pytest.mark.parametrize("model", [LightGBM(), XGBoost()], ids=["lightgbm", "xgboost"])
def test_an_unseen_code_scores_like_a_missing_value(model: Model) -> None:
    """A category code that training never had gives the same score as a missing one."""
    rows = _levels()
    fitted = model.train(rows, None, BINARY)
    new = rows.X.head(2).copy()
    new["f000002"] = pd.Categorical([77, None], categories=[77])
    new["f000001"] = np.float32(0.5)
    scores = model.raw(fitted, new, BINARY)
    assert scores[0] == scores[1]


@every_booster
def test_categories_are_used(model: Model) -> None:
    """Levels with high shares get higher scores, in any order of codes."""
    rows = _levels()
    raw = model.raw(model.train(rows, None, BINARY), rows.X, BINARY)
    means = [raw[rows.X["f000002"] == level].mean() for level in (3, 11, 41, 40, 10)]
    assert np.all(np.diff(means) > 0)


def test_catboost_leaves_nothing_on_disk(
    numbers: Callable[..., Rows], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training, packing and loading write no catboost_info folder and no other file."""
    monkeypatch.chdir(tmp_path)
    model = CatBoost(rounds_without_valid=5)
    packed = model.pack(model.train(numbers(), None, BINARY))
    model.unpack(packed, BINARY)
    assert list(tmp_path.iterdir()) == []


def test_catboost_is_an_extra(numbers: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is missing, the error gives the exact command."""

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("custpred.lazy.import_module", without)
    assert builtins.__import__ is not without
    with pytest.raises(MissingDependency, match=r"pip install 'custpred\[catboost\]'"):
        CatBoost().train(numbers(), None, BINARY)


def test_catboost_declines_a_single_label(numbers: Callable[..., Rows]) -> None:
    """Rows with only one label are declined with a reason, not with CatBoost's error."""
    rows = numbers()
    with pytest.raises(NotApplicable, match="two different labels"):
        CatBoost().train(Rows(rows.X, np.zeros(len(rows.y), int)), None, BINARY)


@pytest.mark.parametrize("weighted", [False, True])
def test_stored_bins_do_not_change_the_model(tmp_path: Path, weighted: bool) -> None:
    """A later trial with other options reads the stored bins, and gets the same booster."""
    plain, valid = _levels(), _levels(300)
    plain = replace(plain, weight=np.linspace(0.5, 2, len(plain.y)) if weighted else None)
    kept = replace(plain, place=tmp_path)
    LightGBM(rounds=5).train(kept, valid, BINARY)
    assert len(list(tmp_path.iterdir())) == 1
    other = LightGBM(rounds=30, min_data_in_leaf=3, num_leaves=6, max_cat_to_onehot=1, min_data_per_group=5)
    alone, again = other.train(plain, valid, BINARY), other.train(kept, valid, BINARY)
    trees = [each.booster.model_to_string().split("\nparameters")[0] for each in (again, alone)]
    assert trees[0] == trees[1]
    np.testing.assert_array_equal(other.raw(again, valid.X, BINARY), other.raw(alone, valid.X, BINARY))


def test_stored_bins_serve_other_targets(tmp_path: Path) -> None:
    """The log of a value is learned on the bins that were stored for the value itself."""
    plain = _levels()
    plain = replace(plain, y=np.exp(plain.X["f000001"].to_numpy(float)))
    kept = replace(plain, place=tmp_path)
    LightGBM(rounds_without_valid=3).train(kept, None, VALUE)
    logs = LightGBM(objective="log", rounds_without_valid=20)
    alone, again = logs.train(plain, None, VALUE), logs.train(kept, None, VALUE)
    np.testing.assert_array_equal(logs.raw(again, plain.X, VALUE), logs.raw(alone, plain.X, VALUE))


@pytest.mark.parametrize("target", ["plain", "log"])
@pytest.mark.parametrize("kind", [XGBoost, CatBoost])
def test_a_median_has_the_lower_absolute_error(numbers: Callable[..., Rows], kind: type[Model], target: str) -> None:
    """On skewed amounts l1 has a lower MAE than l2, half are above, and reasons add up."""

    def spend(seed: int) -> Rows:
        rows = numbers(600, 0, seed)
        noise = np.random.default_rng([seed, 1]).exponential(size=600) ** 2
        return replace(rows, y=np.exp(rows.y / 8) * (0.2 + noise))

    rows, new = spend(0), spend(1)
    found = {}
    for objective in ("l1", "l2"):
        model = kind(objective=objective, target=target, rounds_without_valid=60)
        fitted = model.train(rows, None, VALUE)
        found[objective] = model.raw(fitted, new.X, VALUE)
        parts = model.contributions(fitted, new.X, VALUE)
        assert parts is not None
        np.testing.assert_allclose(parts.sum(axis=1), found[objective], rtol=1e-4)
    errors = {objective: np.abs(each - new.y).mean() for objective, each in found.items()}
    assert errors["l1"] < 0.95 * errors["l2"]
    assert np.mean(new.y > found["l1"]) == pytest.approx(0.5, abs=0.08)
    assert [each.objective for each in kind.for_metric(Metric.parse("mae"))] == ["l1"] * 3  # type: ignore[attr-defined]
    assert kind.for_metric(Metric.parse("rmse")) == []


@pytest.mark.parametrize("model", [LightGBM(rounds_without_valid=3), XGBoost(rounds_without_valid=3)])
@pytest.mark.parametrize(("columns", "most"), [(20, 255), (120, 127)])
def test_many_columns_have_fewer_bins(model: Any, columns: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few rows the time of a round is that of the bins: there are half as many."""
    seen: list[dict[str, Any]] = []
    module = importlib.import_module(type(model).modules[0])
    learn = module.train

    def noted(options: dict[str, Any], *rest: Any, **more: Any) -> Any:
        seen.append(options)
        return learn(options, *rest, **more)

    monkeypatch.setattr(module, "train", noted)
    draw = np.random.default_rng(0)
    names = [f"f{place:06d}" for place in range(columns)]
    rows, valid = (
        Rows(pd.DataFrame(draw.normal(size=(count, columns)).astype(np.float32), columns=names), np.arange(count) % 2)
        for count in (400, 100)
    )
    fitted = model.train(rows, valid, BINARY)
    assert seen[0].get("max_bin", 255) == most
    assert np.isfinite(model.raw(fitted, valid.X, BINARY)).all()


def test_initial_configurations_depend_on_the_shape_of_the_table() -> None:
    """Shallow trees come first where deep ones take long; of many columns a tree gets fewer."""
    shapes = ((5_000, 20), (50_000, 20), (5_000, 200))
    firsts: list[Any] = [XGBoost.initial_configurations(BINARY.task, *shape)[0] for shape in shapes]
    assert [each.max_depth for each in firsts] == [5, 3, 3]
    few, many = (LightGBM.initial_configurations(BINARY.task, 5_000, columns) for columns in (100, 101))
    shares = [[each.model_dump()["feature_fraction"] for each in every] for every in (few, many)]
    assert shares[1] == [min(0.4, share) for share in shares[0]]
    assert max(shares[0]) > 0.4
