"""One number has one interval in every section."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custpred.evaluate.base import Measure
from custpred.report._blocks import Chart, Facts, Grid, Group
from custpred.report._reading import interval
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.results.record import Score
from tests.report.test_report_sections import all_text, with_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record

OWN = Score(0.85, 0.80, 0.89)
"""A metric with an interval that no other measure has."""


def blocks(kind: str, record: Record, language: str = "en") -> list[Block]:
    """Return all blocks of a section, those of groups too."""
    recipe = {**record.recipe, "report": {"language": language}}
    return list(_flat(Section.find(kind)().blocks(replace(record, recipe=recipe))))


def _flat(every: Sequence[Block]) -> Iterator[Block]:
    for block in every:
        if isinstance(block, Group):
            yield from _flat(block.blocks)
        else:
            yield block


def test_the_table_of_reach_has_the_interval_of_the_metric(binary: Record) -> None:
    """The row at 10 % has the interval of the headline, other rows have their own."""
    lift = binary.measures["gains"].facts["lift_at_10"]
    own = replace(binary, test={**binary.test, "lift_at_10": Score(lift + 0.004, 1.11, 4.44)})
    tables = [each for each in blocks("curves", own) if isinstance(each, Grid)]
    cells = {row[0]: row for row in tables[0].rows if isinstance(row[0], float)}
    assert [row[5] for share, row in cells.items() if abs(share - 0.1) < 0.004] == ["1.11\N{EN DASH}4.44"]
    assert sum(row[5] == "1.11\N{EN DASH}4.44" for row in cells.values()) == 1
    assert "1.11\N{EN DASH}4.44" in all_text("verdict", own)
    assert f"{lift + 0.004:.2f} times" in all_text("verdict", own)  # and one value, that of the metric
    assert [row[4] for share, row in cells.items() if abs(share - 0.1) < 0.004] == [lift + 0.004]


def test_the_best_possible_share_is_that_of_the_table(binary: Record) -> None:
    """The picture and the table are about the same whole number of customers."""
    facts = {"customers": 1408, "contacted_at_10": 141, "reached_at_10": 0.29, "best_at_10": 141 / 376 / (141 / 1408)}
    own = with_facts(binary, "gains", **facts)
    charts = [each for each in blocks("verdict", own) if isinstance(each, Chart)]
    assert charts[0].data["values"][2] == pytest.approx(141 / 376)


@pytest.mark.parametrize(
    ("low", "high", "form", "shown"),
    [
        (0.058, 0.14, "percent", "5.8%\N{EN DASH}14.0%"),
        (0.53, 0.69, "percent", "53%\N{EN DASH}69%"),
        (0.0, 0.058, "percent", "0%\N{EN DASH}5.8%"),
        (0.0004, 0.058, "percent", "< 0.1% \N{EN DASH} 5.8%"),
        (0.000591, 0.002, "score", "0.001\N{EN DASH}0.002"),
        (0.0, 0.000224, "score", "0.000000\N{EN DASH}0.000224"),
        (-0.0004, 0.0012, "score", "0.000\N{EN DASH}0.001"),
    ],
)
def test_both_ends_have_equally_many_decimals(low: float, high: float, form: str, shown: str) -> None:
    """An interval reads as one number with its uncertainty."""
    assert interval(Text(), low, high, form) == shown


def test_costs_of_shuffling_have_equally_many_decimals(binary: Record) -> None:
    """Digits beyond those of the largest cost are noise, in the chart and in its tables."""
    every = tuple({"column": f"c{i}", "importance": 0.35 / 7**i, "low": -0.0003, "high": 0.4} for i in range(20))
    own = replace(binary, measures={**binary.measures, "importance": Measure("importance", every)})
    found = [each for each in blocks("drivers", own) if isinstance(each, Chart) and each.kind == "dots"]
    assert {len(note.partition(".")[2]) for note in found[-1].data["notes"]} == {3}
    tables = [each for each in blocks("drivers", own) if isinstance(each, Grid) and each.columns[0] == "Column"]
    assert tables[-1].formats == ("text", "3", "3", "3") and Text().cell(-0.0003, "3") == "0.000"


@pytest.mark.parametrize(("measured", "shown"), [(0.021, "0.010\N{EN DASH}0.050"), (0.03, "0.015\N{EN DASH}0.029")])
def test_the_calibration_error_has_the_interval_of_the_metric(binary: Record, measured: float, shown: str) -> None:
    """If the metric is the same number: it may have other bins."""
    own = with_facts(binary, "calibration", ece=0.021, ece_low=0.015, ece_high=0.029)
    own = replace(own, test={**own.test, "ece": Score(measured, 0.010, 0.050)})
    notes = [note for each in blocks("calibration", own) if isinstance(each, Facts) for _, _, note in each.items]
    assert notes[0] == f"95% interval {shown}"


def test_the_accuracy_has_the_interval_of_the_metric(multiclass: Record) -> None:
    """The headline and the facts below it do not differ."""
    classes = [{"label": "A", "customers": 28}, {"label": "B", "customers": 72}]
    own = with_facts(multiclass, "errors", accuracy=OWN.value, low=0.82, high=0.88, classes=classes)
    assert "(95% interval 82%\N{EN DASH}88%)" in all_text("verdict", own)
    own = replace(own, test={"accuracy": OWN})
    assert "(95% interval 80%\N{EN DASH}89%)" in all_text("verdict", own)
