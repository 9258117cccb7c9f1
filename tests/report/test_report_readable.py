"""What readers stumbled over: unnamed bins, uneven numbers, empty columns, odd capitals."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custpred.report._blocks import Grid
from custpred.report._columns import cards
from custpred.report._histogram import histogram
from custpred.report._lines import table
from custpred.report._page import html
from custpred.report._reading import inside
from custpred.report._svg import Scale, written
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from custpred.results.record import Record

NOBODY = float("nan")


def small(labels: list[str], rate: list[float], joined: int) -> str:
    """Return the drawing of a small chart."""
    data = {"labels": labels, "counts": [20] * len(labels), "rate": rate, "joined": joined, "small": True}
    return str(histogram(data, Text())[0])


def test_a_bin_between_hidden_ones_has_a_dot() -> None:
    """No line reaches it, so that a dot shows its rate; bins that a line joins have none."""
    rate = [0.5, 0.4, 0.3, NOBODY, 0.2, NOBODY, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    drawn = small([str(i) for i in range(12)], rate, 12)
    assert drawn.count("<circle") == 1
    assert 'cx="37.5%"' in drawn


def test_the_last_bin_keeps_its_name() -> None:
    """Missing values are named, even if the name before them has to go."""
    drawn = small(["1", "2", "3", "4", "5", "값 없음"], [0.1] * 6, 5)
    assert re.findall(r">([^<>]+)</text>", drawn)[-1] == "값 없음"
    assert ">1</text>" in drawn


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.695, 0.745, ["0.70", "0.72", "0.74"]),
        (0.0, 0.1, ["0", "0.025", "0.050", "0.075", "0.100"]),
        (0.0, 2000.0, ["0", "500", "1,000", "1,500", "2,000"]),
    ],
)
def test_numbers_of_an_axis_have_equally_many_decimals(low: float, high: float, texts: list[str]) -> None:
    """0.70 beside 0.72; whole numbers and 0 stay as they are."""
    assert [text for _, text in written(Scale(low, high), "number", Text())] == texts


def test_the_leaderboard_has_no_empty_column(binary: Record) -> None:
    """If all models finished, and none is tied, there is no column for that."""
    done = [replace(row, tied=False) for row in binary.leaderboard if row.score is not None]
    assert len(done) < len(binary.leaderboard)
    for rows, shown in ((tuple(done), False), (binary.leaderboard, True)):
        grid = table(replace(binary, leaderboard=rows), Text()).blocks[0]
        assert isinstance(grid, Grid)
        assert ("Status" in grid.columns) is shown
        assert len(grid.columns) == len(grid.formats) == len(grid.rows[0])
        for place in range(len(grid.columns)):
            assert any(row[place] not in {"", None} for row in grid.rows)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Root mean squared error", "root mean squared error"),
        ("Lift at 10%", "lift at 10%"),
        ("R squared", "R squared"),
    ]
    + [(name, name) for name in ("ROC AUC", "F1", "Gini", "Brier score", "평균 절대 오차")],
)
def test_a_metric_inside_a_sentence_is_small(name: str, written: str) -> None:
    """Abbreviations, symbols and names of persons keep their capitals; Korean has none."""
    assert inside(name) == written


def test_events_are_asked_for_as_events(binary: Record) -> None:
    """The contract of a run on events names its tables, as nobody hands in the computed columns."""
    section = Section.find("agreement")
    events = replace(binary, data=replace(binary.data, events={"tables": [{"name": "orders"}, {"name": "visits"}]}))
    first = section().blocks(events)[0]
    assert "New events come in the same tables (orders and visits); custpred computes" in str(first)
    assert "New rows need" in str(section().blocks(binary)[0])


def test_columns_without_steps_are_called_all(binary: Record) -> None:
    """The steps of sequences have no row of their own, which the title says."""
    assert "All columns: " in html(binary)
    steps = replace(binary, data=replace(binary.data, kinds={**binary.data.kinds, "amount@-1": "number"}))
    assert "All columns but the steps of sequences: " in html(steps)


@pytest.mark.parametrize(
    ("levels", "ordered"),
    [(["1", "2", "3", "missing"], 3), (["0", "1", "other", "missing"], 2), (["0", "1"], 2)],
)
def test_no_line_is_drawn_on_to_missing_values(binary: Record, levels: list[str], ordered: int) -> None:
    """Codes are ordered, but neither missing values nor rare codes are."""
    bins = [{"level": level, "rows": 50, "target": 0.3} for level in levels]
    skew = {**binary.profile["skew"], "detail": {"tenure": {"kind": "code", "bins": bins}}}
    own = replace(binary, profile={**binary.profile, "skew": skew})
    assert next(each for each in cards(own, Text()) if each.name == "tenure").ordered == ordered


def test_without_a_campaign_nobody_is_contacted(binary: Record) -> None:
    """Without value, cost and capacity, the order of customers is not told as contacts."""
    own = replace(binary, recipe={**binary.recipe, "business": {}})
    shown = str(Section.find("curves")().blocks(own)).lower()
    assert "contact" in str(Section.find("curves")().blocks(binary)).lower()
    assert not re.search("contact|campaign", shown)
