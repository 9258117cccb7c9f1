"""Members are left out of an export, and the others are blended again out of fold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from custpred.ensemble.base import Ensemble
from custpred.errors import CustpredWarning, ModelFileError
from custpred.metrics.base import Metric
from custpred.results.out_of_fold import FILE, MAX_ROWS, OutOfFold
from custpred.results.result import Result
from custpred.task import Predictions, Task
from custpred.training.blend import combine


def _kept(scorer: Any, trials: Any, ensemble: Ensemble) -> OutOfFold:
    raws = [scorer.raw(each.number) for each in trials]
    held, _ = scorer.predictions(raws[0])
    return OutOfFold.of([each.name for each in trials], raws, held, (ensemble, scorer.metric, scorer.plan.recipe.seed))


def test_the_others_are_blended_as_a_run_without_the_member_would(
    world: Any, uneven: Ensemble, people: Callable[..., pd.DataFrame]
) -> None:
    """Weights, calibration and policy equal those that the run chooses without that member."""
    kept, before = _kept(world.scorer, world.blend.trials, uneven), world.blend.predictor
    (gone,) = (each.name for each in before.members if each.model.kind() == "mlp")
    found = kept.blended(before, {gone})
    wanted = combine(world.plan, world.scorer, [each for each in world.trials if each.name != gone]).predictor
    assert found.members != before.members
    assert {each.name: each.weight for each in found.members} == {each.name: each.weight for each in wanted.members}
    assert found.policy == wanted.policy
    new = before.conform(people(50, seed=5))[0]
    np.testing.assert_allclose(found.predict(new), replace(wanted, calibrate=found.calibrate).predict(new), atol=1e-5)


def test_members_without_a_weight_are_dropped(world: Any) -> None:
    """With the best member alone, one is left, and its score is told."""
    kept, before = _kept(world.scorer, world.blend.trials, Ensemble.parse("best")), world.blend.predictor
    found = kept.blended(before, {before.members[0].name})
    assert [each.weight for each in found.members] == [1.0]
    assert found.members[0].name != before.members[0].name
    text = kept.compared(before, found)
    values = [float(each) for each in re.findall(r"is (0\.\d+)", text)]
    assert values[1] == pytest.approx(world.scorer.metric.score(world.blend.held_out), abs=1e-3)
    assert "roc_auc" in text and f"{len(kept.truth)} rows" in text


def test_a_folder_gives_back_what_was_saved(tmp_path: Path) -> None:
    """Several classes and weights; a damaged file is an error, an absent one is None."""
    draw = np.random.default_rng(0)
    task = Task("multiclass", "y", ("a", "b", "c"))
    held = Predictions(task, draw.integers(0, 3, 30), np.ones((30, 3)) / 3, draw.random(30))
    how = (Ensemble.parse({"kind": "greedy", "rounds": 3}), Metric.parse("log_loss"), 5)
    kept = OutOfFold.of(["one", "two"], list(draw.random((2, 30, 3))), held, how)
    assert OutOfFold.load(tmp_path) is None
    kept.save(tmp_path)
    again = OutOfFold.load(tmp_path)
    assert again is not None and again.weight is not None
    assert (again.names, again.ensemble, again.metric, again.seed) == (kept.names, *how)
    np.testing.assert_array_equal(again.raws, kept.raws)
    np.testing.assert_array_equal(again.weight, held.weight)
    (tmp_path / FILE).write_bytes(b"PK damaged")
    with pytest.raises(ModelFileError, match=FILE):
        OutOfFold.load(tmp_path)


def test_many_rows_are_thinned() -> None:
    """Labels and scores stay together."""
    rows = 2 * MAX_ROWS + 1
    held = Predictions(Task("regression", "y"), np.arange(rows, dtype=float), np.zeros(rows))
    kept = OutOfFold.of(["one"], [np.arange(rows)], held, (Ensemble.parse("best"), Metric.parse("rmse"), 0))
    assert len(kept.truth) <= MAX_ROWS
    np.testing.assert_array_equal(kept.raws[0], kept.truth.astype(np.float32))


def test_an_export_blends_again(
    search: Callable[..., Any],
    people: Callable[..., pd.DataFrame],
    uneven: Ensemble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The SQL computes the new blend, and a warning has the scores of both."""
    models = ["logistic", {"kind": "lightgbm", "rounds": 12}, {"kind": "mlp", "epochs": 2, "width": 8}]
    table = people().drop(columns="remark")
    made = search(data=table, target="left", key="customer", models=models, ensemble=uneven)
    before = made.blend.predictor
    _kept(made.scorer, made.blend.trials, Ensemble.parse("greedy")).save(tmp_path)
    monkeypatch.setattr(Result, "predictor", before)
    result = Result(None, tmp_path)  # type: ignore[arg-type]
    with pytest.warns(CustpredWarning) as caught:
        path = result.export(tmp_path / "a.sql", sql="duckdb", members="sql")
    assert any(re.search(r"blended again: out of fold, roc_auc is 0\.\d+ on \d+ rows", str(w.message)) for w in caught)
    customers = people(60, seed=9).drop(columns=["remark", "left"])
    with duckdb.connect() as engine:
        engine.register("customers", customers)
        found = engine.sql(path.read_text("utf-8")).df()
    known = OutOfFold.load(tmp_path)
    assert known is not None
    gone = {each.name for each in before.members if each.model.kind() == "mlp"}
    wanted = known.blended(before, gone).predict(before.conform(customers)[0])[:, 1]
    own = found.set_index("customer").loc[customers["customer"]].filter(like="yes").iloc[:, 0]
    np.testing.assert_allclose(own.to_numpy(), wanted, atol=1e-9)
