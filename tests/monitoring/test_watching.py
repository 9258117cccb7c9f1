"""Monitoring a run: drift, scores, later outcomes, advice."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred import api
from custpred.columns.drift import stability
from custpred.errors import DataError
from custpred.monitoring import watching
from custpred.monitoring.indexes import index_of
from custpred.monitoring.watching import HISTORY, monitor
from custpred.report._text import Text
from custpred.results.held_out import HeldOut
from custpred.results.result import Result
from custpred.source.base import Source


@pytest.fixture
def run(runs: dict[str, Result], tmp_path: Path) -> Path:
    """Return a copy of a run's folder, as each check adds a line to it."""
    return Path(shutil.copytree(runs["whole"].folder, tmp_path / "run"))


@pytest.fixture(scope="module")
def june() -> pd.DataFrame:
    """Return other customers of the same distribution, with outcomes."""
    return Source.parse({"sample": "telecom", "rows": 900, "seed": 12}).raw().frame


def test_similar_customers_keep_the_run(run: Path, june: pd.DataFrame) -> None:
    """Nothing moved, scores are as in the test, and the history has one line."""
    found = monitor(run, june.drop(columns="churn"), june)
    assert found.advice == "keep"
    assert not any(each.moved for each in found.indexes)
    assert all(each.low <= each.psi <= each.high for each in found.indexes)
    assert found.scores is not None
    assert sum(found.spread) == pytest.approx(1)
    assert found.later is not None
    assert found.measures()["roc_auc"] == found.later.record.test["roc_auc"].value
    assert len((run / HISTORY).read_text("utf-8").splitlines()) == 1


