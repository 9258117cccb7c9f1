"""Comparing two runs."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import custpred as cp
from custpred.errors import DataError, ModelFileError
from custpred.metrics._bootstrap import paired
from custpred.metrics.base import Metric
from custpred.monitoring.comparison import RunComparison, compare
from custpred.monitoring.comparison_page import page
from custpred.monitoring.differences import changes, shifts
from custpred.monitoring.pairing import paired_scores, shared, top_tenth
from custpred.report._blocks import Chart, Grid
from custpred.results.held_out import FILE, HeldOut
from custpred.results.record import Record, Requirement
from custpred.results.result import Result
from custpred.table import Finding


@pytest.fixture(scope="module")
def better(runs: dict[str, Result]) -> RunComparison:
    """Compare the run without its strongest columns with the full one."""
    return compare(runs["weak"], runs["whole"].folder)


def test_the_better_run_is_taken(better: RunComparison, runs: dict[str, Result]) -> None:
    """On the same 600 test customers the full run is significantly better."""
    assert better.rows == 600
    first = better.scores[0]
    assert (first.metric, first.old, first.new) == ("roc_auc", runs["weak"].score, runs["whole"].score)
    both = [HeldOut.load(runs[name].folder, runs[name].record.task) for name in ("whole", "weak")]
    new, old = (each.take(np.argsort(each.ids)).predictions for each in both)
    value, low, high = paired(Metric.parse("roc_auc"), new, old)
    assert first.lead.value == pytest.approx(value)
    assert first.lead.low == pytest.approx(low, abs=0.01)
    assert first.lead.high == pytest.approx(high, abs=0.01)
    assert better.verdict == "take the new"
    assert str(better).startswith("Take the new run: on 600 held-out customers of both runs it is better, ROC AUC ")


def test_the_worse_run_is_not_taken(better: RunComparison, runs: dict[str, Result]) -> None:
    """The lead changes its sign, also for errors, and the old run is kept."""
    turned = compare(runs["whole"], runs["weak"])
    assert turned.verdict == "keep the old"
    for one, other in zip(better.scores, turned.scores, strict=True):
        assert one.lead.value == pytest.approx(-other.lead.value)
    loss = next(each for each in better.scores if each.better == "lower")
    assert loss.lead.value == pytest.approx(loss.old - loss.new)


def test_a_run_compared_with_itself_is_a_tie(runs: dict[str, Result]) -> None:
    """Nothing differs, nobody moves, and the verdict is "cannot tell"."""
    same = compare(runs["whole"], runs["whole"])
    assert same.verdict == "cannot tell"
    assert same.same_customers
    assert (same.recipe, same.chosen, same.columns) == ((), (), ())
    assert same.top is not None
    assert (same.top.overlap, same.top.entered, same.top.left) == (1.0, (), ())
    assert max(each.psi for each in same.shifts) < 1e-12
    assert same.agreement == pytest.approx(1.0)


def test_a_duration_in_seconds_and_one_in_minutes_are_the_same(runs: dict[str, Result]) -> None:
    """Runs of earlier versions hold durations as numbers: no difference between the recipes."""
    new = replace(runs["whole"], record=_with_time(runs["whole"].record, "5m"))
    old = replace(runs["whole"], record=_with_time(runs["whole"].record, 300.0))
    assert compare(old, new).recipe == ()
    assert compare(old, new).chosen == ()


def _with_time(record: Record, time: object) -> Record:
    own = {"budget": {"time": time}}
    return replace(record, recipe={**record.recipe, **own}, lock={**record.lock, **own})


def test_runs_on_other_customers_share_none(runs: dict[str, Result]) -> None:
    """Without shared rows no score decides, with a sentence; drift and data are still compared."""
    apart = compare(runs["whole"], runs["later"])
    assert (apart.rows, apart.scores, apart.top, apart.verdict) == (0, (), None, "cannot tell")
    assert "no held-out customer is in both runs" in str(apart)
    assert len(apart.shifts) > 5
    assert not any(each.far for each in apart.shifts)


def test_differences_are_listed(better: RunComparison) -> None:
    """Keys of the recipes, and columns of one run only."""
    named = {each.name: (each.old, each.new) for each in better.recipe}
    assert named["name"] == ("weak", "whole")
    assert named["customers.drop"][0].startswith("[contract, tenure")
    assert {each.name for each in better.columns} >= {"contract", "tenure"}
    assert all(each.old == "-" for each in better.columns)


def test_movers_change_sides(better: RunComparison) -> None:
    """Those who moved in were outside; as many moved out; only hashes are shown."""
    top = better.top
    assert top is not None
    assert top.size == 60
    assert all(each.old_rank > 60 >= each.new_rank for each in top.entered)
    assert all(each.old_rank <= 60 < each.new_rank for each in top.left)
    assert top.both + min(60 - top.both, 20) == top.both + len(top.left)
    assert all(re.fullmatch("[0-9a-f]{16}", each.customer) for each in (*top.entered, *top.left))


def test_a_red_run_is_never_taken(better: RunComparison) -> None:
    """A new run that misses a requirement is refused, however good its scores."""
    missed = Requirement("ece", "<= 0.01", 0.2, met=False)
    red = replace(better, new=replace(better.new, requirements=(missed,)))
    assert red.verdict == "keep the old"
    assert "must not be used: the recipe requires ece <= 0.01, found 0.2" in str(red)


def test_a_leak_is_no_improvement_of_a_red_run(better: RunComparison) -> None:
    """Of two red runs the better one is taken, unless it has an alarm that the other has not."""
    missed, leak = Requirement("ece", "<= 0.01", 0.2, met=False), Finding("P101", "alarm", "'paid' is a leak.", "paid")
    old, new = (replace(each, requirements=(missed,)) for each in (better.old, better.new))
    assert replace(better, old=old, new=new).verdict == better.verdict == "take the new"
    leaky = replace(new, profile_findings=(*new.profile_findings, leak))
    assert replace(better, old=old, new=leaky).verdict == "keep the old"
    known = replace(old, profile_findings=(*old.profile_findings, leak))
    assert replace(better, old=known, new=leaky).verdict == "take the new"


def test_one_month_later_rows_are_found_by_all_their_values() -> None:
    """If ids agree and labels do not, rows match only if all values agree."""
    from custpred.task import Predictions, Task

    task = Task("binary", "left", ("no", "yes"))

    def made(ids: list[int], rows: list[int], truth: list[int]) -> HeldOut:
        predicted = np.tile([0.5, 0.5], (len(ids), 1))
        own = Predictions(task, np.array(truth), predicted)
        return HeldOut(np.array(ids, np.uint64), np.array(rows, np.uint64), own, np.zeros(0, np.uint64))

    may = made([1, 2, 3], [10, 20, 30], [0, 1, 0])
    june = made([3, 2, 1], [30, 21, 11], [0, 0, 0])
    old, new = shared(may, june)
    assert old.ids.tolist() == new.ids.tolist() == [3]
    old, new = shared(may, made([3, 1], [31, 11], [0, 0]))  # other columns, the same labels
    assert old.ids.tolist() == new.ids.tolist() == [1, 3]
    assert top_tenth(old, new) is None


def test_two_runs_are_compared_with_the_same_weights() -> None:
    """Equal predictions have no lead if only one run weights its customers."""
    from custpred.task import Predictions, Task

    draw = np.random.default_rng(0)
    chance, ids = draw.random(200), np.arange(200, dtype=np.uint64)
    both = np.column_stack([1 - chance, chance])
    plain = Predictions(Task("binary", "left", ("no", "yes")), (draw.random(200) < chance).astype(int), both)
    runs = [HeldOut(ids, ids, own, ids[:0]) for own in (plain, replace(plain, weight=draw.lognormal(0, 2, 200)))]
    for old, new in (runs, runs[::-1]):
        (found,) = paired_scores([Metric.parse("roc_auc")], *shared(old, new), 0)
        assert (found.old, found.new) == (Metric.parse("roc_auc").score(old.predictions),) * 2
        assert found.lead.value == found.lead.low == found.lead.high == 0


def test_hashes_are_of_values_alone(runs: dict[str, Result]) -> None:
    """The same customers have the same hashes in other tables, and the file has no id."""
    weak, whole = (HeldOut.load(runs[name].folder, runs[name].record.task) for name in ("weak", "whole"))
    assert set(weak.ids) == set(whole.ids)
    assert set(weak.rows).isdisjoint(whole.rows)
    assert np.isin(whole.rows, whole.trained).sum() == 0
    assert len(whole.trained) == whole_train(runs)
    assert b"C00" not in (runs["whole"].folder / FILE).read_bytes()


def whole_train(runs: dict[str, Result]) -> int:
    return runs["whole"].record.data.train_rows


def test_drift_between_contracts_is_that_of_the_rows(runs: dict[str, Result]) -> None:
    """A column whose values double has a large index, from the contracts; others none."""
    known = runs["whole"].predictor.intake.columns
    doubled = tuple(
        replace(each, edges=tuple(2 * e for e in each.edges), low=2 * each.low, high=2 * each.high)
        if each.name == "monthly_charges"
        else each
        for each in known
    )
    first, *others = shifts(known, doubled)
    assert (first.column, first.far) == ("monthly_charges", True)
    assert max(each.psi for each in others) < 1e-12


def test_recipes_are_compared_by_value() -> None:
    """Nested keys have dotted names; a key of one side only is compared with a dash."""
    old = {"models": [{"kind": "logistic"}], "split": {"kind": "time", "test": {"last": 2}}}
    new = {"models": [{"kind": "logistic"}, {"kind": "lightgbm", "rounds": 5}], "split": {"kind": "time"}}
    found = {each.name: (each.old, each.new) for each in changes(old, new)}
    assert found == {"models": ("[logistic]", "[logistic, {kind: lightgbm, rounds: 5}]"), "split.test.last": ("2", "-")}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [str(value) for name, value in attrs if name == "id"]


def test_all_formats_have_the_verdict(better: RunComparison, tmp_path: Path) -> None:
    """All formats have the verdict; ids on the page are unique; output is deterministic."""
    page = better.report(tmp_path / "c.html").read_text("utf-8")
    text = better.report(tmp_path / "c.md").read_text("utf-8")
    plain = json.loads(better.report(tmp_path / "c.json").read_text("utf-8"))
    assert plain["verdict"] == {"choice": "take the new", "text": str(better), "refused": []}
    assert str(better) in page
    assert str(better).replace("_", r"\_") in text
    found = _Words()
    found.feed(page)
    assert len(found.ids) == len(set(found.ids))
    assert page == better.report(tmp_path / "again.html").read_text("utf-8")
    assert "take the new" in repr(better)
    assert "<script" not in better._repr_html_()


def test_korean_runs_are_compared_in_korean(korean_runs: tuple[Result, Result], tmp_path: Path) -> None:
    """The page of two Korean runs has no English sentence, and no customer's id."""
    found = cp.compare(*korean_runs)
    assert found.verdict == "take the new"
    assert str(found).startswith("새 실행을 선택: 두 실행에 함께 있는 검증 고객 360명에서 더 낫습니다.")
    text = found.report(tmp_path / "c.md").read_text("utf-8")
    english = re.findall(r"[A-Za-z]{4,}(?: [a-z]{3,}){2,}", text)
    assert english == []
    assert "고객-0" not in text


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"target": "left"}, "target is 'churn' in 'weak' and 'left'"),
        ({"kind": "regression"}, "task is 'binary'"),
        ({"labels": ("no", "maybe")}, "labels is"),
        ({"labels": ("yes", "no")}, "positive label is 'yes'"),
    ],
)
def test_other_targets_are_refused(runs: dict[str, Result], changes: Any, named: str) -> None:
    """Runs of another target, task or positive label give a coded error with the difference."""
    other = runs["whole"]
    task = replace(other.record.task, **changes)
    strange = Result(replace(other.record, task=task), other.folder)
    with pytest.raises(DataError, match=re.escape(named)) as caught:
        compare(runs["weak"], strange)
    assert caught.value.code == "CP2412"


