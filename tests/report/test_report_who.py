"""Who leaves, and the diagram of the task: every sentence in each case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.evaluate.base import Measure
from custpred.report import _kinds, _timeline
from custpred.report._blocks import Chart, Grid, Prose
from custpred.report._events import tables, task_blocks
from custpred.report._page import page
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record

say = Text()
QUESTION = {"kind": "next", "gap": "0d", "horizon": "30d", "at_least": 1, "active": None}
HIDDEN = {"rate": None, "low": None, "high": None, "rows": None, "customers": None}


def cell(rate: float, customers: int = 200, half: float = 0.05) -> dict[str, Any]:
    return {"rate": rate, "low": rate - half, "high": rate + half, "rows": customers, "customers": customers}


def with_who(record: Record, **facts: Any) -> Record:
    return replace(record, measures={**record.measures, "who": Measure("who", facts={"base": 0.27, **facts})})


def with_events(record: Record, **events: Any) -> Record:
    return replace(record, data=replace(record.data, events=events))


def told(blocks: Sequence[Block]) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Prose))


def drawn(blocks: Sequence[Block]) -> list[Chart]:
    return [block for block in blocks if isinstance(block, Chart)]


def grid_of(*cells: dict[str, Any]) -> dict[str, Any]:
    bins = {"ages": [{"low": None, "high": 30.0, "whole": False}, {"low": 30.0, "high": None, "whole": False}]}
    counts = [{"low": 1.0, "high": 2.0, "whole": True}, {"low": 2.0, "high": None, "whole": True}]
    return {"grid": {"recency": "days_since", "frequency": "orders", **bins, "counts": counts, "cells": [*cells]}}


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ((HIDDEN,) * 4, "Too few customers"),
        ((cell(0.3), HIDDEN, HIDDEN, HIDDEN), "Too few customers"),
        (
            (cell(0.3), cell(0.1), cell(0.6), cell(0.2)),
            "highest rate is at 'days_since' 30 or more and 'orders' 1: 60%",
        ),
        ((cell(0.3), cell(0.1), cell(0.6), cell(0.2)), "begin with the highest cells"),
        ((cell(0.3), cell(0.3), cell(0.3), cell(0.3)), "within chance"),
        ((cell(0.3), cell(0.28), cell(0.31), HIDDEN), "within chance"),
    ],
)
def test_recency_and_frequency_sentences(binary: Record, cells: Any, sentence: str) -> None:
    """The highest and the lowest cell are named; differences within chance are called so."""
    assert sentence in told(_kinds.grid(with_who(binary, **grid_of(*cells)), say))


def test_small_cells_are_hidden_in_the_grid(binary: Record) -> None:
    """A hidden cell says so in the chart and in the table."""
    chart = drawn(_kinds.grid(with_who(binary, **grid_of(cell(0.3), HIDDEN, cell(0.6), cell(0.2))), say))[0]
    assert chart.data["notes"][0] == ["30% · 200", "< 10"]
    assert chart.grid.rows[1][-1] == "fewer than 10"


def curve(*staying: float) -> list[dict[str, Any]]:
    every = enumerate(staying)
    return [{"time": 10.0 * i, "staying": s, "low": s - 0.02, "high": s + 0.02, "at_risk": 99} for i, s in every]


@pytest.mark.parametrize(
    ("staying", "sentence"),
    [
        ((1.0, 1.0, 1.0), "Nobody has left up to 'tenure' 20. There is no loss"),
        ((1.0, 0.9, 0.8, 0.7, 0.6, 0.55), "At 'tenure' 50, 55% are still there"),
        ((1.0, 0.8, 0.5, 0.4, 0.3, 0.2), "Half have left by 'tenure' 20"),
        ((1.0, 0.9, 0.8, 0.7, 0.6, 0.5), "leave at all times: 20% of the loss"),
        ((1.0, 0.5, 0.45, 0.44, 0.43, 0.42), "86% of the loss is early, up to 'tenure' 10"),
    ],
)
def test_retention_sentences(binary: Record, staying: tuple[float, ...], sentence: str) -> None:
    """How many stay, and whether the loss is early."""
    assert sentence in told(
        _kinds.staying(with_who(binary, tenure={"column": "tenure", "curve": curve(*staying)}), say)
    )


def test_sources_of_events_are_named(binary: Record) -> None:
    """Lifetimes are of all events; a first month is that of the history, if this is limited."""
    months = [{"month": f"2024-0{i}", "before": False, **cell(0.3)} for i in (1, 2)]
    own = {"table": "orders", "lifetimes": {"until": "2024-10-02", "curve": curve(0.74, 0.7, 0.6)}}
    whole, limited = (with_who(with_events(binary, **own, history=past), cohorts=months) for past in (None, "90d"))
    assert "by time: from all events" in told(Section.find("customer_groups")().blocks(whole))
    charts = [drawn(_kinds.cohorts(record, say))[0] for record in (whole, limited)]
    assert [chart.data["x"]["label"].endswith("in the history") for chart in charts] == [False, True]
    assert [chart.description.endswith("do not count as first.") for chart in charts] == [False, True]


def test_customers_with_one_event_come_first(binary: Record) -> None:
    """For events, customers with a single event come first."""
    own = with_events(binary, table="orders", lifetimes={"until": "2024-10-02", "curve": curve(0.74, 0.7, 0.6)})
    text = told(_kinds.staying(own, say))
    assert "26% of the customers never returned after their first day. At day 20 after the first event, 60%" in text
    assert "from 2024-10-02 on counts as gone" in text


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ((), ""),
        ((0.3,), ""),
        ((0.3, 0.5), "The highest rate is in 2024-02: 50%"),
        ((0.3, 0.5), "Ask what was different then"),
        ((0.3, 0.3), "within chance"),
    ],
)
def test_cohort_sentences(binary: Record, rates: tuple[float, ...], sentence: str) -> None:
    """Months differ, or not; one month alone has no sentence."""
    rows = [{"month": f"2024-{i:02d}", "before": False, **cell(rate)} for i, rate in enumerate(rates, 1)]
    found = _kinds.cohorts(with_who(binary, cohorts=rows), say)
    assert sentence in told(found)
    assert bool(found) == bool(sentence)


def tenth(number: int, actual: float, half: float = 0.04) -> dict[str, Any]:
    ends = {"low": actual - half, "high": actual + half}
    return {"tenth": number, "customers": 100, "least": 10.0, "predicted": 0.3, "actual": actual, **ends,
            "worth": 5000.0 / number, "expected": 1000.0}  # fmt: skip


@pytest.mark.parametrize(
    ("actual", "sentence"),
    [((0.5, 0.2), "more often 'Yes'"), ((0.1, 0.3), "less often 'Yes'"), ((0.3, 0.31), "as often 'Yes'"), ((0.3,), "")],
)
def test_value_sentences(binary: Record, actual: tuple[float, ...], sentence: str) -> None:
    """The most valuable are compared with the others; one group alone has no sentence."""
    rows = tuple(tenth(i, each) for i, each in enumerate(actual, 1))
    facts = {"value": sum(row["worth"] for row in rows), "expected": 1000.0 * len(rows)}
    own = replace(binary, measures={**binary.measures, "by_value": Measure("by_value", rows, facts)})
    assert sentence in told(_kinds.values(own, say))


def test_the_title_follows_the_task(binary: Record) -> None:
    """Who leaves, who buys; without suitable columns there is no section."""
    assert "customer_groups" not in [part.kind for part in page(replace(binary, measures={})).parts]
    own = with_who(binary, asks="leaves", **grid_of(cell(0.3), cell(0.1), cell(0.6), cell(0.2)))
    assert next(part.title for part in page(own).parts if part.kind == "customer_groups") == "Who leaves"
    assert Section.find("customer_groups")().heading(with_who(binary, asks="")) == "Which customers"


def cutoff(month: int, customers: int = 100) -> dict[str, Any]:
    day = f"2024-{month:02d}-01"
    return {"cutoff": day, "starts": f"2024-{month:02d}-15", "ends": f"2024-{month + 1:02d}-15", "customers": customers,
            "seen": 200, "answer": 0.3}  # fmt: skip


def asked(record: Record, months: Sequence[int], train: int, test: int) -> Record:
    log = {"name": "orders", "first": "2023-11-05"}
    made = with_events(record, table="orders", history=None, tables=[log], cutoffs=[cutoff(m, 100 + m) for m in months])
    return replace(made, data=replace(made.data, train_rows=train, test_rows=test))


@pytest.mark.parametrize(
    ("months", "train", "test", "sentence"),
    [
        ((), 0, 0, ""),
        ((3,), 103, 0, "one cutoff, 2024-03-01; its label is known from 2024-04-15 on. One cutoff says nothing"),
        ((1, 2, 3), 101, 103, "1 cutoff in between are not used for training"),
        (
            (1, 4),
            101,
            104,
            "There are 2 cutoffs from 2024-01-01 to 2024-04-01; the last label is known from 2024-05-15",
        ),
        ((1, 4), 101, 104, "No two labels cover the same days."),
    ],
)
def test_cutoffs_are_described(binary: Record, months: tuple[int, ...], train: int, test: int, sentence: str) -> None:
    """None, one and several cutoffs; those between training and test, and overlapping labels."""
    assert sentence in told(_timeline.timeline(asked(binary, months, train, test), say))


def test_each_cutoff_shows_its_use(binary: Record) -> None:
    """The last cutoff is the test, the first are training; the spans begin at the first event."""
    chart = drawn(_timeline.timeline(asked(binary, (1, 2, 3), 101, 103), say))[0]
    assert [note.rpartition(" · ")[2] for note in chart.data["notes"]] == ["learned", "label too late", "tested"]
    assert [say.date(day) for day in chart.data["spans"][0][0][1:]] == ["2023-11-05", "2024-01-01"]
    assert [kind for kind, *_ in chart.data["spans"][0]] == [0, 2, 1]
    drawn_by_customer = drawn(_timeline.timeline(asked(binary, (1, 2), 50, 20), say))[0]
    assert "·" not in drawn_by_customer.data["notes"][0]


def test_cutoffs_of_a_next_item_count_purchases(binary: Record) -> None:
    """Rows are customers with a purchase; their share is not that of the last label."""
    items = replace(
        asked(binary, (1, 2), round(0.3 * 101), round(0.3 * 102)), task=Task("multiclass", "x", tuple("abc"))
    )
    notes = drawn(_timeline.timeline(items, say))[0].data["notes"]
    assert [note.rpartition(" · ")[2] for note in notes] == ["learned", "tested"]
    asks = replace(items, data=replace(items.data, events={**items.data.events, **QUESTION}))
    grid = next(block for block in task_blocks(asks, say) if isinstance(block, Grid))
    assert grid.columns[-1] == "With a purchase in the horizon"
    assert grid.rows[0][-1] == 0.3


@pytest.mark.parametrize(
    ("differ", "sentence"),
    [
        ((), ""),
        ((5,), "5% at 45 days. The definition is robust"),
        ((5, 20), "5% at 45 days and 20% at 135 days. The horizon changes some labels"),
        ((40, 40), "The horizon changes many labels"),
        ((0, 0), "0% at 45 days and 0% at 135 days. The definition is robust"),
    ],
)
def test_other_horizon_sentences(binary: Record, differ: tuple[int, ...], sentence: str) -> None:
    """How many labels would differ, and how stable the definition is."""
    rows = [{"days": 45 + 90 * i, "rows": 100, "differ": each} for i, each in enumerate(differ)]
    assert sentence in told(_timeline.definition(with_events(binary, horizon="90d", horizons=rows), say))


@pytest.mark.parametrize(
    ("included", "sentence"),
    [
        (80, "Of 100 customers, 20 (20%) are left out"),
        (100, "Nobody is left out"),
        (97, "fewer than 10 (3%) are left out"),
    ],
)
def test_population_sentences(binary: Record, included: int, sentence: str) -> None:
    """Who is excluded, unless they are too few to show."""
    own = {"customers": 100, "seen": 100, "included": included}
    record = with_events(binary, table="orders", active="180d", at_least=1, population=own)
    assert sentence in told(_timeline.population(record, say))


@pytest.mark.parametrize(
    ("weeks", "sentence", "empty"),
    [
        (("2024-01-01", "2024-01-08", "2024-01-15"), "No week is without events.", 0),
        (("2024-01-01", "2024-01-15", "2024-01-22"), "Shaded: 1 week without events (2024-01-08)", 1),
        (("2024-01-01", "2024-01-22", "2024-02-05"), "Shaded: 3 weeks without events", 3),
    ],
)
def test_weeks_without_events_are_shaded(binary: Record, weeks: tuple[str, ...], sentence: str, empty: int) -> None:
    """The axis has dates, and the line falls to 0 in weeks without records."""
    log = {"name": "orders", "rows": 30, "customers": 20, "first": weeks[0], "last": weeks[-1]}
    own = with_events(binary, tables=[{**log, "weeks": [[week, 10] for week in weeks]}])
    chart, says, so = next(b.blocks[0].blocks for b in tables(own, say) if hasattr(b, "layout"))
    assert sentence in chart.description
    assert [says.role, so.role] == ["says", "so"] and ("lost load" in so.text) == (empty > 0)
    assert (chart.data["x"]["format"], len(chart.data["empty"])) == ("date", empty)
    assert chart.data["series"][0]["y"].count(0) == empty


@pytest.mark.parametrize("build", [_kinds.grid, _kinds.cohorts])
def test_means_of_amounts_are_numbers(binary: Record, build: Callable[..., list[Block]]) -> None:
    """For a regression means are compared, not shares."""
    rows = [{"month": f"2024-0{i}", "before": False, **cell(40.0 * i)} for i in (1, 2)]
    own = with_who(binary, cohorts=rows, **grid_of(cell(30.0), cell(10.0), cell(60.0), cell(20.0)))
    blocks = build(replace(own, task=Task("regression", "spend")), say)
    assert "%" not in told(blocks).replace("95% interval", "")
    assert "The highest mean is" in told(blocks)
    assert "Mean of 'spend'" in drawn(blocks)[0].title
