"""The final model of a table larger than the memory, fitted to all of it if possible."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from custpred.budget import Budget, Clock
from custpred.engine.dask import Dask
from custpred.report._handed import handed
from custpred.report._text import Text
from custpred.results.progress import Progress
from custpred.source.csv import Csv
from custpred.source.parquet import Parquet
from custpred.training import refit as module
from custpred.training.checkpoint import draft
from custpred.training.refit import Refit

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.training.refit import Finished

SHARE = 0.4
MODELS = [{"kind": "logistic"}, {"kind": "xgboost", "rounds": 12}, {"kind": "lightgbm", "rounds": 12}]


@pytest.fixture(scope="module")
def source(people: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Parquet:
    """Return a table of 900 customers."""
    path = tmp_path_factory.mktemp("whole") / "customers.parquet"
    people(900).to_parquet(path)
    return Parquet(path=str(path), key="customer")


@pytest.fixture(scope="module")
def sample(search: Callable[..., Any], uneven: Any, source: Parquet) -> Any:
    """Return a search on the sample that a run would read; three members are in the blend."""
    found = search(
        data=source.part(SHARE).frame, target="left", key="customer", models=MODELS, ensemble=uneven, final="refit"
    )
    facts = {**found.labelled.table.facts, "drawn_from": 900}
    return replace(found, labelled=replace(found.labelled, table=replace(found.labelled.table, facts=facts)))


def _finished(world: Any, source: Parquet, folder: Path, address: str, **changes: Any) -> Finished:
    recipe = world.plan.recipe.model_copy(update={"customers": source, "engine": Dask(address=address)})
    plan, clock = replace(world.plan, recipe=recipe), Clock(Budget(work=1))
    (folder / "trials").mkdir()
    (folder / "trials" / "customers_read").write_text(repr(SHARE))
    refit = Refit(plan, world.labelled, world.folds, clock, folder, folder / "scratch")
    record = replace(draft(plan, world.labelled, world.folds), **changes)
    return refit.finish(world.blend, record, Progress(), whole=True)


def test_members_that_can_are_fitted_to_all_rows(cluster: Any, sample: Any, source: Parquet, tmp_path: Path) -> None:
    """All rows but the test rows; others, and the agreement of both models, are described."""
    finished = _finished(sample, source, tmp_path, cluster.scheduler_address)
    final = finished.record.final
    assert final is not None
    assert (final.kind, final.rows, final.compared) == ("refit", 900 - len(sample.folds.test), len(sample.folds.test))
    assert 0.5 < final.agreement < 1
    assert final.on_sample == ("lightgbm #4",)
    members = {each.model.kind(): each for each in finished.predictor.members}
    before = {each.model.kind(): each for each in sample.blend.predictor.members}
    assert [len(each.fitted) for each in members.values()].count(1) == 2
    assert members["lightgbm"] is before["lightgbm"]
    assert [each.weight for each in members.values()] == [each.weight for each in before.values()]
    frame = sample.labelled.table.frame[[each.name for each in sample.plan.columns]]
    reasons = finished.predictor.reasons(frame.iloc[:5])
    raw = finished.predictor.raw(frame.iloc[:5])
    np.testing.assert_allclose(reasons.start + reasons.values.sum(axis=1), raw, atol=1e-5)
    said = " ".join(str(block) for block in handed(finished.record, Text()))
    assert "the cluster refitted the members of the final model to" in said
    assert "lightgbm #4 keep" in said


@pytest.mark.parametrize("fault", ["value", "line", "label"])
def test_faulty_rows_outside_of_the_sample_are_noticed(
    cluster: Any, sample: Any, source: Parquet, tmp_path: Path, fault: str
) -> None:
    """A text among numbers is missing and counted; a long line or an unknown label ends the fit."""
    drawn = set(source.part(SHARE).frame["customer"])
    table = source.raw().frame.astype(object)
    place = next(i for i, name in enumerate(table["customer"]) if name not in drawn)
    number = next(each.name for each in sample.plan.columns if each.kind == "number")
    table.loc[place, "left" if fault == "label" else number] = "broken"
    text = table.to_csv(index=False).replace("broken", "broken" + ",1" * 9 if fault == "line" else "broken")
    (tmp_path / "run").mkdir()
    (tmp_path / "customers.csv").write_text(text)
    csv = Csv(path=str(tmp_path / "customers.csv"), key="customer")
    finished = _finished(sample, csv, tmp_path / "run", cluster.scheduler_address)
    assert finished.record.final is not None
    notes = [each for each in finished.record.data.findings if each.code == "D136"]
    if fault == "value":
        assert [(each.column, each.numbers) for each in notes] == [(number, {"rows": 1})]
        assert finished.record.final.kind == "refit"
    else:
        assert not notes and finished.record.final.reason == "failed"
        assert {"line": "CP2107", "label": "CP2413"}[fault] in (tmp_path / "run" / "log.jsonl").read_text()


def test_a_cluster_that_is_gone_keeps_the_measured_model(
    sample: Any, source: Parquet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with the model that was measured, and the reason is in the log."""
    monkeypatch.setattr("custpred.engine._cluster.CONNECT_TIMEOUT", 0.2)
    finished = _finished(sample, source, tmp_path, "tcp://127.0.0.1:9")
    assert finished.record.final is not None
    assert finished.record.final.reason == "failed"
    assert finished.predictor is sample.blend.predictor
    assert "CP5103" in (tmp_path / "log.jsonl").read_text()


def test_what_does_not_agree_is_not_used(
    cluster: Any, sample: Any, source: Parquet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions that rank the test rows otherwise than the measured model's keep that model."""
    monkeypatch.setattr(module, "agreement", lambda one, other: (0.1, 0.4))
    finished = _finished(sample, source, tmp_path, cluster.scheduler_address)
    assert finished.record.final is not None
    assert (finished.record.final.reason, finished.record.final.on_sample) == ("apart", ())
    assert finished.predictor is sample.blend.predictor


def test_without_time_nothing_is_fitted(
    sample: Any, source: Parquet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the fits would take longer than the time left, the cluster is not even called."""
    monkeypatch.setattr(Clock, "give_back", lambda self: time.monotonic() + 60)
    monkeypatch.setattr(module, "FIXED_SECONDS", 61.0)
    finished = _finished(sample, source, tmp_path, "tcp://127.0.0.1:9")
    assert finished.record.final is not None
    assert finished.record.final.reason == "late"


def test_only_a_sample_on_a_cluster_has_more_rows(sample: Any, source: Parquet, tmp_path: Path) -> None:
    """Whole tables, weighted rows, dropped repeats and other engines refit as usual."""
    recipe = sample.plan.recipe.model_copy(update={"customers": source, "engine": Dask()})
    plan, table = replace(sample.plan, recipe=recipe), module.WholeTable
    assert table(plan, sample.labelled, sample.folds, tmp_path).there
    whole = replace(sample.labelled, table=replace(sample.labelled.table, facts={}))
    weighted = replace(sample.labelled, weight=np.ones(len(sample.labelled.truth)))
    assert not table(plan, whole, sample.folds, tmp_path).there
    assert not table(plan, weighted, sample.folds, tmp_path).there
    assert not table(sample.plan, sample.labelled, sample.folds, tmp_path).there
    dropping = replace(plan, recipe=recipe.model_copy(update={"customers": source.with_(duplicates="drop")}))
    assert not table(dropping, sample.labelled, sample.folds, tmp_path).there
