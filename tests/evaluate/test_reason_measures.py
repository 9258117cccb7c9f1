"""Example customers and their contributions, with a model whose contributions are known."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from custpred.evaluate import attributions
from custpred.evaluate._cells import _binned
from custpred.evaluate._changed import changed
from custpred.evaluate.base import Evaluate
from custpred.table import Column
from custpred.task import Task

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence


MODULES = {"importance": "_shuffle", "attributions": "attributions"}


def explained(frame: pd.DataFrame, folds: int | None = None, words: bool = False) -> pd.DataFrame:
    """Return an additive model's parts: tenure, contract and a rare level; or three words."""
    if words:
        parts = [("note", "free", 3.0), ("note", "secret7731", 2.0), ("note", None, 1.0)]
        words = pd.DataFrame(parts, columns=["column", "word", "part"])
        return pd.concat([words.assign(row=row) for row in range(len(frame))])
    parts = pd.DataFrame({name: np.zeros(len(frame)) for name in frame.columns if name != "id"})
    parts["tenure"] = (36 - frame["tenure"].fillna(36)).to_numpy()
    parts["contract"] = 12.0 * (frame["contract"] == "Month").to_numpy()
    parts["rare"] = 5.0 * (frame["rare"] == "canary").to_numpy()
    return pd.DataFrame({"start": 30.0, "answer": 30.0 + parts.sum(axis=1)}).join(parts)


def examples(evidence: Evidence) -> dict[str, dict[str, object]]:
    rows = Evaluate.parse("examples").measure(replace(evidence, reasons=explained)).rows
    return {row["example"]: row for row in rows}


