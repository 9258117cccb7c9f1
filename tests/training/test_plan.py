"""Plans: every auto resolved, with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.errors import RecipeError
from custpred.features.base import Feature
from custpred.metrics.base import Metric
from custpred.models.base import Model
from custpred.recipe.file import from_keys
from custpred.recipe.keys import Recipe
from custpred.split._count import count
from custpred.split.base import Split
from custpred.table import Column, Table
from custpred.task import Setting, Suited, Task
from custpred.training.plan import Plan, _named, resolve, resolve_split

BINARY, VALUE = Task("binary", "left", ("no", "yes")), Task("regression", "spend")
SEVERAL = Task("multiclass", "segment", ("a", "b", "c"))
CHOICES = [
    "missing",
    "outliers",
    "features",
    "resample",
    "models",
    "search",
    "ensemble",
    "calibrate",
    "metrics",
    "final",
]


def _recipe(**keys: Any) -> Recipe:
    return from_keys({"customers": {"sample": "telecom"}, "target": "left", "split": "stratified", **keys})


def _table(rows: int = 60, key: bool = False) -> Table:
    frame = pd.DataFrame(
        {
            "id": [f"k{n // 2}" for n in range(rows)],
            "income": np.where(np.arange(rows) % 5 == 0, np.nan, np.arange(rows)),
            "plan": pd.Categorical(np.array(["a", "b"])[np.arange(rows) % 2]),
            "city": pd.Categorical([f"c{n % 20:02d}" for n in range(rows)]),
            "joined": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), "D"),
            "remark": pd.Series([f"text {n}" for n in range(rows)], dtype=object),
            "same": 1.0,
        }
    )
    kinds = ["id", "number", "category", "category", "date", "text", "constant"]
    return Table(frame, tuple(map(Column, frame.columns, kinds)), key="id" if key else None)


def _reason(plan: Plan, key: str) -> str:
    return next(each.reason for each in plan.decisions if each.key == key)


@pytest.mark.parametrize("task", [BINARY, SEVERAL, VALUE], ids=["binary", "multiclass", "regression"])
def test_no_auto_is_left(task: Task) -> None:
    """Every ``auto`` is resolved with a reason (calibrate after the blend), permanently."""
    plan = resolve(_recipe(), _table(), task)
    assert [key for key in CHOICES if getattr(plan.recipe, key) == "auto"] in ([], ["calibrate"])
    assert {each.key for each in plan.decisions if not each.key.startswith("column ")} == set(CHOICES)
    assert all(each.choice and each.reason for each in plan.decisions)
    assert resolve(plan.recipe, _table(), task).recipe == plan.recipe


@pytest.mark.parametrize("task", [BINARY, SEVERAL, VALUE], ids=["binary", "multiclass", "regression"])
def test_what_is_chosen_suits_the_task(task: Task) -> None:
    """Chosen models and metrics support the task, and there are several of each."""
    plan = resolve(_recipe(), _table(), task)
    for chosen in (plan.recipe.models, plan.recipe.metrics):
        assert len(chosen) > 2
        assert all(task.kind in each.tasks for each in chosen)  # type: ignore[union-attr]


def test_a_resolved_recipe_round_trips() -> None:
    """The plan's recipe is an ordinary recipe."""
    recipe = resolve(_recipe(), _table(), BINARY).recipe
    assert from_keys(recipe.dump()) == recipe


def test_columns_are_declined_with_reasons() -> None:
    """Ids and constants are excluded with reasons, texts and dates if no feature reads them."""
    plan = resolve(_recipe(), _table(), BINARY)
    assert [column.name for column in plan.columns] == ["income", "plan", "city", "joined", "remark"]
    assert "constant" in _reason(plan, "column same")
    without = resolve(_recipe(features=["frequency"]), _table(), BINARY)
    assert [column.name for column in without.columns] == ["income", "plan", "city"]
    assert "do not include dates" in _reason(without, "column joined")
    assert "free text" in _reason(without, "column remark")


