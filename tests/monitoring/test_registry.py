"""Which run is in use, and retraining it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred import api
from custpred.errors import DataError, ModelFileError, RunError
from custpred.monitoring import retraining
from custpred.monitoring.registry import champion, models, promote
from custpred.monitoring.retraining import retrain
from custpred.results.record import twin
from custpred.results.result import Result
from custpred.source.base import Source

RECIPE = """name: 해지 예측
customers: {path: may.csv, key: 고객번호, drop: [계약]}
target: {column: 해지, positive: 예}
models: [logistic]
search: none
engine: inline
split: {kind: stratified, folds: 2, test: 0.4}
metrics: [roc_auc]
budget: {work: 1, jobs: 1}
"""


@pytest.fixture
def home(tmp_path: Path, korean_table: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two months of customers and a recipe, and work in it."""
    korean_table(700).to_csv(tmp_path / "may.csv", index=False)
    korean_table(900, seed=8).to_csv(tmp_path / "june.csv", index=False)
    (tmp_path / "churn.yaml").write_text(RECIPE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_registry_survives_a_move(runs: dict[str, Result], tmp_path: Path) -> None:
    """The champion is found by name, also in a moved folder; the former is in the history."""
    for name in ("weak", "whole"):
        shutil.copytree(runs[name].folder, tmp_path / "reports" / f"{name}-1")
    other = replace(runs["whole"].record, name="weak")
    (tmp_path / "reports" / "whole-1" / "report.json").write_text(twin(other), "utf-8")
    promote(tmp_path / "reports" / "weak-1")
    promote(tmp_path / "reports" / "whole-1", "challenger")
    assert champion("weak", tmp_path / "reports").name == "weak-1"
    promote(tmp_path / "reports" / "whole-1")
    (tmp_path / "reports").rename(tmp_path / "moved")
    assert champion("weak", tmp_path / "moved") == tmp_path / "moved" / "whole-1"
    (told,) = models(tmp_path / "moved")
    assert told["challenger"] is None
    assert [(each["run"], each["role"]) for each in told["history"]] == [("../weak-1", "champion")]
    with pytest.raises(DataError, match="Did you mean 'weak'"):
        champion("weka", tmp_path / "moved")
    for damaged in ("{", "[]", '{"name": "weak", "champion": {"run": "x"}}', '{"name": "weak", "champion": 3}'):
        (tmp_path / "moved" / "weak" / "registry.json").write_text(damaged, "utf-8")
        with pytest.raises(RunError, match="CP4119"):
            champion("weak", tmp_path / "moved")


def test_only_complete_runs_with_a_model_are_promoted(runs: dict[str, Result], tmp_path: Path) -> None:
    """An empty folder, a changed model and a stopped run are refused, and nothing is written."""
    run = tmp_path / "reports" / "run"
    shutil.copytree(runs["whole"].folder, run)
    with pytest.raises(ModelFileError, match="CP5200"):
        promote(tmp_path)
    (run / "report.json").write_text(twin(replace(runs["whole"].record, whole=False)), "utf-8")
    with pytest.raises(RunError, match="CP4118"):
        promote(run)
    (run / "model" / "intake.json").write_text("{}", "utf-8")
    with pytest.raises(ModelFileError, match="CP5202"):
        promote(run)
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["run"]


def test_a_month_at_the_command_line(cli: Any, home: Path) -> None:
    """Run, promote by the link to the latest run, score by name, retrain with the next month."""
    code, out, _ = cli("--quiet", "run", "churn.yaml")
    assert code == 0
    latest = Path("reports/해지-예측/latest")
    assert latest.resolve() == Path(out.strip()).parent.resolve()
    assert cli("promote", latest)[0] == 0
    code, out, err = cli("predict", "--champion", "해지 예측", "june.csv", "--out", "s.csv", "--quiet")
    assert (code, out) == (0, "s.csv\n"), err
    known = api.load(latest).predict_proba("june.csv")["예"].to_numpy()
    np.testing.assert_allclose(pd.read_csv("s.csv")["probability of 예"], known, atol=1e-9)
    code, out, err = cli("monitor", "--champion", "해지 예측", "june.csv", "--quiet")
    assert (code, (latest / "monitor.jsonl").exists()) == (0, True), err
    assert "custpred retrain --champion NAME" in cli("retrain", "--data", "june.csv")[2]
    code, out, err = cli("retrain", "--champion", "해지 예측", "--data", "june.csv", "--quiet")
    assert code == 0, err
    first, *_, told, last = out.splitlines()
    assert first.startswith(("Cannot tell", "Keep the old", "Take the new"))
    assert (told == "promoted") == first.startswith("Take the new")
    assert (Path(last).parent / "compare.html").exists()
    listed = json.loads(cli("models", "--json")[1])["result"]["models"]
    assert listed[0]["name"] == "해지 예측"
    shown = cli("models")[1].splitlines()
    assert [line.split()[3].rstrip(",") for line in shown] == [
        listed[0][role]["folder"] for role in ("champion", "challenger") if listed[0][role]
    ]
    assert (Path(listed[0]["champion"]["folder"]) / "report.html").exists()
    assert cli("predict", "june.csv", "--out", "s.csv")[0] == 2
    assert cli("predict", "--champion", "해지 예측", latest, "june.csv", "--out", "s.csv")[0] == 2


def test_a_better_run_is_promoted_and_a_worse_one_is_not(korean_table: Any, home: Path) -> None:
    """Both are scored on new test rows, without training rows of the old run."""
    old = api.run("churn.yaml", out="reports/old")
    promote(old.folder)
    noise = korean_table(900, seed=8)
    noise["고객번호"] += "-6"
    noise["불만"] = np.random.default_rng(1).permutation(noise["불만"])
    worse = retrain(old.folder, noise, out="reports/worse")
    assert not worse.promoted
    assert champion("해지 예측").name == "old"
    assert worse.comparison.rows == worse.result.record.data.test_rows
    mixed = pd.concat([noise, pd.read_csv("may.csv")], ignore_index=True)
    part = retrain(old.folder, mixed, out="reports/mixed")
    assert part.comparison.rows < part.result.record.data.test_rows - 100
    turned = korean_table(900, seed=8)
    turned["해지"] = turned["해지"].map({"예": "아니요", "아니요": "예"})
    seen = retrain(old.folder, "may.csv", out="reports/seen")
    assert (seen.comparison.rows, seen.promoted) == (0, False)
    better = retrain(old.folder, turned, out="reports/better")
    assert better.promoted
    assert champion("해지 예측").name == "better"
    again = retrain(old.folder, turned, out="reports/again")
    assert again.comparison.old.run_id == better.result.record.run_id
    assert not again.promoted


def test_a_baseline_is_not_said_to_be_promoted(
    runs: dict[str, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new run that kept a baseline is not promoted, even if it is better than the old one."""

    @dataclass(frozen=True)
    class Better:
        """A comparison that the new run wins."""

        verdict: str = "take the new"
        lost: tuple[str, ...] = ()

    first = next(row.name for row in runs["whole"].record.leaderboard if row.baseline)
    board = tuple(replace(row, weight=float(row.name == first)) for row in runs["whole"].record.leaderboard)
    new = replace(runs["whole"], record=replace(runs["whole"].record, leaderboard=board))
    monkeypatch.setattr(retraining, "run_recipe", lambda *given, **more: new)
    monkeypatch.setattr(retraining, "_scored", lambda *given: (None, {}))
    monkeypatch.setattr(retraining, "compared", lambda *given: Better())
    old = shutil.copytree(runs["whole"].folder, tmp_path / "reports" / "old")
    assert not retrain(old, pd.DataFrame({"a": [1]})).promoted
    assert not list(models(tmp_path / "reports"))


def test_other_labels_are_refused_before_the_run(runs: dict[str, Result], tmp_path: Path) -> None:
    """A run that could not be compared with the champion is not begun."""
    old = shutil.copytree(runs["whole"].folder, tmp_path / "reports" / "old")
    rows = Source.parse({"sample": "telecom", "rows": 300}).raw().frame
    rows["churn"] = rows["churn"].astype(str).where(rows.index % 9 > 0, "perhaps")
    with pytest.raises(DataError, match="CP2412 .*'multiclass' in 'the new data'"):
        retrain(old, rows, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_rows_that_only_a_refit_saw_are_left_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the time did not suffice for all test rows, the final model may still have seen them."""
    with monkeypatch.context() as patch:
        patch.setattr("custpred.training.run.scorable", lambda *given: 60)
        old = api.run("churn.yaml", out="reports/old")
    assert old.record.data.scored_rows < old.record.data.test_rows
    again = retrain(old.folder, "may.csv", out="reports/again")
    assert (again.comparison.rows, again.promoted) == (0, False)


@pytest.mark.parametrize("final", ["refit", "folds"])
def test_outcomes_that_a_refitted_champion_knows_are_said(cli: Any, home: Path, final: str) -> None:
    """A model of earlier cutoffs only does not know the month that the new test asks for."""
    draw = np.random.default_rng(0)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 366 * 24, 3000), "h")
    orders = pd.DataFrame({"customer": [f"c{n}" for n in draw.integers(0, 150, 3000)], "when": when})
    orders[when < "2024-12-15"].to_csv(home / "orders.csv", index=False)
    orders.to_csv(home / "later.csv", index=False)
    known = RECIPE.splitlines()[3:5] + RECIPE.splitlines()[-2:] + [f"final: {final}", "name: repeat"]
    known += ["events: {orders: {path: orders.csv, key: customer, time: when}}", "engine: inline"]
    known += ["target: {kind: no_event, table: orders, horizon: 30d}", "cutoffs: {every: 1mo, count: 4}"]
    (home / "repeat.yaml").write_text("\n".join(known), "utf-8")
    old = api.run("repeat.yaml", out="reports/old")
    code, out, err = cli("retrain", old.folder, "--data", "later.csv", "--out", "reports/new", "--json", "--quiet")
    assert code == 0, err
    found = json.loads(out)["result"]["comparison"]
    assert found["rows"] > 0
    assert found["ahead"] == ({"learned": "2024-12-14", "starts": "2024-12-01"} if final == "refit" else None)
    page = (home / "reports" / "new" / "compare.html").read_text("utf-8")
    assert ("the comparison favours the old run" in page) == (final == "refit")


@pytest.mark.parametrize("change", ["removed", "renamed levels"])
def test_a_run_that_cannot_read_a_column_is_not_replaced(
    runs: dict[str, Result], cli: Any, tmp_path: Path, change: str
) -> None:
    """Retraining would learn the fault: nothing is promoted, and the command says what to do."""
    rows = Source.parse({"sample": "telecom", "rows": 400, "seed": 5}).raw().frame
    rows = rows.drop(columns="contract") if change == "removed" else rows.assign(contract="plan " + rows["contract"])
    rows.to_csv(tmp_path / "june.csv", index=False)
    old = shutil.copytree(runs["whole"].folder, tmp_path / "reports" / "old")
    promote(old)
    code, out, err = cli("retrain", old, "--data", tmp_path / "june.csv", "--out", tmp_path / "away" / "new", "--quiet")
    assert code == 0, err
    first, *_, told, _ = out.splitlines()
    assert first == "Cannot tell: in the new rows the old run cannot read contract."
    assert told.endswith(f"'custpred promote {tmp_path / 'away' / 'new'}'.")
    (known,) = models(tmp_path / "reports")
    assert (known["champion"]["run"], known["challenger"]["run"]) == ("../old", "../../away/new")


def test_the_command_says_where_a_champion_is_looked_for(runs: dict[str, Result], cli: Any, home: Path) -> None:
    """A run outside 'reports' of the current folder is promoted with a note, one inside without."""
    shutil.copytree(runs["whole"].folder, home / "own")
    code, _, err = cli("promote", "own")
    assert (code, err.startswith(f"--champion looks in {home.resolve() / 'reports'}")) == (0, True)
    shutil.copytree(home / "own", home / "reports" / "own")
    assert cli("promote", "reports/own")[2] == ""


def test_without_a_run_in_use_the_command_says_what_makes_one(cli: Any, home: Path) -> None:
    """An empty list names the folder and the command that fills it, on stderr only."""
    code, out, err = cli("models", "--reports", "elsewhere")
    assert (code, out) == (0, "")
    assert f"No run in {home.resolve() / 'elsewhere'} is in use. 'custpred promote RUN'" in err
    assert json.loads(cli("models", "--json")[1])["result"] == {"models": []}
