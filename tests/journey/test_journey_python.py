"""Runs from Python: every task, every frame, failing models, plain scripts."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import CustpredError, DataError, RecipeError
from custpred.source.base import Source

LEAN: dict[str, Any] = {
    "engine": "inline",
    "search": "none",
    "split": {"kind": "stratified", "folds": 2},
    "budget": {"jobs": 1},
}
FAILING = '''"""Models that end badly."""

import os
import signal

from custpred.models.base import Model


class Raising(Model):
    """A model that raises."""

    def train(self, rows, valid, fit):
        if {crash}:
            os.kill(os.getpid(), signal.SIGSEGV)
        raise ZeroDivisionError("it went wrong")
'''


def _sample(sample: str, rows: int, target: str) -> pd.DataFrame:
    table = Source.parse({"sample": sample, "rows": rows}).read(target=target)
    return table.frame


@pytest.mark.parametrize("resample", ["weights", "smote"])
def test_rare_classes(resample: str) -> None:
    """A binary task runs with weights or synthetic customers; its mean is the true share."""
    frame = _sample("telecom", 500, "churn")
    result = cp.fit(frame, "churn", key="customer_id", models=["logistic"], resample=resample, **LEAN)
    shares = result.predict_proba(frame)
    assert list(shares.columns) == ["no", "yes"]
    assert shares["yes"].mean() == pytest.approx((frame["churn"] == "yes").mean(), abs=0.05)
    assert set(result.record.test) >= {"roc_auc", "brier"}
    assert result.record.recipe["resample"]["kind"] == resample


@pytest.mark.parametrize("models", [["linear"], [{"kind": "lightgbm", "rounds": 30}]], ids=["linear", "lightgbm"])
def test_regression(models: list[Any]) -> None:
    """A regression runs; reasons are in the target's units and add up."""
    frame = _sample("shop", 400, "spend_next_90d")
    result = cp.fit(frame, "spend_next_90d", key="customer_id", models=models, **LEAN)
    answer = result.predict(frame)
    assert np.isfinite(answer).all()
    why = result.explain(frame)
    np.testing.assert_allclose(why.drop(columns="answer").sum(axis=1), answer, rtol=1e-4, atol=1e-3)
    assert "rmse" in result.record.test
    with pytest.raises(DataError, match="CP2401"):
        result.predict_proba(frame)
    listed, _ = result.act(frame, reasons=1)
    assert list(listed.columns) == ["customer_id", "rank", "prediction", "reason 1"]


def test_multiclass() -> None:
    """Probabilities sum to 1, and reasons add up to that of the most likely class."""
    frame = _sample("shop", 500, "segment")
    result = cp.fit(frame, "segment", key="customer_id", models=["logistic"], **LEAN)
    shares = result.predict_proba(frame)
    assert shares.shape == (500, frame["segment"].nunique())
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (result.predict(frame) == shares.idxmax(axis=1)).all()
    why = result.explain(frame.head(40))
    np.testing.assert_allclose(why["answer"], 100 * shares.head(40).max(axis=1), atol=1e-6)
    np.testing.assert_allclose(why.drop(columns="answer").sum(axis=1), why["answer"], atol=1e-6)


