"""Scored files: notes, warnings, requirements, and what decides a prediction."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.cli import main
from custpred.errors import DataError, ModelFileError, RequirementError, ScoringWarning
from custpred.results.scored_file import limits, notes_path, score_file

LEAN: dict[str, Any] = {"engine": "inline", "search": "none", "split": {"kind": "stratified", "folds": 2}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, people: Callable[..., pd.DataFrame]) -> Path:
    """Return a run's folder, of a file with semicolons and a column of True and False."""
    folder = tmp_path_factory.mktemp("door")
    _customers(people, 900, 1).to_csv(folder / "train.csv", sep=";", index=False)
    cp.fit(
        folder / "train.csv", target="left", key="customer", models=["logistic"], budget={"work": 3},
        customers={"drop": ["remark", "joined"]}, out=folder / "run", **LEAN,
    )  # fmt: skip
    return folder


def _customers(people: Callable[..., pd.DataFrame], rows: int, seed: int) -> pd.DataFrame:
    frame = people(rows, seed=seed).assign(paid=lambda each: each["left"].eq("yes") & (each["visits"] < 3))
    return frame.assign(plan=frame["plan"].replace("rare plan 7731", "basic"))


@pytest.fixture(scope="module")
def new(people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Return new customers like those of training."""
    return _customers(people, 400, 2)


@pytest.fixture
def result(home: Path) -> cp.Result:
    """Return the finished run."""
    return cp.load(home / "run")


def test_a_path_gives_the_same_as_its_frame(result: cp.Result, new: pd.DataFrame, tmp_path: Path) -> None:
    """Predictions, probabilities, reasons and lists accept a path, read like the training table."""
    path = tmp_path / "new.csv"
    new.to_csv(path, sep=";", index=False)
    for way in (str(path), path):
        np.testing.assert_allclose(result.predict_proba(way), result.predict_proba(new))
        assert result.predict(way).tolist() == result.predict(new).tolist()
        assert result.explain(way).shape == result.explain(new).shape
        assert result.act(way)[0]["customer"].tolist() == new["customer"].tolist()


def test_similar_customers_give_no_note(result: cp.Result, new: pd.DataFrame) -> None:
    """Neither a warning, with the key and the target in the table, nor a note."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result.predict(new)
        assert result.act(new, reasons="none")[1] == []


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "explain", "act"])
def test_each_call_warns_once(result: cp.Result, new: pd.DataFrame, ask: str) -> None:
    """One warning per call summarises all columns, and points to the calling line."""
    odd = new.assign(city="Atlantis", income=new["income"] * 1e6, visits=None, plan="none of these", paid="maybe")
    with pytest.warns(ScoringWarning, match=r"'income'.* And 2 more; act\(\) returns all notes") as caught:
        getattr(result, ask)(odd)
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize("words", [(0, 1), ("no", "yes"), ("FALSE", "TRUE")])
def test_booleans_may_be_spelled_differently(result: cp.Result, new: pd.DataFrame, words: tuple[Any, Any]) -> None:
    """A column of True and False may contain digits or words."""
    other = new.assign(paid=np.where(new["paid"], words[1], words[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScoringWarning)
        np.testing.assert_array_equal(result.predict_proba(other), result.predict_proba(new))


def _score(result: cp.Result, frame: pd.DataFrame, folder: Path, *require: str, drift: float | None = None) -> Path:
    frame.to_csv(folder / "new.csv", sep=";", index=False)
    out = folder / "scores.csv"
    score_file(result.predictor, folder / "new.csv", out, "none", None, limits(drift, require))
    return out


def test_reasons_are_in_the_language_of_the_report(result: cp.Result, new: pd.DataFrame, tmp_path: Path) -> None:
    """A Korean run has Korean reasons; the columns keep their names."""
    own, some = result.predictor, new.head(12)
    recipe = {**own.intake.recipe, "report": {"language": "ko"}}
    korean = replace(own, intake=replace(own.intake, recipe=recipe))
    some.to_csv(tmp_path / "new.csv", index=False)
    score_file(korean, tmp_path / "new.csv", tmp_path / "scores.csv", "all", None, {})
    written = pd.read_csv(tmp_path / "scores.csv")
    assert written["reason 1"].str.endswith("%p").all()
    spoken = replace(result, record=replace(result.record, recipe=recipe))
    assert spoken.act(some, reasons="all")[0]["reason 1"].tolist() == written["reason 1"].tolist()
    assert result.act(some, reasons="all")[0]["reason 1"].str.endswith("points").all()


def test_the_notes_are_next_to_the_scores(result: cp.Result, new: pd.DataFrame, tmp_path: Path) -> None:
    """The file has measures, figures of each column, requirements and notes, and no customer."""
    out = _score(result, new.assign(city="Atlantis"), tmp_path, "missing <= 0.5")
    kept = json.loads(notes_path(out).read_text("utf-8"))
    assert notes_path(out).name == "scores.notes.json"
    assert (kept["rows"], kept["unseen"]) == (400, pytest.approx(1, abs=0.1))
    assert [note["code"] for note in kept["notes"]] == ["D163"]
    assert kept["required"][0] | {"found": 0} == {"name": "missing", "wanted": "<= 0.5", "found": 0, "met": True}
    figures = {each["column"]: each for each in kept["columns"]}
    assert figures["city"]["psi"] > 1
    assert figures["plan"]["psi"] < 0.1
    assert "secret-id" not in notes_path(out).read_text("utf-8")


def test_each_list_has_its_own_notes(result: cp.Result, new: pd.DataFrame, tmp_path: Path) -> None:
    """Files of one stem and tables of one database do not share their notes."""
    outs = ["s.csv", "s.parquet", "s.duckdb::may", "s.duckdb::june"]
    for rows, out in enumerate(outs, start=11):
        new.head(rows).to_csv(tmp_path / "new.csv", index=False)
        score_file(result.predictor, tmp_path / "new.csv", f"{tmp_path}/{out}", "none", None, {})
    kept = {path.name: json.loads(path.read_text("utf-8"))["rows"] for path in tmp_path.glob("*.notes.json")}
    assert kept == {
        "s.notes.json": 11,
        "s.parquet.notes.json": 12,
        "s.duckdb.may.notes.json": 13,
        "s.duckdb.june.notes.json": 14,
    }


@pytest.mark.parametrize(
    ("change", "require", "drift"),
    [
        ({"income": 1e9}, (), 0.2),
        ({"city": "Atlantis"}, ("unseen <= 0.01",), None),
        ({"visits": None}, ("missing < 0.05", "rows > 1"), None),
        ({}, ("rows >= 1000",), None),
    ],
)
def test_a_missed_requirement_writes_nothing(
    result: cp.Result, new: pd.DataFrame, tmp_path: Path, change: dict[str, Any], require: tuple[str, ...], drift: Any
) -> None:
    """Exit code 3 with measure, value and limit; neither file is written, and old ones stay."""
    with pytest.raises(RequirementError, match="CP2411") as caught:
        _score(result, new.assign(**change), tmp_path, *require, drift=drift)
    assert caught.value.exit_code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv"]
    (tmp_path / "scores.csv").write_text("of yesterday")
    with pytest.raises(RequirementError):
        _score(result, new.assign(**change), tmp_path, *require, drift=drift)
    assert (tmp_path / "scores.csv").read_text() == "of yesterday"


def test_an_extension_is_refused_before_anything_is_read(result: cp.Result, tmp_path: Path) -> None:
    """Nothing is scored in vain for a list that cannot be written."""
    with pytest.raises(DataError, match="CP2402"):
        score_file(result.predictor, tmp_path / "none.csv", tmp_path / "scores.xlsx", "none", None, {})


@pytest.mark.parametrize("name", ["new.csv", "../kept/new.csv"])
def test_scores_are_not_written_over_the_customers(
    result: cp.Result, new: pd.DataFrame, tmp_path: Path, name: str
) -> None:
    """The list has no column of the table: whoever names the same file twice loses nothing."""
    folder = tmp_path / "kept"
    folder.mkdir()
    new.to_csv(folder / "new.csv", index=False)
    before = (folder / "new.csv").read_bytes()
    with pytest.raises(DataError, match="CP2452"):
        score_file(result.predictor, folder / "new.csv", folder / name, "none", None, {})
    with pytest.raises(DataError, match="CP2452"):
        score_file(result.predictor, "shop.duckdb::june", "shop.duckdb::june", "none", None, {})
    assert (folder / "new.csv").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["new.csv"]


def test_the_command_prints_notes_in_the_language_of_the_report(
    result: cp.Result,
    new: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As ``custpred monitor`` and the reasons of the list do."""
    recipe = {**result.predictor.intake.recipe, "report": {"language": "ko"}}
    spoken = replace(result, record=replace(result.record, recipe=recipe))
    new.assign(city="Atlantis").to_csv(tmp_path / "new.csv", index=False)
    words = ["predict", "run", str(tmp_path / "new.csv"), "--out", str(tmp_path / "scores.csv"), "--reasons", "none"]
    monkeypatch.setattr(cp, "load", lambda *_, **__: spoken)
    monkeypatch.setattr(sys, "argv", ["custpred", *words])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().err
    assert "D163 " in said
    assert "'city' 열" in said


def test_requirements_that_are_met_change_nothing(result: cp.Result, new: pd.DataFrame, tmp_path: Path) -> None:
    """The list is the same; for few rows the index is not computed, with a note."""
    plain = _score(result, new, tmp_path).read_text("utf-8")
    assert _score(result, new, tmp_path, "unseen <= 0.01", "rows == 400", drift=0.2).read_text("utf-8") == plain
    out = _score(result, new.head(50), tmp_path, drift=0.0001)
    assert [note["code"] for note in json.loads(notes_path(out).read_text("utf-8"))["notes"]] == ["D168"]


@pytest.mark.parametrize("text", ["unseen", "bananas < 1", "unseen <= many", "", "<= 0.2", "psi <= 0.2 and more"])
def test_an_invalid_requirement_is_an_error(text: str) -> None:
    """It is refused before reading, with the known measures."""
    with pytest.raises(DataError, match=r"CP2410 .*psi, unseen, out_of_range"):
        limits(None, [text])


@pytest.mark.parametrize("most", [float("inf"), float("nan")])
def test_a_maximum_drift_is_a_number(most: float) -> None:
    """What the command line reads as infinite or no number is an error, not a bug."""
    with pytest.raises(DataError, match="CP2410"):
        limits(most, [])
    assert limits(0.12345678, ["psi > 0"]) == {"psi": ["<= 0.12345678", "> 0"]}


def test_only_the_model_folder_decides(result: cp.Result, home: Path, new: pd.DataFrame, tmp_path: Path) -> None:
    """Changes of report.json change no prediction; a changed model file is refused."""
    folder = Path(shutil.copytree(home / "run", tmp_path / "run"))
    told = json.loads((folder / "report.json").read_text("utf-8"))
    told["task"] |= {"labels": ["A", "B"], "target": "other"}
    told["recipe"]["customers"] = {"kind": "csv", "path": "x.csv", "separator": "|", "key": "city"}
    told["data"]["kinds"] = {}
    (folder / "report.json").write_text(json.dumps(told))
    again = cp.load(folder)
    new.to_csv(tmp_path / "new.csv", sep=";", index=False)
    pd.testing.assert_series_equal(again.predict(tmp_path / "new.csv"), result.predict(new))
    pd.testing.assert_frame_equal(again.predict_proba(new), result.predict_proba(new))
    pd.testing.assert_frame_equal(again.act(new)[0], result.act(new)[0])
    for path in sorted((folder / "model").iterdir()):
        kept = path.read_bytes()
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        with pytest.raises(ModelFileError, match="CP5202"):
            cp.load(folder).predict(new)
        path.write_bytes(kept)
