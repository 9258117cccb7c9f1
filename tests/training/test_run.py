"""The parts of a run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred.api import plan as plan_of
from custpred.errors import DataError, RunError
from custpred.metrics.base import Metric
from custpred.models.base import Model
from custpred.recipe.file import from_keys
from custpred.results.progress import Progress
from custpred.results.record import Decision
from custpred.search._race import race
from custpred.search._space import build
from custpred.search.base import Search
from custpred.table import Column, Table
from custpred.target.base import Labelled
from custpred.task import Task
from custpred.training import run as module
from custpred.training._figures.leaderboard import assessed, skipped
from custpred.training._rows.resumed import refuse_others
from custpred.training.plan import resolve
from custpred.training.run import _in_time, read_labelled, run, tidy
from custpred.training.search_session import CROWDED_CELLS, entries

if TYPE_CHECKING:
    from custpred.search._trial import Trial


def test_families_begin_with_the_baselines(world: Any) -> None:
    """A model without options has its initial configurations, one with options is fixed."""
    recipe = world.plan.recipe.model_copy(
        update={
            "models": (Model.parse("mlp"), Model.parse({"kind": "logistic", "C": 2})),
            "search": Search.parse("random"),
        }
    )
    found = entries(replace(world.plan, recipe=recipe), world.scorer.task, world.scorer.truth)
    assert [entry.model.kind() for entry in found] == ["dummy", "rule", "mlp", "logistic"]
    assert found[2].fixed == frozenset()
    assert len(found[2].starts) > 1
    assert found[3].fixed == {"C"}
    assert [start.C for start in found[3].starts] == [2.0]  # type: ignore[attr-defined]


def test_without_a_search_only_the_recipe_s_configurations_take_part(world: Any) -> None:
    """So the first model and landmarks fit none that is not in the recipe."""
    recipe = world.plan.recipe.model_copy(update={"models": (Model.parse("mlp"),), "search": Search.parse("none")})
    *_, mlp = entries(replace(world.plan, recipe=recipe), world.scorer.task, world.scorer.truth)
    assert mlp.starts == (Model.parse("mlp"),)


@pytest.mark.parametrize(("share", "early"), [(0.9, False), (1.1, True)])
def test_linear_models_are_early_unless_they_are_slow(world: Any, share: float, early: bool) -> None:
    """They come first unless the table has many cells for the time, and always for texts."""
    columns = tuple(each for each in world.plan.columns if each.kind != "text")
    cells = len(world.scorer.truth) * len(columns) * world.plan.split.parts
    seconds = share * cells / CROWDED_CELLS
    budget = world.plan.recipe.budget.model_copy(update={"time": seconds, "jobs": 1})
    plan = replace(world.plan, columns=columns, recipe=world.plan.recipe.model_copy(update={"budget": budget}))
    families = entries(plan, world.scorer.task, world.scorer.truth)
    assert {entry.early for entry in families if not entry.beside} == {early}
    assert all(entry.early for entry in families if entry.beside)
    texts = replace(plan, columns=(*columns, Column("remark", "text")))
    assert all(entry.early for entry in entries(texts, world.scorer.task, world.scorer.truth))


@pytest.mark.parametrize("kind", ["lightgbm", "xgboost", "catboost"])
def test_an_absolute_error_is_optimised(world: Any, kind: str) -> None:
    """If it is the first metric, the median is learned, also by proposals; otherwise the mean."""
    kinds, proposed = {}, {}
    for metric in ("mae", "rmse"):
        recipe = world.plan.recipe.model_copy(
            update={"models": (Model.parse(kind),), "metrics": (Metric.parse(metric),)}
        )
        task = Task("regression", "spend")
        found = entries(replace(world.plan, recipe=recipe), task, np.exp(np.linspace(0, 5, 100)))
        kinds[metric] = [each.dump().get("objective") for each in found[-1].starts]
        proposed[metric] = build(found[-1], {"learning_rate": 0.04})
    assert kinds["mae"][0] == "l1"
    assert "l1" not in kinds["rmse"]
    assert [each.objective == "l1" for each in proposed.values()] == [True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["lightgbm", "xgboost", "catboost"])
@pytest.mark.parametrize(("spread", "zeros", "first"), [(1.5, 0, True), (0.4, 0, False), (1.5, 0.3, False)])
def test_very_skewed_amounts_are_first_learned_on_their_log(
    world: Any, kind: str, spread: float, zeros: float, first: bool
) -> None:
    """The log comes first for log-normal amounts of a large spread, not if they are often 0."""
    spend = 1000 * np.exp(spread * np.random.default_rng(0).normal(size=1000))
    spend[: int(zeros * len(spend))] = 0.0
    recipe = world.plan.recipe.model_copy(update={"models": (Model.parse(kind),), "search": Search.parse("tpe")})
    *_, found = entries(replace(world.plan, recipe=recipe), Task("regression", "spend"), spend)
    assert found.starts[0].on_log == first
    assert not all(each.on_log for each in found.starts)


def test_models_of_another_task_do_not_take_part(world: Any) -> None:
    """A model that does not support the task is skipped."""
    recipe = world.plan.recipe.model_copy(update={"models": (Model.parse("linear"), Model.parse("mlp"))})
    found = entries(replace(world.plan, recipe=recipe), world.scorer.task, world.scorer.truth)
    assert [entry.model.kind() for entry in found][2:] == ["mlp"]


def test_named_models_that_the_search_did_not_reach_are_listed(world: Any) -> None:
    """A model of the recipe is never missing without a word; ``auto`` offers more than it tries."""
    board, _ = assessed(world.scorer, world.trials, world.blend, 0)
    kinds = {row.kind for row in board}
    recipe = world.plan.recipe.model_copy(update={"models": (*world.plan.recipe.models, Model.parse("knn"))})
    plan = replace(world.plan, recipe=recipe)
    assert "knn" not in kinds
    (row,) = skipped(plan, board)
    assert (row.kind, row.status, row.rank) == ("knn", "skipped", len(board) + 1)
    assert row.reason == "the search ended before its first trial"
    offered = replace(plan, decisions=(*plan.decisions, Decision("models", "knn", "families that differ")))
    assert skipped(offered, board) == ()


def _divided(rows: int = 240) -> pd.DataFrame:
    """Return customers whose test rows have other cities, missing values, a varying column."""
    draw, part = np.random.default_rng(0), np.repeat(["train", "test"], [rows * 2 // 3, rows // 3])
    income, test = draw.normal(size=rows), part == "test"
    return pd.DataFrame(
        {
            "income": income,
            "age": np.where(test & (draw.random(rows) < 0.5), np.nan, draw.normal(size=rows)),
            "city": np.where(
                test, [f"city {n:03d}" for n in range(rows)], np.array(["north", "south"])[draw.integers(0, 2, rows)]
            ),
            "tier": np.where(test, draw.normal(size=rows), 1.0),
            "part": part,
            "left": np.where(income + draw.normal(size=rows) > 0, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Return the plan of a run and of ``custpred plan`` for customers whose test rows differ."""
    keys = {"target": "left", "split": {"kind": "given", "column": "part", "folds": 2}, "models": ["logistic"]}
    recipe = from_keys(
        {"customers": {"kind": "frame", "data": _divided()}, **keys, "search": "none", "engine": "inline"}
    )
    seen: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("custpred.training.run.resolve", lambda *given: seen.append(resolve(*given)) or seen[-1])
        run(recipe, tmp_path_factory.mktemp("run"))
    return seen[0], plan_of(recipe)