def test_checks_at_once_lose_no_line(run: Path, june: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two checks that both began before the other ended have a line each."""
    monkeypatch.setattr(watching, "_history", lambda folder: ())
    for _ in range(2):
        monitor(run, june.drop(columns="churn"))
    assert len((run / HISTORY).read_text("utf-8").splitlines()) == 2


def test_drift_alone_is_watched_and_outcomes_decide(run: Path, june: pd.DataFrame) -> None:
    """A moved column is named; no loss without outcomes; reversed ones require retraining."""
    moved = june.assign(data_gb=pd.to_numeric(june["data_gb"]) * 5 + 100)
    found = monitor(run, moved.drop(columns="churn"))
    assert found.indexes[0].name == "data_gb"
    assert found.indexes[0].far
    assert found.advice in {"wait", "retrain"}
    turned = june.assign(churn=june["churn"].map({"yes": "no", "no": "yes"}))
    worse = monitor(run, june, turned)
    assert worse.advice == "retrain"
    assert worse.measures()["retrain"] == 1.0
    assert [each["advice"] for each in worse.history] == [found.advice, "retrain"]


def test_tied_scores_are_compared_with_their_own_share(run: Path, june: pd.DataFrame, tmp_path: Path) -> None:
    """If many test scores are equal, bins are no tenths: the chart has the test's share of each."""
    kept = HeldOut.load(run, api.load(run).record.task)
    assert kept is not None
    tied = replace(kept.predictions, predicted=kept.predictions.predicted.round(1))
    replace(kept, predictions=tied).save(run)
    found = monitor(run, june)
    assert sum(found.expected) == pytest.approx(1)
    assert max(found.expected) > 0.2
    assert len(found.expected) == len(found.spread)
    text = found.report(tmp_path / "m.md").read_text("utf-8")
    say = Text("en").percent
    assert "| Tenth | Share of new customers | In the test |" in text
    for place, (new, then) in enumerate(zip(found.spread, found.expected, strict=True), 1):
        assert f"| {place} | {say(new)} | {say(then)} |" in text


def test_a_note_of_new_customers_and_outcomes_is_shown_once(run: Path, june: pd.DataFrame) -> None:
    """The same rows with their outcomes have the same notes."""
    moved = june.assign(data_gb=pd.to_numeric(june["data_gb"]) * 5 + 100)
    texts = [note.text for note in monitor(run, moved.drop(columns="churn"), moved).notes]
    assert any("'data_gb'" in text for text in texts)
    assert len(texts) == len(set(texts))


def test_a_lost_column_must_be_fixed_first(run: Path, june: pd.DataFrame) -> None:
    """A column without values is a fault of the data, which retraining would learn."""
    found = monitor(run, june.assign(contract=None))
    assert found.advice == "mend the data"


def test_outcomes_may_come_by_id(run: Path, june: pd.DataFrame, tmp_path: Path) -> None:
    """Ids with later outcomes, for some customers and in another order, give the same scores."""
    known = june.iloc[:700]
    known.sample(frac=1, random_state=0)[["customer_id", "churn"]].to_csv(tmp_path / "later.csv", index=False)
    by_id = monitor(run, june.drop(columns="churn"), tmp_path / "later.csv")
    whole = monitor(run, june, known)
    assert by_id.later is not None
    assert whole.later is not None
    assert len(by_id.later) == 700
    assert by_id.later.record.test == whole.later.record.test
    with pytest.raises(DataError, match="CP2419"):
        monitor(run, june, known[["churn"]])


def test_outcomes_repeat_no_note_on_their_customers(run: Path, june: pd.DataFrame) -> None:
    """A column has one note of a code, whether outcomes come by id or with other rows' shares."""
    odd = june.assign(contract=june["contract"].where(june.index % 3 > 0, "per week"))
    alone = [(each.code, each.text) for each in monitor(run, odd.drop(columns="churn")).notes]
    assert [code for code, _ in alone] == ["D162"]
    for later in (june[["customer_id", "churn"]], odd.iloc[:400]):
        found = monitor(run, odd.drop(columns="churn"), later)
        assert [(each.code, each.text) for each in found.notes if each.column == "contract"] == alone


def test_ids_match_though_some_are_missing(run: Path, june: pd.DataFrame) -> None:
    """A missing id makes floats of the others, and belongs to nobody."""
    numbered = june.assign(customer_id=range(len(june)))
    known = numbered.iloc[:50][["customer_id", "churn"]]
    gone = pd.DataFrame({"customer_id": [None, None], "churn": ["yes", "no"]})
    found = monitor(run, numbered.drop(columns="churn"), pd.concat([known, gone]))
    assert found.later is not None
    assert len(found.later) == 50


def test_outcomes_of_training_customers_are_counted(
    run: Path, june: pd.DataFrame, korean_runs: tuple[Result, Result], korean_table: Any, tmp_path: Path
) -> None:
    """Training rows are counted; rows of two columns that are equal by chance are not."""
    own = Source.parse({"sample": "telecom", "rows": 1500}).raw().frame
    assert [note.numbers["rows"] for note in monitor(run, own, own).notes if note.code == "D170"] == [900]
    assert not [note for note in monitor(run, june, june).notes if note.code == "D170"]
    folder = shutil.copytree(korean_runs[1].folder, tmp_path / "korean")
    others = korean_table(400, seed=5)
    assert not [note for note in monitor(folder, others, others).notes if note.code == "D170"]


def test_outcomes_of_others_or_in_contradiction_are_refused(run: Path, june: pd.DataFrame) -> None:
    """A repeated outcome counts once; contradictions and outcomes of others are errors."""
    new, known = june.drop(columns="churn"), june.iloc[:50][["customer_id", "churn"]]
    twice = monitor(run, new, pd.concat([known, known, known.assign(churn=None)]))
    assert twice.later is not None
    assert len(twice.later) == 50
    turned = known.assign(churn=known["churn"].map({"yes": "no", "no": "yes"}))
    with pytest.raises(DataError, match="contradict each other: 50 rows"):
        monitor(run, new, pd.concat([known, turned]))
    with pytest.raises(DataError, match="None of the 50 known outcomes .* no 'customer_id' is in both tables"):
        monitor(run, new, known.assign(customer_id="Z" + known["customer_id"]))


def test_an_interval_contains_the_index() -> None:
    """It is near 0 for the same distribution, else around the index; rows narrow it."""
    even, moved = np.full(10, 100.0), np.linspace(20, 180, 10)
    far = index_of("x", even, moved)
    assert far.low < stability(even, moved)[0] < far.high
    assert far.far
    many = index_of("x", 100 * even, 100 * moved)
    assert many.high - many.low < (far.high - far.low) / 5
    assert index_of("x", even, even).low == 0


def test_the_monitor_command(cli: Any, run: Path, june: pd.DataFrame, tmp_path: Path) -> None:
    """Advice first, the page's path last; exit code 3 for a missed rule; then a chart."""
    june.to_csv(tmp_path / "june.csv", index=False)
    words = ("monitor", run, tmp_path / "june.csv", "--truth", tmp_path / "june.csv", "--out", tmp_path / "m.html")
    code, out, err = cli(*words)
    assert code == 0, err
    first, *_, last = out.splitlines()
    assert first.startswith("Keep the run")
    assert last == str(tmp_path / "m.html")
    assert "at each check" not in (tmp_path / "m.html").read_text("utf-8")
    code, out, err = cli(*words, "--json", "--require", "roc_auc >= 0.99", "--require", "retrain == 0")
    assert code == 3
    assert re.search(r"CP4103 required roc_auc >= 0\.99, found 0\.\d+", err)
    assert json.loads(out)["result"]["requirements"][1]["met"]
    assert "ROC AUC at each check" in (tmp_path / "m.html").read_text("utf-8")
    assert cli("monitor", run, tmp_path / "june.csv", "--require", "auc > 1")[0] == 2
    code, _, err = cli("monitor", run, tmp_path / "june.csv", "--require", "roc_auc > 0")
    assert code == 3
    assert "roc_auc: measured on customers with known outcomes only; pass them with --truth." in err
    assert "CP4103 required roc_auc > 0, but it could not be measured" in err
    assert cli("monitor", run, tmp_path / "none.csv")[0] == 2


def test_a_korean_run_is_monitored_in_korean(
    korean_runs: tuple[Result, Result], korean_table: Any, tmp_path: Path
) -> None:
    """The page of a Korean run has no English sentence, and no customer's id."""
    folder = shutil.copytree(korean_runs[1].folder, tmp_path / "run")
    later = korean_table(400, seed=5)
    found = monitor(folder, later, later)
    text = found.report(tmp_path / "m.md").read_text("utf-8")
    ours = text[: text.index("## ", text.index("## 나중에 알려진 결과에 대한 점수") + 5)]
    assert "이 실행을 유지하십시오" in ours
    assert re.findall(r"[A-Za-z]{4,}(?: [a-z]{3,}){2,}", ours) == []
    assert "고객-0" not in text


def test_notes_on_new_customers_are_korean(
    korean_runs: tuple[Result, Result], korean_table: Any, tmp_path: Path, cli: Any
) -> None:
    """Page and terminal have no English note on rows that differ, and no table twice."""
    folder = shutil.copytree(korean_runs[1].folder, tmp_path / "run")
    later = korean_table(400, seed=5)
    odd = later.assign(불만=later["불만"] * 90 + 50, 지점="가")
    odd.loc[:59, "계약"] = "격월"
    odd.loc[:199, "불만"] = None
    odd.to_csv(tmp_path / "new.csv", index=False, encoding="cp949")
    code, out, _ = cli("monitor", folder, tmp_path / "new.csv", "--out", tmp_path / "m.md", "--require", "psi <= 9")
    told = [line for line in out.splitlines() if re.match(r"D1\d\d ", line)]
    assert code == 0
    assert {line.split()[0] for line in told} >= {"D101", "D162", "D165"}
    text = (tmp_path / "m.md").read_text("utf-8")
    assert re.findall(r"[A-Za-z]{4,} [a-z]{2,}", "\n".join((*told, text))) == []
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    assert len(set(tables)) == len(tables)
    for head in (table.splitlines()[0].split(" | ") for table in tables):
        assert len(set(head)) == len(head)