def test_the_column_that_splits_is_no_feature() -> None:
    """A column that only assigns rows to parts is never used by a model."""
    plan = resolve(_recipe(split={"kind": "group", "column": "city"}), _table(), BINARY)
    assert "city" not in [column.name for column in plan.columns]


def test_many_levels_and_dates_get_features() -> None:
    """Dates get calendar parts, categories with many levels means; others are unchanged."""
    plan = resolve(_recipe(), _table(), BINARY)
    assert [each.kind() for each in plan.recipe.features] == ["dates", "tfidf", "frequency", "target_mean"]  # type: ignore[union-attr]
    bare = resolve(_recipe(), _table().drop("city", "joined", "remark"), BINARY)
    assert bare.recipe.features == ()


@pytest.mark.parametrize(
    ("rows", "columns", "kept", "tried"),
    [(60, 3, True, True), (60, 3, False, False), (20_001, 3, True, False), (60, 201, True, False)],
)
def test_training_rows_are_stored_only_with_consent(rows: int, columns: int, kept: bool, tried: bool) -> None:
    """Models that store customers' values are tried only then, on tables neither large nor wide."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(rows, columns))).add_prefix("x")
    table = Table(frame, tuple(Column(name, "number") for name in frame))
    plan = resolve(_recipe(privacy={"keep_rows": kept}), table, BINARY)
    keeping = [each for each in plan.recipe.models if each.keeps_rows]  # type: ignore[union-attr]
    assert bool(keeping) == tried
    assert ("privacy allows" in _reason(plan, "models")) == tried
    if tried:
        worded = resolve(_recipe(privacy={"keep_rows": True}), _table(), BINARY)
        assert not any(each.keeps_rows for each in worded.recipe.models)  # type: ignore[union-attr]


def test_imputation_is_chosen_if_resampling_needs_it() -> None:
    """Synthetic rows need complete rows, and models then get dense rows."""
    plan = resolve(_recipe(resample="smote", models=["lightgbm"]), _table(), BINARY)
    assert plan.recipe.missing.kind() == "median"  # type: ignore[union-attr]
    assert "smote" in _reason(plan, "missing")
    assert plan.preparation(plan.recipe.models[0]).key == "dense"  # type: ignore[arg-type]


@pytest.mark.parametrize("split", ["time", {"kind": "time", "column": "joined"}])
def test_the_column_of_a_time_split_is_no_feature(split: Any) -> None:
    """Rows divided by the only date are prepared like rows divided by the date that is named."""
    recipe, _ = resolve_split(_recipe(split=split), _table())
    plan = resolve(recipe, _table(), BINARY)
    assert plan.split.columns() == ("joined",)
    assert "joined" not in {column.name for column in plan.columns}
    assert _reason(plan, "column joined") == "only assigns rows to parts"


@pytest.mark.parametrize(("repeated", "kind"), [(True, "group"), (False, "stratified")])
def test_a_customer_is_never_on_both_sides(repeated: bool, kind: str) -> None:
    """If customers have several rows, rows of one customer stay together."""
    table = _table(key=True)
    if not repeated:
        table = replace(table, frame=table.frame.assign(id=[f"k{n}" for n in range(len(table))]))
    recipe, (decision,) = resolve_split(_recipe(split="auto"), table)
    assert recipe.split.kind() == kind  # type: ignore[union-attr]
    assert decision.key == "split"
    assert resolve_split(recipe, table) == (recipe, ())


def test_models_of_another_task_are_left_out() -> None:
    """Each has a reason; if none is left, it is a mistake of the recipe."""
    plan = resolve(_recipe(models=["logistic", "mlp"]), _table(), VALUE)
    assert [each.kind() for each in plan.recipe.models] == ["mlp"]  # type: ignore[union-attr]
    assert any("logistic" in f"{each.key} {each.choice} {each.reason}" for each in plan.decisions)
    with pytest.raises(RecipeError, match="CP1113"):
        resolve(_recipe(models=["logistic"]), _table(), VALUE)
    with pytest.raises(RecipeError, match="CP1113"):
        resolve(_recipe(metrics=["roc_auc"]), _table(), VALUE)


@settings(max_examples=20, derandomize=True, deadline=None)
@given(seed=st.integers(0, 1000), rows=st.integers(30, 90))
def test_plans_do_not_depend_on_row_order(seed: int, rows: int) -> None:
    """A plan depends on which customers there are, not on their order."""
    table = _table(rows)
    order = np.random.default_rng(seed).permutation(rows)
    assert resolve(_recipe(), table.take(order), BINARY) == resolve(_recipe(), table, BINARY)


def test_networks_read_words_in_order_and_others_their_score() -> None:
    """A text column gets steps only for networks; a recipe with only steps also gets the score."""
    plan = resolve(_recipe(models=["logistic"]), _table(), BINARY)
    assert "tokens" not in {each.kind() for each in plan.recipe.features}  # type: ignore[union-attr]
    plan = resolve(_recipe(models=["logistic", "lstm"]), _table(), BINARY)
    assert {"tokens", "tfidf"} <= {each.kind() for each in plan.recipe.features}  # type: ignore[union-attr]
    words: dict[str, Any] = {"kind": "tokens", "of": "remark", "tokenizer": "char", "stopwords": "auto", "length": 9}
    plan = resolve(_recipe(models=["logistic"], features=[words]), _table(), BINARY)
    added = plan.recipe.features[-1]
    assert added.dump() == {"kind": "tfidf", "of": ["remark"], "tokenizer": "char", "stopwords": "auto"}  # type: ignore[union-attr]
    assert _reason(plan, "features tfidf")


@pytest.mark.parametrize(
    ("rows", "time", "networks", "folds"),
    [
        (500, 60.0, [], 8),
        (500, 10.0, [], 5),
        (500, None, [], 5),
        (50_000, 60.0, [], 5),
        (200_000, 60.0, [], 5),
        (500, 60.0, [False, True], 5),
        (500, 60.0, [True, True], 3),
    ],
)
def test_rows_time_and_networks_decide_the_folds(
    rows: int, time: float | None, networks: list[bool], folds: int
) -> None:
    """Few rows get eight folds in time; many rows, networks and several classes fewer."""
    assert count(rows, time, networks) == folds
    assert count(rows, time, networks, classes=4) == min(folds, 5)


@pytest.mark.parametrize(
    ("keys", "classes", "scored_folds"),
    [
        ({}, 2, 3),
        ({"split": "auto"}, 2, 3),
        ({}, 4, 2),
        ({"budget": {"time": 3600, "jobs": 1}}, 2, None),
        ({"budget": {"work": 5}}, 2, None),
        ({"split": {"kind": "stratified", "folds": 5}}, 2, None),
        ({"split": {"kind": "stratified", "scored_folds": 4}}, 2, 4),
        ({"split": {"kind": "time", "column": "joined"}}, 2, 3),
    ],
)
def test_crowded_tables_score_some_folds(keys: dict[str, Any], classes: int, scored_folds: int | None) -> None:
    """Many cells for the time reduce the number if the recipe names none."""
    budget = {"time": 60, "jobs": 1}
    recipe, decisions = resolve_split(_recipe(**{"budget": budget, **keys}), _table(11_000), classes)
    assert not isinstance(recipe.split, str)
    assert recipe.split.scored_folds == scored_folds
    asked = "scored_folds" in keys.get("split", {})
    assert any(each.key == "scored folds" for each in decisions) is (scored_folds is not None and not asked)


def test_a_model_that_combines_columns_has_its_own_preparation() -> None:
    """LightGBM with arithmetic shares no prepared rows with one without, and gets ratios first."""
    plan = resolve(_recipe(), _table(), BINARY)
    plainly, combined = Model.parse("lightgbm"), Model.parse({"kind": "lightgbm", "arithmetic": True})
    assert plan.preparation(plainly).key != plan.preparation(combined).key
    assert any("ratios" in name for name, _ in plan.preparation(combined).steps())
    assert not any("ratios" in name for name, _ in plan.preparation(plainly).steps())


def _preparation(model: dict[str, Any] | str, kinds: list[str] | None = None, **keys: Any) -> Any:
    """Return the preparation for one model; ``kinds`` of the columns x0, x1, ..."""
    kinds = kinds or ["number", "number"]
    frame = pd.DataFrame({f"x{n}": np.arange(60.0) % (n + 3) for n in range(len(kinds))})
    table = Table(frame, tuple(map(Column, frame.columns, kinds)))
    plan = resolve(_recipe(models=[model, "lightgbm"], **keys), table, BINARY)
    return plan.preparation(plan.recipe.models[0])


def test_codes_are_expanded_only_if_there_are_some() -> None:
    """A linear model needs 0/1 columns of codes; without codes its rows serve other models too."""
    assert "codes" in _preparation("logistic", ["number", "code"]).accepts
    assert "codes" not in _preparation("logistic", ["number", "number"]).accepts


def test_what_enters_a_model() -> None:
    """Every column enters a learner; a constant gets none, without resampling or imputation."""
    learner, constant = _preparation("logistic", resample="smote"), _preparation("dummy", resample="smote")
    assert (learner.columns, learner.resample.kind(), learner.accepts) == (("x0", "x1"), "smote", frozenset())
    assert (constant.columns, constant.resample.kind()) == ((), "none")


def test_unsupported_resampling_is_mentioned_only_for_networks() -> None:
    """Without networks, or without synthetic rows, there is no such decision."""
    for resample in ("smote", "over"):
        plan = resolve(_recipe(models=["logistic"], resample=resample), _table(), BINARY)
        assert [each.key for each in plan.decisions if each.key.startswith("resample for")] == []


def test_a_requirement_of_another_task_is_a_mistake() -> None:
    """A regression metric cannot be required of classes; class metrics and leak_alarms can."""
    with pytest.raises(RecipeError, match="CP1113 rmse is not for a binary task"):
        resolve(_recipe(require={"rmse": "<= 3"}), _table(), BINARY)
    assert resolve(_recipe(require={"roc_auc": ">= 0.5", "leak_alarms": 0}), _table(), BINARY).recipe.require


def test_a_decision_names_the_options_that_differ() -> None:
    """A chosen kind is shown with options that are not defaults, such as the folds of a split."""
    (decision,) = resolve_split(_recipe(split="auto"), _table(400))[1]
    assert decision.choice.startswith("stratified")
    assert "kind" not in decision.choice
    (few,) = resolve_split(_recipe(split="auto"), _table(60))[1]
    assert "folds=" in few.choice
    spec = Split.parse({"kind": "time", "column": "joined", "gap": "104d"})
    assert _named(spec) == "time (column=joined, gap=104d)"


class Similar(Model):
    """A model of somebody else's file, which says where it is to be tried."""

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return that it is tried first on few rows."""
        return Suited("similar customers behave alike", place=1) if len(setting.table) < 100 else None


class Rank(Metric):
    """A metric that is one of the usual ones for values."""

    tasks = frozenset({"regression"})
    usual = {"regression": 15}


class Initials(Feature):
    """A feature for columns of free text."""

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return that there are texts."""
        return Suited("the texts begin with letters", 15) if setting.flat("text") else None


@pytest.mark.parametrize("rows", [60, 160])
def test_auto_considers_a_new_kind(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class in the folder that suits is chosen in its order, with its reason; otherwise not."""
    for family, new in ((Model, Similar), (Metric, Rank), (Feature, Initials)):
        every = family.every()
        monkeypatch.setattr(family, "every", classmethod(lambda cls, known=(*every, new): known))
    plan = resolve(_recipe(), _table(rows), VALUE)
    assert [type(each).__name__ for each in plan.models[:2]] == (
        ["Similar", "Linear"] if rows < 100 else ["Linear", "LightGBM"]
    )
    assert ("similar customers" in _reason(plan, "models")) is (rows < 100)
    assert [type(each).__name__ for each in plan.metrics[:3]] == ["Rmse", "Rank", "Mae"]
    assert [type(each).__name__ for each in plan.features[:3]] == ["Dates", "Initials", "Tfidf"]
    assert "begin with letters" in _reason(plan, "features")
