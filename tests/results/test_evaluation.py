"""A finished run on later outcomes, and its plots."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import DataError, MissingDependency
from custpred.lazy import installed
from custpred.metrics.base import Metric
from custpred.report._later import worse
from custpred.report._text import Text
from custpred.results.evaluation import evaluate
from custpred.results.final import Final
from custpred.results.notebook import Bar
from custpred.results.record import Score
from custpred.results.result import Result
from custpred.results.terminal import following
from custpred.task import Predictions


@pytest.fixture(scope="module")
def result(people: Callable[..., pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return a run on customers in a file, with costs."""
    path = tmp_path_factory.mktemp("evaluated") / "customers.csv"
    people(600).to_csv(path, index=False)
    lean = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
    lean |= {"split": {"kind": "stratified", "folds": 2, "test": 0.25}}
    business = {"value": {"column": "income", "margin": 0.02}, "contact_cost": 1, "success_rate": 0.3}
    return cp.fit(path, {"column": "left", "positive": "yes"}, key="customer", business=business, **lean)


@pytest.fixture(scope="module")
def later(people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Return other customers, one of whom has no outcome yet."""
    made = people(300, seed=9)
    made.loc[5, "left"] = None
    return made


def test_scores_are_those_of_the_predictions(result: Result, later: pd.DataFrame) -> None:
    """Rows without an outcome are skipped with a note; scores are metrics of ``predict_proba``."""
    found = result.evaluate(later)
    known = later.drop(index=5)
    truth = (known["left"] == "yes").to_numpy().astype(int)
    own = Predictions(result.record.task, truth, result.predict_proba(known).to_numpy())
    scores = found.scores().set_index("metric")
    assert len(found) == 299
    assert any(note.code == "D169" for note in found.notes)
    assert scores.loc["roc_auc", "value"] == pytest.approx(Metric.parse("roc_auc").score(own))
    assert (scores["low"] <= scores["value"]).all()
    assert scores.loc["roc_auc", "test"] == result.score
    assert "299 rows" in repr(found)
    assert found.plot.gains().table.shape[1] == 3


def test_groups_of_sensitive_columns_are_compared(result: Result, later: pd.DataFrame, tmp_path: Path) -> None:
    """Also those of a column that no model reads; one that the rows lack is named."""
    recipe = {**result.record.recipe, "privacy": {"sensitive": ["plan", "area", "gone"]}}
    new = later.assign(area=np.where(np.arange(len(later)) % 3 == 0, "north ", "south"))
    found = evaluate(replace(result.record, recipe=recipe), result.predictor, new)
    measure = found.record.measures["groups"]
    assert {row["column"] for row in measure.rows} == {"plan", "area"}
    assert {row["group"]: row["customers"] for row in measure.rows if row["column"] == "area"} == {
        "north": 100,
        "south": 199,
    }
    assert measure.facts["absent"] == ["gone"]
    assert "Sensitive columns" in found.report(tmp_path / "later.html").read_text("utf-8")


def test_one_outcome_does_not_make_a_run_worse(result: Result, later: pd.DataFrame, tmp_path: Path) -> None:
    """A loss of one row has no interval: the page says so, and the run is not called worse."""
    loss = replace(result.record, test={"log_loss": Score(0.01, 0.005, 0.02)})
    one = evaluate(replace(loss, lock={**loss.lock, "metrics": ["log_loss", "brier"]}), result.predictor, later[:1])
    assert one.record.test["log_loss"].value > 0.02
    assert np.isnan([one.record.test["log_loss"].low, one.record.test["log_loss"].high]).all()
    assert not worse(one.record, loss)
    assert "(95% interval \u2013), 0.010 in the test." in one.report(tmp_path / "e.md").read_text("utf-8")


def test_rows_that_the_model_learned_from_are_counted(
    result: Result, people: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    """Training rows flatter: the warning counts them; test rows only if the model was refitted."""
    every = people(600)
    found = result.evaluate(every)
    assert [note.text for note in found.notes if note.code == "D170"] == [
        "The model learned from 450 of these 600 rows: the scores are too good."
    ]
    assert "learned from 450" in repr(found)
    assert "450행으로 학습" in Text("ko").message(found.notes[-1].text)
    assert "learned from 450" in found.report(tmp_path / "e.md").read_text("utf-8")
    final = Final("refit", rows=600, measured=450, folds=2)
    again = evaluate(replace(result.record, final=final), result.predictor, every, folder=result.folder)
    assert "learned from 600 of these 600" in again.notes[-1].text
    assert not [note for note in result.evaluate(people(300, seed=9)).notes if note.code == "D170"]


def test_weights_are_those_of_the_new_rows(result: Result, people: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    """Scores are weighted as in the test, rows of weight 0 left out; without the column a note."""
    lean = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
    lean |= {"split": {"kind": "stratified", "folds": 2, "test": 0.25}, "weight": "w", "report": {"language": "ko"}}
    draw = np.random.default_rng(0)
    old, new = (people(rows, seed=seed).assign(w=draw.choice([0, 1, 5], rows)) for rows, seed in ((400, 0), (300, 9)))
    run = cp.fit(old, {"column": "left", "positive": "yes"}, key="customer", out=tmp_path / "run", **lean)
    found, known = run.evaluate(new), new[new["w"] > 0]
    truth, weight = (known["left"] == "yes").to_numpy().astype(int), known["w"].to_numpy(dtype=float)
    own = Predictions(run.record.task, truth, run.predict_proba(known).to_numpy(), weight)
    assert found.record.test["roc_auc"].value == pytest.approx(Metric.parse("roc_auc").score(own))
    assert len(found) == len(known)
    assert [note.code for note in found.notes if note.code in {"D160", "T205"}] == ["T205"]
    plain = run.evaluate(new.drop(columns="w"))
    assert (len(plain), plain.notes[-1].code, plain.notes[-1].severity) == (300, "D171", "warning")
    assert "가중치 없이" in Text("ko").message(plain.notes[-1].text)
    for wrong in (-1, None, 0):
        with pytest.raises(DataError, match="CP2213"):
            run.evaluate(new.assign(w=wrong))
    assert len(run.evaluate(new.assign(w=2))) == 300


def test_other_spellings_of_labels_are_matched(result: Result, later: pd.DataFrame, tmp_path: Path) -> None:
    """YES and No give the same scores; an unknown label or empty column is refused."""
    spelled = later.assign(left=later["left"].map({"yes": "YES", "no": "No"}))
    spelled.to_csv(tmp_path / "later.csv", index=False)
    assert result.evaluate(tmp_path / "later.csv").scores().equals(result.evaluate(later).scores())
    with pytest.raises(DataError, match="labels that the model does not know: 'maybe'") as caught:
        result.evaluate(later.assign(left="maybe"))
    assert caught.value.code == "CP2413"
    with pytest.raises(DataError, match="No row has an outcome"):
        result.evaluate(later.assign(left=None))
    with pytest.raises(DataError, match="'left' is missing"):
        result.evaluate(later.drop(columns="left"))


def test_reversed_outcomes_are_worse(result: Result, later: pd.DataFrame, tmp_path: Path) -> None:
    """Page and Markdown say that the score is worse than in the test."""
    turned = later.assign(left=later["left"].map({"yes": "no", "no": "yes"}))
    found = result.evaluate(turned)
    text = found.report(tmp_path / "e.md").read_text("utf-8")
    assert re.search(r"ROC AUC is 0\.\d+ \(95% interval [^)]+\): worse than in the test", text)
    assert "<script" not in found._repr_html_()
    assert found.report(tmp_path / "e.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["roc", "gains", "importance", "calibration", "profit"])
def test_figures_show_and_save(result: Result, name: str, tmp_path: Path) -> None:
    """Each plot is an image in a notebook, and a complete XML file without variables or scripts."""
    figure = getattr(result.plot, name)()
    text = figure.save(tmp_path / f"{name}.svg").read_text("utf-8")
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert "var(" not in text
    assert "preserveAspectRatio" not in text
    assert figure._repr_html_().startswith("<img ")
    assert len(figure.table) > 1


def test_a_waterfall_adds_up(result: Result, later: pd.DataFrame) -> None:
    """Contributions add up to the probability, from the run's own file and a frame."""
    shown = result.plot.waterfall(later["customer"].iloc[0], later).chart.data
    assert shown["start"] + sum(shown["parts"]) == pytest.approx(shown["answer"], abs=1e-6)
    assert shown["answer"] == pytest.approx(100 * result.predict_proba(later.iloc[[0]])["yes"].iloc[0], abs=0.01)
    assert result.plot.waterfall("secret-id-00007").chart.kind == "waterfall"
    with pytest.raises(DataError, match="No customer has the id 'x'"):
        result.plot.waterfall("x")


def test_png_needs_its_extra(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PNG needs its converter, else the error names the extra; other extensions are refused."""
    figure = result.plot.roc()
    if installed("resvg_py"):
        assert figure.save(tmp_path / "roc.png").read_bytes().startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingDependency, match=r"custpred\[png\]"):
        figure.save(tmp_path / "again.png")
    with pytest.raises(DataError, match="CP2416"):
        figure.save(tmp_path / "roc.pdf")


def test_unavailable_plots_are_errors(people: Any, tmp_path: Path) -> None:
    """Without a value there is no profit plot; a run on a frame has no customers to look up."""
    lean = {"search": "none", "engine": "inline", "models": ["logistic"], "budget": {"work": 1, "jobs": 1}}
    lean |= {"split": {"kind": "stratified", "folds": 2, "test": 0.25}}
    bare = cp.fit(people(200), "left", key="customer", **lean)
    with pytest.raises(DataError, match="CP2415"):
        bare.plot.profit()
    with pytest.raises(DataError, match="CP2414"):
        bare.plot.waterfall("secret-id-00001")


def test_objects_have_short_reprs(result: Result, people: Any) -> None:
    """Results, profiles, recipes and plans have one line, and HTML in a notebook."""
    from custpred.recipe.file import from_keys

    recipe = from_keys({"name": "<b>", "customers": {"sample": "telecom", "rows": 300}, "target": "churn"})
    plan, profile = cp.plan(recipe), cp.profile(people(100), target="left")
    for each in (result, recipe, plan, profile):
        assert len(repr(each)) < 200
        assert "\n" not in repr(each)
        assert "<b>" not in each._repr_html_()
    assert repr(recipe) == "Recipe('<b>': target 'churn', 3 keys set)"
    assert repr(profile).startswith("Profile('customers': 100 rows, 7 columns, ")


def test_progress_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """One HTML element is replaced: stage, trials, score, time left; then the duration."""
    shown: list[str] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            shown.append(data["text/html"])

    monkeypatch.setattr("custpred.results.notebook.display", lambda: lambda *data, **how: Handle())
    trial = type("Trial", (), {"status": "ok", "name": "<i>logistic #0", "gain": 0.8, "reason": ""})()
    with following(None, 1) as progress, progress.stage("search"):
        progress.notify("left", 12.0)
        progress.notify("trial", trial)
    assert isinstance(progress.notify, Bar)
    assert "trying models" in shown[0]
    assert "1 trial" in shown[-2]
    assert "&lt;i&gt;logistic #0: best so far" in shown[-2]
    assert "about 12 s left" in shown[-2]
    assert "done in 0 s" in shown[-1]


def test_verbosity_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal nothing is shown, unless lines are requested."""
    for verbose, lines in ((0, 0), (1, 0), (2, 1)):
        with following(None, verbose) as progress, progress.stage("search"):
            pass
        assert len(capsys.readouterr().err.splitlines()) == lines
    assert np.isfinite(progress.seconds["search"])