@pytest.mark.parametrize("of", ["run", "plan"])
def test_plans_never_see_the_test_customers(planned: tuple[Any, Any], of: str) -> None:
    """No choice, level or range comes from a test row: 80 cities are unknown."""
    plan = planned[of == "plan"]
    assert plan.recipe.features == ()
    reason = next(each.reason for each in plan.decisions if each.key == "missing")
    assert "of the cells" not in reason
    city, age = plan.intake.by_name["city"], plan.intake.by_name["age"]
    assert (sorted(city.levels), city.rare, city.rows) == (["north", "south"], 0, 160)
    assert age.missing == 0


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_what_is_shown_of_held_out_rows_is_nested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """Without test rows the blend itself is nested; with some, what is assessed is.

    All labelled rows may teach the model that is handed over, as there was time for all of them.
    """
    found: dict[str, bool] = {}
    blended, assess, refit = module._blended, module.Checkpoint.assess, module.Refit

    def spied_blend(*given: Any, **how: Any) -> Any:
        blend, weights = blended(*given, **how)
        found["blend"] = blend.nested is not None
        return blend, weights

    def spied_assess(*given: Any) -> Any:
        found["assessed"] = given[4] is not None
        return assess(*given)

    def spied_refit(*given: Any, **how: Any) -> Any:
        found["limited"] = how["limited"]
        return refit(*given, **how)

    monkeypatch.setattr(module, "_blended", spied_blend)
    monkeypatch.setattr(module.Checkpoint, "assess", spied_assess)
    monkeypatch.setattr(module, "Refit", spied_refit)
    models = [{"kind": "logistic", "C": strength} for strength in (0.1, 1.0)]
    keys = {"target": "left", "split": {"kind": "stratified", "test": share, "folds": 2}, "models": models}
    source = {"kind": "frame", "data": _divided().drop(columns="part")}
    done = run(from_keys({"customers": source, **keys, "search": "none", "engine": "inline"}), tmp_path)
    assert found == {"blend": not share, "assessed": bool(share), "limited": False}
    assert (done.whole, done.record.data.test_rows) == (True, 60 if share else 0)
    assert done.members == {trial.number for trial in done.blended}