def test_counted_work_is_reproducible(tmp_path: Path) -> None:
    """A budget of trials gives bit-identical results, in one process or two."""
    frame = _sample("telecom", 400, "churn")
    found = []
    for engine in ("inline", "local"):
        keys = {**LEAN, "search": "tpe", "engine": engine, "budget": {"work": 7, "jobs": 2}}
        models = ["logistic", {"kind": "lightgbm", "rounds": 20}]
        result = cp.fit(frame, "churn", key="customer_id", models=models, out=tmp_path / engine, **keys)
        trials = [json.loads(p.read_text()) for p in sorted((tmp_path / engine).glob("trials/*/result.json"))]
        # An archive's hash depends on the moment of writing, and so does the trial's seal.
        own = [{k: v for k, v in each.items() if k not in {"files", "seal"}} for each in trials]
        same = [{k: v for k, v in each.items() if "seconds" not in k} for each in own]
        found.append((same, result.record.test, result.record.cv, result.predict_proba(frame)))
    (first, *scores, one), (second, *other, two) = found
    assert first == second
    assert scores == other
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_frames_stay_as_they_are_and_teach_the_same(people: Callable[..., pd.DataFrame]) -> None:
    """A polars frame gives the model of pandas' frame; given frames are not changed.

    Other libraries and files give the same table (tests/source/test_source_frame.py).
    """
    polars, frame = pytest.importorskip("polars"), people(240)
    before = frame.copy(deep=True)
    found = [
        cp.fit(each, "left", key="customer", models=["logistic"], **LEAN) for each in (frame, polars.from_pandas(frame))
    ]
    one, two = (each.predict_proba(frame) for each in found)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    found[0].act(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_failing_model_is_a_row_of_the_leaderboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that raise or crash are on the leaderboard with reasons; the run continues."""
    for name, crash in (("raising_of_test", False), ("crashing_of_test", True)):
        (tmp_path / f"{name}.py").write_text(FAILING.replace("{crash}", str(crash)))
    (tmp_path / "bad_of_test").mkdir()
    for name in ("raising_of_test", "crashing_of_test"):
        (tmp_path / f"{name}.py").rename(tmp_path / "bad_of_test" / f"{name}.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    kinds = ["bad_of_test.raising_of_test", "bad_of_test.crashing_of_test"]
    frame = _sample("telecom", 300, "churn")
    keys = {**LEAN, "engine": "local", "key": "customer_id", "models": ["logistic", *kinds]}
    with pytest.raises(RecipeError, match="--plugins"):
        cp.fit(frame, "churn", **keys)
    result = cp.fit(frame, "churn", plugins=True, out=tmp_path / "run", **keys)
    board = result.leaderboard().set_index(result.leaderboard()["model"].str.partition(" ")[0])
    assert board.loc[kinds[0], "status"] == "failed"
    assert board.loc[kinds[0], "reason"] == "ZeroDivisionError: it went wrong"
    assert board.loc[kinds[1], "status"] == "crash"
    assert "SIGSEGV" in board.loc[kinds[1], "reason"]
    assert result.predictor.members[0].model.kind() == "logistic"
    assert "it went wrong" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_a_plugin_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in model is searched, blended, saved and loaded, if plug-ins are allowed."""
    (tmp_path / "own_of_test").mkdir()
    (tmp_path / "own_of_test" / "twin.py").write_text(
        "from custpred.models.logistic import Logistic\n\n\nclass Twin(Logistic):\n    '''Logistic, again.'''\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    frame, kind = _sample("telecom", 300, "churn"), "own_of_test.twin"
    keys = {**LEAN, "engine": "local", "ensemble": "best", "models": [{"kind": kind, "C": 1.0}]}
    result = cp.fit(frame, "churn", key="customer_id", plugins=True, out=tmp_path / "run", **keys)
    assert [member.model.kind() for member in result.predictor.members] == [kind]
    answer = result.predict_proba(frame)
    pd.testing.assert_frame_equal(cp.load(tmp_path / "run", plugins=True).predict_proba(frame), answer)
    with pytest.raises(CustpredError, match="--plugins"):
        cp.load(tmp_path / "run").predict(frame)


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    """A script that calls ``fit`` at its top level works, runs once, and prints once."""
    script = tmp_path / "script.py"
    script.write_text(
        "import custpred as cp\n"
        "from custpred.source.base import Source\n"
        "print('begun')\n"
        "frame = Source.parse({'sample': 'telecom', 'rows': 300}).read(target='churn').frame\n"
        "result = cp.fit(frame, target='churn', key='customer_id', models=['logistic'], search='none',\n"
        "                split={'kind': 'stratified', 'folds': 2}, budget='60s')\n"
        "print('ended', len(result.predict(frame)), result.folder.exists())\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "begun\nended 300 True\n"), done.stderr
    assert done.stderr == ""


def test_a_result_writes_its_report_and_cleans_up(tmp_path: Path) -> None:
    """``report`` writes by extension, ``load`` reads a copy; a temporary folder is removed."""
    result = cp.fit(_sample("telecom", 200, "churn"), "churn", key="customer_id", models=["logistic"], **LEAN)
    assert result.score == result.record.test[result.record.metric].value
    for name in ("a.html", "a.md", "a.json"):
        assert result.report(tmp_path / name).stat().st_size > 1000
    assert result.report(tmp_path / "a").read_bytes() == (tmp_path / "a.html").read_bytes()
    for name in ("a.txt", "a.md.bak"):
        with pytest.raises(DataError, match=r"CP2416 Expected a file that ends in \.html or \.md or \.json"):
            result.report(tmp_path / name)
    assert cp.load(result.save(tmp_path / "run")).record.test == result.record.test
    folder = result.folder
    assert (folder / "report.html").exists()
    del result
    gc.collect()
    assert not folder.exists()
    assert not folder.parent.exists()


def test_wrong_keywords_are_errors() -> None:
    """A misspelled keyword is an error with a suggestion, before any row is read."""
    with pytest.raises(RecipeError, match="fit CP1103 modles: unknown key. Did you mean 'models'?"):
        cp.fit("none.csv", "left", modles=["logistic"])


def test_a_plan_fits_nothing(tmp_path: Path) -> None:
    """A plan resolves every auto with reasons, leaves no file, and its recipe can be run."""
    recipe = cp.Recipe.model_validate({"customers": {"sample": "telecom", "rows": 300}, "target": "churn"})
    plan = cp.plan(recipe)
    assert isinstance(plan, cp.Plan)
    assert {"split", "missing", "models"} <= {each.key for each in plan.decisions}
    assert plan.recipe.split.kind() == "stratified"  # type: ignore[union-attr]
    assert list(tmp_path.iterdir()) == []


def test_a_profile_alone(people: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    """A profile needs no target, but has more findings with one; it is written as one page."""
    alone = cp.profile(people(200))
    known = cp.profile(people(200), target="left", key="customer")
    assert known.data.shares.keys() == {"no", "yes"}
    assert "associations" in known.facts
    assert alone.report(tmp_path / "p.html").read_text("utf-8").startswith("<!doctype html>")