def test_counted_runs_do_not_look_at_the_clock(binary: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """If trials are counted instead of time, columns are measured on the same rows everywhere."""
    counted = replace(binary, reasons=explained, seconds=math.inf)
    for kind in ("importance", "attributions"):
        measured = []
        for second in (1e-6, 100.0):  # a fast machine and a slow one
            clock = itertools.count(step=second)
            monkeypatch.setattr(f"custpred.evaluate.{MODULES[kind]}.time.monotonic", clock.__next__)
            measured.append(Evaluate.parse(kind).measure(counted))
            monkeypatch.undo()
        assert measured[0] == measured[1]
        assert measured[0].rows
        assert measured[0].facts["customers"] == {"importance": 2000, "attributions": attributions.COUNTED_ROWS}[kind]


def test_examples_match_their_names(binary: Evidence) -> None:
    """Highest and lowest score, a high one that stayed and a low one that left, all different."""
    found = examples(binary)
    assert list(found) == ["highest", "near_cut", "stayed", "left", "lowest"]
    assert (found["stayed"]["actual"], found["left"]["actual"]) == ("no", "yes")
    assert found["highest"]["answer"] > found["lowest"]["answer"]


def test_examples_add_up(evidence: Evidence) -> None:
    """Start, shown contributions and the rest are the prediction, for any task."""
    for row in examples(evidence).values():
        total = row["start"] + sum(part["part"] for part in row["parts"]) + row["rest"]
        assert total == pytest.approx(row["answer"], abs=1e-9)
        assert len(row["parts"]) <= 8


def test_values_of_examples_are_rounded(binary: Evidence) -> None:
    """Numbers have two digits, dates no day; rare levels and texts are withheld."""
    frame = binary.table.frame.assign(rare=pd.Categorical(["canary"] * 4 + ["often"] * (len(binary.table) - 4)))
    score = np.zeros((len(frame), 2))
    score[:4, 1] = 1.0
    known = replace(binary.predictions, predicted=score)
    own = replace(binary, table=replace(binary.table, frame=frame), predictions=known)

    def every(rows: pd.DataFrame, folds: int | None, words: bool = False) -> pd.DataFrame:
        why = explained(rows, words=words)
        return why if words else why.assign(**dict.fromkeys(("joined", "senior", "note", "charge"), 1.0))

    row = Evaluate.parse("examples").measure(replace(own, reasons=every)).rows[0]
    value = {part["column"]: part["value"] for part in row["parts"]}
    assert (value["rare"], value["senior"], value["note"]) == ("", "", "")
    assert len(value["joined"]) == len("2021-03")
    assert value["charge"] == float(f"{value['charge']:.2g}")


@pytest.fixture
def repeated(binary: Evidence) -> Evidence:
    """Return customers with two rows, a month apart; c5 rises by 0.15, c0 falls by 0.8."""
    n = len(binary.table)
    days = pd.to_datetime(np.where(np.arange(n) % 2, "2024-02-01", "2024-01-01"))
    frame = binary.table.frame.assign(id=[f"c{i // 2}" for i in range(n)], cutoff=days)
    score = np.full((n, 2), 0.5)
    score[10:12, 1] = 0.3, 0.45
    score[0:2, 1] = 0.9, 0.1
    known = replace(binary.predictions, predicted=score)
    columns = (*binary.table.columns, Column("cutoff", "date"))
    return replace(binary, table=replace(binary.table, frame=frame, columns=columns), predictions=known)


def asking(evidence: Evidence, kind: str) -> Evidence:
    """Return the evidence of a target from events."""
    facts = {"events": {"kind": kind, "table": "orders"}}
    return replace(evidence, table=replace(evidence.table, facts=facts))


@pytest.mark.parametrize(("kind", "row", "before"), [("no_event", 11, 30.0), ("event", 1, 90.0)])
def test_a_customer_who_got_worse_is_found(repeated: Evidence, kind: str, row: int, before: float) -> None:
    """The largest worsening between cutoffs: up where customers leave, down where they buy."""
    found = examples(asking(repeated, kind))["changed"]
    frame = repeated.table.frame.iloc[[row]].reset_index(drop=True)
    assert found["answer"] == pytest.approx(explained(frame)["answer"].iloc[0])
    assert (found["before"], found["then"], found["cutoff"]) == (before, "2024-01-01", "2024-02-01")
    assert found["compared"] == len(repeated.table) // 2


def test_the_same_model_scores_the_earlier_cutoff(repeated: Evidence) -> None:
    """Rows of an earlier cutoff are scored by the model; others are not compared."""
    at, rows = repeated.table.frame["cutoff"], np.arange(len(repeated.table))
    now, then = rows[at == at.max()], rows[at == at.min()][:40]
    table, asked = repeated.table, []

    def predict(frame: pd.DataFrame) -> np.ndarray:
        asked.append(frame["cutoff"].unique().tolist())
        return np.column_stack([1 - frame["noise"].rank(pct=True), frame["noise"].rank(pct=True)])

    known = repeated.predictions.take(now)
    own = replace(repeated, table=table.take(now), predictions=known, earlier=table.take(then), predict=predict)
    moved = changed(own)
    lowest = table.frame.iloc[then].sort_values("noise").iloc[0]
    assert asked == [[at.min()]]
    assert len(moved) == 40
    assert moved["change"].tolist() == pytest.approx(sorted(moved["change"], reverse=True))
    assert table.frame["id"].iloc[now[moved["place"].iloc[0]]] == lowest["id"]


def test_nobody_got_worse(repeated: Evidence) -> None:
    """Nobody is shown, but the number compared is kept; classes have no worse side."""
    alike = replace(repeated.predictions, predicted=np.full((len(repeated.table), 2), 0.5))
    measure = Evaluate.parse("examples").measure(replace(repeated, predictions=alike, reasons=explained))
    assert "changed" not in {row["example"] for row in measure.rows}
    assert measure.facts["compared"] == len(repeated.table) // 2
    classes = replace(alike, task=Task("multiclass", "plan", ("a", "b")))
    assert len(changed(replace(repeated, predictions=classes))) == 0


def together(frame: pd.DataFrame, folds: int | None = None) -> pd.DataFrame:
    """Return contributions in which contract changes the effect of tenure."""
    why = explained(frame)
    why["tenure"] *= np.where(frame["contract"] == "Month", 2.0, 0.5)
    return why.assign(answer=why.iloc[:, 2:].sum(axis=1) + why["start"])


def test_sizes_directions_and_shapes_are_those_of_the_parts(binary: Evidence) -> None:
    """Size is the mean absolute contribution; direction and shape follow the values."""
    measure = Evaluate.parse("attributions").measure(replace(binary, reasons=explained))
    row = {each["column"]: each for each in measure.rows}
    frame = binary.table.frame
    assert row["tenure"]["importance"] == pytest.approx(abs(explained(frame)["tenure"]).mean(), rel=0.1)
    assert row["tenure"]["direction"] == "down"
    shape = [each["part"] for each in row["tenure"]["shape"][:-1]]
    assert shape == sorted(shape, reverse=True)
    assert sum(each["customers"] for each in row["contract"]["shape"]) == measure.facts["customers"]
    assert [each["column"] for each in measure.rows[:2]] == ["tenure", "contract"]
    assert "canary" not in str(measure)


def test_missing_dates_do_not_count_for_a_direction(binary: Evidence) -> None:
    """Later dates raise the score; customers without a date, who have the highest, say nothing."""
    frame = binary.table.frame.copy()
    frame.loc[frame.index % 3 == 0, "joined"] = pd.NaT

    def dated(some: pd.DataFrame, folds: int | None = None) -> pd.DataFrame:
        days = (some["joined"] - pd.Timestamp("2020-01-01")).dt.days.fillna(2000).to_numpy()
        return pd.DataFrame({"start": 0.0, "answer": days, "joined": days})

    evidence = replace(binary, table=replace(binary.table, frame=frame), reasons=dated)
    (row,) = Evaluate.parse("attributions").measure(evidence).rows
    assert (row["column"], row["direction"]) == ("joined", "up")


@pytest.mark.parametrize(("cost", "fixed", "fewest", "most"), [(1e-4, 0.05, 2000, 2000), (0.05, 0.1, 24, 60)])
def test_slow_models_explain_fewer_customers(
    binary: Evidence, monkeypatch: pytest.MonkeyPatch, cost: float, fixed: float, fewest: int, most: int
) -> None:
    """The share of the remaining time is kept: the speed is measured on a few customers first."""
    clock = SimpleNamespace(now=0.0)

    def slow(frame: pd.DataFrame, folds: int | None = None) -> pd.DataFrame:
        clock.now += fixed + cost * len(frame)
        return explained(frame)

    monkeypatch.setattr(attributions, "time", SimpleNamespace(monotonic=lambda: clock.now))
    measure = Evaluate.parse("attributions").measure(replace(binary, reasons=slow, seconds=8.0))
    assert fewest <= measure.facts["customers"] <= most
    assert clock.now < 3.5


def test_interactions_are_found(binary: Evidence) -> None:
    """A contribution that another column changes is a pair; additive ones are not."""
    pairs = Evaluate.parse("attributions").measure(replace(binary, reasons=together)).facts["pairs"]
    assert {pairs[0]["column"], pairs[0]["by"]} == {"tenure", "contract"}
    assert pairs[0]["strength"] > 3
    alone = Evaluate.parse("attributions").measure(replace(binary, reasons=explained)).facts["pairs"]
    assert all(each["strength"] < 1 for each in alone)


def test_reasons_of_groups_are_their_means(binary: Evidence) -> None:
    """The highest fifth has the largest contributions; every group has enough customers."""
    groups = Evaluate.parse("attributions").measure(replace(binary, reasons=explained)).facts["groups"]
    assert [each["group"] for each in groups] == ["lowest", "middle", "highest"]
    assert groups[0]["parts"][0]["part"] < 0 < groups[2]["parts"][0]["part"]


def test_only_words_of_many_customers_are_shown(binary: Evidence) -> None:
    """A word of one customer is withheld; the text without its words is not a word."""
    assert examples(binary)["highest"]["words"] == [{"column": "note", "word": "free", "part": 3.0}]


def test_borders_below_zero_have_a_minus_sign() -> None:
    """A group's name has no hyphen before a number, so that it is not read as a dash."""
    _, names = _binned(pd.Series(np.linspace(-90.5, 90.5, 400)), 0, dates=False)
    assert names[0].startswith("under \N{MINUS SIGN}")
    assert not any("-" in name for name in names)