def test_a_damaged_file_and_an_older_run(runs: dict[str, Result], tmp_path: Path) -> None:
    """A damaged file is refused; an older run without one shares no row."""
    shutil.copytree(runs["whole"].folder, tmp_path / "run")
    (tmp_path / "run" / FILE).write_bytes(b"PK nothing")
    with pytest.raises(ModelFileError, match="held_out.npz cannot be read") as caught:
        compare(tmp_path / "run", runs["weak"])
    assert caught.value.code == "CP5202"
    (tmp_path / "run" / FILE).unlink()
    assert compare(tmp_path / "run", runs["weak"]).rows == 0


def test_the_compare_command(cli: Any, runs: dict[str, Result], tmp_path: Path) -> None:
    """Lines, the file's path last; with --json only JSON; exit code 3 for a missed rule."""
    old, new, out = runs["weak"].folder, runs["whole"].folder, tmp_path / "c.html"
    code, said, err = cli("compare", old, new, "--out", out)
    assert (code, err) == (0, "")
    first, *_, last = said.splitlines()
    assert first.startswith("Take the new run: ")
    assert last == str(out)
    code, said, err = cli("compare", old, new, "--json", "--require", "lead_low > 0.9", "--require", "rows >= 500")
    assert code == 3
    assert json.loads(said)["result"]["requirements"][1]["met"]
    assert re.fullmatch(r"CP4103 required lead_low > 0\.9, found 0\.\d+\n", err)


