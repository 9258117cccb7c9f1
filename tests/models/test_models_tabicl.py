"""TabICL with small random checkpoints: no weights are downloaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import ModelFileError, NotApplicable, RecipeError
from custpred.models.base import Model
from custpred.storage.files import load_state, save_state
from custpred.task import Fit, Rows, Task

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = {
    "binary": Task("binary", "left", ("no", "yes")),
    "multiclass": Task("multiclass", "plan", ("a", "b", "c")),
    "regression": Task("regression", "spend"),
}
SIZES = {"embed_dim": 16, "col_num_blocks": 1, "col_nhead": 2, "col_num_inds": 4, "row_num_blocks": 1, "row_nhead": 2}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that writes a small network with random weights for a kind of task."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    network = pytest.importorskip("tabicl._model.tabicl", reason="tabicl is not installed").TabICL
    folder = tmp_path_factory.mktemp("checkpoints")

    def written(task: str) -> Path:
        path = folder / f"{task}.ckpt"
        if not path.exists():
            torch.manual_seed(0)
            config = {**SIZES, "icl_num_blocks": 1, "icl_nhead": 2, "max_classes": 0 if task == "regression" else 10}
            made = network(**config)
            for weights in made.parameters():  # some layers begin with zeros, which give all rows the same score
                torch.nn.init.normal_(weights, std=0.2)
            torch.save({"config": config, "state_dict": made.state_dict()}, path)
        return path

    return written


def rows(task: str, count: int = 60) -> Rows:
    """Return rows with a number that has missing values, and a category."""
    draw = np.random.default_rng(0)
    number, code = draw.normal(size=count), draw.integers(0, 3, count)
    y = {"binary": (number > 0).astype(int), "multiclass": code, "regression": number * 10}[task]
    missing = np.where(draw.random(count) < 0.1, np.nan, number).astype(np.float32)
    X = pd.DataFrame({"f1": missing, "f2": pd.Categorical.from_codes(code, categories=np.arange(3))})
    return Rows(X, y)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_the_saved_context_gives_the_same_scores(task: str, checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    """Scores are finite, no rows are no scores, and a saved model gives equal ones."""
    model = Model.parse({"kind": "tabicl", "checkpoint": str(checkpoint(task)), "estimators": 2})
    fit, own = Fit(TASKS[task]), rows(task)
    fitted = model.train(own, None, fit)
    scores = model.raw(fitted, own.X, fit)
    assert scores.shape == ((60, 3) if task == "multiclass" else (60,))
    assert np.isfinite(scores).all()
    assert np.ptp(scores) > 0
    save_state(tmp_path, "member", model.pack(fitted))
    again = model.unpack(load_state(tmp_path, "member"), fit)
    np.testing.assert_allclose(model.raw(again, own.X, fit), scores, atol=1e-5)
    assert model.raw(fitted, own.X[:0], fit).shape == scores[:0].shape


def test_a_class_that_is_not_in_the_context_is_improbable(checkpoint: Callable[[str], Path]) -> None:
    """Classes without training rows have the lowest probability."""
    own, fit = rows("multiclass"), Fit(TASKS["multiclass"])
    two = Rows(own.X[own.y != 1], own.y[own.y != 1])
    model = Model.parse({"kind": "tabicl", "checkpoint": str(checkpoint("multiclass")), "estimators": 1})
    scores = model.raw(model.train(two, None, fit), own.X, fit)
    assert (scores.argmin(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"weight": np.linspace(1, 2, 60)}, "does not support row weights"),
        ({"y": np.zeros(60, int)}, "two different labels"),
    ],
)
def test_unsupported_rows_are_declined(given: dict[str, Any], reason: str, checkpoint: Callable[[str], Path]) -> None:
    """Row weights and a context with one label are declined."""
    model = Model.parse({"kind": "tabicl", "checkpoint": str(checkpoint("binary"))})
    with pytest.raises(NotApplicable, match=reason):
        model.train(replace(rows("binary"), **given), None, Fit(TASKS["binary"]))


def test_predictions_that_would_take_too_long_are_declined(checkpoint: Callable[[str], Path]) -> None:
    """The time of all is estimated from a few predictions."""
    own = rows("binary")
    model = Model.parse({"kind": "tabicl", "checkpoint": str(checkpoint("binary"))})
    with pytest.raises(NotApplicable, match=r"would take about \d+ s for 60 predictions"):
        model.train(own, own, Fit(TASKS["binary"], seconds=1e-6))


def test_another_checkpoint_is_refused(checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    """A saved model loads only its own weights."""
    model = Model.parse({"kind": "tabicl", "checkpoint": str(checkpoint("binary"))})
    packed = model.pack(model.train(rows("binary"), None, Fit(TASKS["binary"])))
    other = Model.parse({"kind": "tabicl", "checkpoint": str(checkpoint("regression"))})
    gone = Model.parse({"kind": "tabicl", "checkpoint": str(tmp_path / "none.ckpt")})
    for each in (other, gone):
        with pytest.raises(ModelFileError, match="CP5204 The model needs the checkpoint"):
            each.unpack(packed, Fit(TASKS["binary"]))


def test_a_run_with_tabicl_ends_with_a_report(checkpoint: Callable[[str], Path], tmp_path: Path, people: Any) -> None:
    """It is on the leaderboard, and on the card among members that store customers."""
    model = {"kind": "tabicl", "checkpoint": str(checkpoint("binary")), "estimators": 1}
    result = cp.fit(
        people(120), "left", models=[model], budget={"work": 1, "jobs": 1}, split={"kind": "stratified", "folds": 2},
        out=tmp_path / "run",
    )  # fmt: skip
    assert {row.kind: row.status for row in result.record.leaderboard}["tabicl"] == "ok"
    again = cp.load(tmp_path / "run")
    pd.testing.assert_frame_equal(again.predict_proba(people(120)), result.predict_proba(people(120)))


def test_without_weights_the_recipe_is_refused_at_once(tmp_path: Path, people: Any) -> None:
    """The message says which package to install, or which checkpoint to download."""
    model = {"kind": "tabicl", "checkpoint": str(tmp_path / "none.ckpt")}
    with pytest.raises(RecipeError, match=r"CP1107 .*(pip install 'custpred\[tabicl\]'|hf download jingang/TabICL)"):
        cp.fit(people(120), "left", models=[model], out=tmp_path / "run")
    with pytest.raises(RecipeError, match="absolute path"):
        cp.fit(people(120), "left", models=[{"kind": "tabicl", "checkpoint": "x.ckpt"}], out=tmp_path / "run")
