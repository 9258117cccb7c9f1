"""Statistics of columns and pairs."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.report._blocks import Absent, Chart, Grid, Group, Prose
from custpred.report._markdown import markdown
from custpred.report._page import html
from custpred.report.quality import Quality
from custpred.report.statistics import MOST, Statistics
from custpred.results.record import twin

if TYPE_CHECKING:
    from custpred.results.record import Record


def tables(record: Record) -> list[Grid]:
    groups = [block for block in Statistics().blocks(record) if isinstance(block, Group)]
    return [each for group in groups for each in group.blocks if isinstance(each, Grid)]


def with_profile(record: Record, **facts: dict[str, Any]) -> Record:
    return replace(record, profile={**record.profile, **facts})


def told(record: Record) -> list[str]:
    return [block.text for block in Statistics().blocks(record) if isinstance(block, Prose)]


def test_numbers_have_their_statistics_and_hide_a_customers_own(binary: Record) -> None:
    """Count, mean, quantiles and skewness are shown, but no single customer's extreme."""
    grid = tables(binary)[0]
    assert grid.columns[:6] == ("Column", "Count", "Mean", "SD", "Min", "1%")
    assert "Max" not in grid.columns
    lines = {row[0]: row for row in grid.rows}
    assert lines["tenure"][1:10] == (5634, 50.0, 28.9, None, 1.0, 25.0, 50.0, 75.0, 99.0)
    assert lines["월정액"][4] == 0.0
    assert {"Contract", "InternetService"}.isdisjoint(lines)


def test_categories_have_levels_and_the_most_common(binary: Record) -> None:
    """A line has how many levels there are, and the share of rows with the most common one."""
    line = {row[0]: row for row in tables(binary)[1].rows}["Contract"]
    assert line[1:3] == (5634, 3)
    assert line[4] == pytest.approx(3100 / 5634)


@pytest.mark.parametrize(
    ("strength", "sentence"),
    [
        (0.99, "In 1 pair with a strength of 0.98 or more, one column can be left out."),
        (0.85, "Such similar columns share their importance: neither adds much to the other."),
        (0.3, ""),
    ],
)
def test_advice_on_pairs_follows_their_strength(binary: Record, strength: float, sentence: str) -> None:
    """Equal columns may be dropped, similar ones share importance, others need no advice."""
    pairs = [{"columns": ["a", "b"], "strength": strength}]
    found = told(with_profile(binary, associations={**binary.profile["associations"], "pairs": pairs}))
    assert any(text.startswith("a and b are the most similar") for text in found)
    assert (sentence in found) if sentence else not any("neither adds" in text or "left out" in text for text in found)


def test_single_steps_are_not_shown(binary: Record) -> None:
    """Missing steps are padding: no statistic, pair, outlier or drift of a single step is shown."""
    row = {"share": 0.4, "sd": 9.0}
    step = with_profile(
        binary,
        associations={"strength": {}, "pairs": [{"columns": ["amount@-0", "a"], "strength": 0.99}]},
        outlying={"columns": {"amount@-3": row, "a": row}},
        drift={"by": "row order", "psi": {"amount@-3": 0.9, "a": 0.1}, "verdict": "green"},
    )
    shown = f"{Statistics().blocks(step)} {Quality().blocks(step)}"
    assert "'a'" in shown
    assert "@-" not in shown
    assert not any("most similar" in text for text in told(step))


def test_what_was_not_profiled_is_not_shown(binary: Record) -> None:
    """Without a profile there is no section; without pairs no chart of them."""
    assert Statistics().blocks(replace(binary, profile={})) == [Absent("The columns were not profiled.")]
    without = with_profile(binary, associations={"strength": {}})
    assert not [block for block in Statistics().blocks(without) if isinstance(block, Chart)]


@pytest.fixture
def wide(binary: Record) -> Record:
    """A run of 2,000 columns."""
    names = [f"a_rather_long_column_name_{i}" for i in range(2000)]
    own = dict(next(iter(binary.profile["skew"]["columns"].values())))
    return with_profile(
        replace(binary, data=replace(binary.data, kinds=dict.fromkeys(names, "number"), columns=2000)),
        skew={"columns": dict.fromkeys(names, own), "detail": {}},
        associations={"strength": {name: 1 / (i + 2) for i, name in enumerate(names)}},
        cardinality={},
    )


def test_two_thousand_columns_stay_small(wide: Record) -> None:
    """The table has the most related columns, counts the others, and the page is under 2 MB."""
    grid = tables(wide)[0]
    assert len(grid.rows) == MOST
    assert grid.rows[0][0] == "a_rather_long_column_name_0"
    text = html(wide)
    assert "1,700 columns are left out of the table; report.json has them." in text
    assert len(text) < 2_000_000


@pytest.mark.slow
def test_the_report_takes_less_than_a_twentieth_of_a_minute(wide: Record) -> None:
    """Page, Markdown and JSON of a wide run take under 3 CPU s, 5 % of 60 s."""
    began = time.process_time()
    assert all(make(wide) for make in (html, markdown, twin))
    assert time.process_time() - began < 0.05 * 60