def test_wrong_arguments_end_with_2(cli: Any, runs: dict[str, Result], tmp_path: Path) -> None:
    """A missing run and an invalid rule give one coded line each."""
    whole = runs["whole"].folder
    assert cli("compare", whole, tmp_path)[0::2] == (2, cli("report", tmp_path, "--out", tmp_path / "x.md")[2])
    code, _, err = cli("compare", whole, whole, "--require", "auc > 1")
    assert code == 2
    assert "CP2410" in err
    assert "'lead_low <= 0.01'" in err


def test_columns_that_did_not_move_have_short_bars(runs: dict[str, Result]) -> None:
    """Rounding errors of equal columns are 0, and the axis reaches a large shift."""
    same = page(compare(runs["whole"], runs["whole"]))
    chart = next(
        block for part in same.parts for block in part.blocks if isinstance(block, Chart) and block.kind == "bars"
    )
    assert set(chart.data["values"]) == {0.0}
    assert chart.data["top"] >= 0.25
    assert same.title == "Two runs of whole"


def test_a_missing_value_is_a_dash_on_the_page(better: RunComparison) -> None:
    """The page has the dash of all tables; JSON keeps its sign."""
    shown = page(better)
    grid = next(b for part in shown.parts for b in part.blocks if isinstance(b, Grid) and b.columns[0] == "Column")
    assert ("contract", "\N{EN DASH}", "category") in grid.rows
    assert shown.title == "weak and whole"