@pytest.mark.parametrize("test", [0.2, 0])
@pytest.mark.parametrize(("sample", "target"), [("telecom", "churn"), ("shop", "spend_next_90d"), ("shop", "segment")])
def test_every_measure_of_a_counted_run_is_computed(tmp_path: Path, sample: str, target: str, test: float) -> None:
    """None ends with a fault, with and without test rows, for every kind of task."""
    source = {"sample": sample, "rows": 300}
    split = {"kind": "stratified" if target != "spend_next_90d" else "plain", "folds": 2, "test": test}
    keys = {"customers": source, "target": target, "models": ["lightgbm"], "budget": {"work": 3, "jobs": 1}}
    done = run(from_keys({**keys, "split": split, "engine": "inline"}), tmp_path)
    assert not {kind: found.reason for kind, found in done.record.measures.items() if "bug" in found.reason}
    assert {"importance", "attributions"} <= {kind for kind, found in done.record.measures.items() if found.rows}


def test_stages_are_announced_and_timed() -> None:
    """Each stage is announced at its beginning, and has its seconds after its end or failure."""
    told: list[tuple[str, Any]] = []
    progress = Progress(lambda event, what: told.append((event, what)))
    with progress.stage("read"):
        assert told == [("stage", "read")]
    with pytest.raises(ZeroDivisionError), progress.stage("search"):
        raise ZeroDivisionError
    assert list(progress.seconds) == ["read", "search"]


def test_tidying_keeps_results_and_members(tmp_path: Path) -> None:
    """Fitted folds outside the blend are removed, results and members stay."""
    for number in ("0", "1"):
        (tmp_path / number / "deep").mkdir(parents=True)
        for name in ("result.json", "fold0.json", "held0.npy", "deep/x"):
            (tmp_path / number / name).write_text("x")
    (tmp_path / "rows.sha256").write_text("x")
    tidy(tmp_path, frozenset({1}))
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    kept = ["1/deep/x", "1/fold0.json", "1/held0.npy", "1/result.json"]
    assert left == ["0/result.json", *kept, "rows.sha256"]


class Torn(Search):
    """A search that tries only the starts, and cannot be kept."""

    def run(self, entries: Any, scorer: Any, workers: Any, limits: Any, tell: Any = print) -> tuple[Trial, ...]:
        return race(self, entries, None, (scorer, workers, limits), tell)

    def keep(self, folder: Path, entries: Any, trials: Any) -> None:
        raise OSError(f"no room for {len(trials)} trials")


def test_a_search_that_cannot_be_stored_is_logged(tmp_path: Path) -> None:
    """The run continues without the copy for other tools."""
    keys = {"customers": {"sample": "telecom", "rows": 300}, "target": "churn", "models": ["logistic"]}
    recipe = from_keys(
        {**keys, "engine": "inline", "budget": {"work": 3, "jobs": 1}, "split": {"kind": "stratified", "folds": 2}}
    )
    (tmp_path / "run").mkdir()
    done = run(recipe.model_copy(update={"search": Torn()}), tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text("utf-8").splitlines()]
    assert [line["reason"] for line in lines if line["event"] == "search not kept"] == ["OSError: no room for 5 trials"]
    assert done.whole
    assert done.record.test


@pytest.mark.parametrize("enough", [True, False])
def test_all_rows_are_prepared_if_there_is_time(world: Any, monkeypatch: pytest.MonkeyPatch, enough: bool) -> None:
    """If time suffices, test rows are prepared too; otherwise only the training rows."""
    fewer = replace(world.folds, train=world.folds.train[:50])
    part = world.folds if enough else fewer
    monkeypatch.setattr("custpred.training.run.limited", lambda plan, *_: (plan, part))
    every = world.labelled.take(world.folds.train)
    _, folds, train, ahead = _in_time(world.plan, world.labelled, every, world.folds, Any, Path("trials"))
    assert folds is part
    assert len(train.table) == (len(world.folds.train) if enough else 50)
    assert train.truth.tolist() == world.labelled.truth[part.train].tolist()
    assert len(ahead.table) == (len(world.labelled.table) if enough else 50)


def _worth(target: str) -> Any:
    """Return a recipe whose value column contains words."""
    frame = pd.DataFrame({"x": np.arange(60.0), "worth": ["little", "much"] * 30, "left": ["no", "yes"] * 30})
    business = {"value": {"column": "worth"}}
    return from_keys({"customers": {"kind": "frame", "data": frame}, "target": target, "business": business})


def test_a_value_without_numbers_is_refused_before_anything_is_fitted() -> None:
    """A ranking by value needs a numeric column; a predicted amount is its own value."""
    with pytest.raises(DataError, match="worth"):
        read_labelled(_worth("left"))
    assert read_labelled(_worth("x")).task.kind == "regression"


def _orders(**keys: Any) -> Any:
    target = {"kind": "no_event", "table": "orders", "horizon": "90d", "eligible": {"events_in": "180d"}}
    events = {"orders": {"sample": "orders", "rows": 80}}
    return from_keys({"events": events, "target": target, "cutoffs": {"every": "1mo", "count": 2}, **keys})


def test_the_sql_of_gathered_features_is_stored(tmp_path: Path) -> None:
    """A run writes its statements; a plan, which has no folder, writes nothing."""
    labelled = read_labelled(_orders(), tmp_path)
    assert (tmp_path / "features.sql").read_text("utf-8") == labelled.table.facts["sql"]
    assert len(read_labelled(_orders()).table) == len(labelled.table)


def test_a_column_that_was_not_gathered_is_named(tmp_path: Path) -> None:
    """A column of the recipe that is not in the gathered table is an error."""
    with pytest.raises(DataError, match="no_such"):
        read_labelled(_orders(privacy={"sensitive": ["no_such"]}), tmp_path)
    (name, *_) = read_labelled(_orders()).table.of_kind("number")
    assert read_labelled(_orders(privacy={"sensitive": [name]})).table


def test_a_run_is_resumed_only_with_the_same_rows(tmp_path: Path) -> None:
    """Other values, labels, names, folds or weights are refused, with the reason."""
    table = Table(pd.DataFrame({"x": np.arange(4.0)}), (Column("x", "number"),))
    labelled = Labelled(table, np.array([0, 1, 0, 1]), Task("binary", "left", ("no", "yes")))
    path, rows = tmp_path / "trials" / "rows.sha256", [np.array([3]), np.array([0, 1])]
    refuse_others(path, "abc", labelled, rows)
    refuse_others(path, "abc", labelled, rows)
    renamed = replace(table, frame=table.frame.rename(columns={"x": "z"}), columns=(Column("z", "number"),))
    for values, other, parts in (
        ("abd", labelled, rows),
        ("abc", replace(labelled, truth=np.array([0, 1, 1, 1])), rows),
        ("abc", replace(labelled, table=renamed), rows),
        ("abc", replace(labelled, weight=np.ones(4)), rows),
        ("abc", labelled, [np.array([2]), np.array([0, 1])]),
    ):
        with pytest.raises(RunError, match="not those that the run was started with"):
            refuse_others(path, values, other, parts)
