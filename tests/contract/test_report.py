"""The contract of every report section in the folder."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from custpred.report._blocks import Absent, Chart, Code, Facts, Grid, Group, Heading, Note, Prose
from custpred.report._markdown import _block
from custpred.report._page import render
from custpred.report._parts import Page
from custpred.report._parts import Part as PagePart
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record

_PLACE = Path(__file__).parents[1] / "report" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("report_records", _PLACE)
assert _SPEC
assert _SPEC.loader
_MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MADE)
RECORDS: dict[str, Record] = {name: make() for name, make in _MADE.RECORDS.items()}
ROLES = {"summary", "analyst", "operations", "audit"}


def flat(blocks: Sequence[Block]) -> Iterator[Any]:
    for block in blocks:
        yield block
        if isinstance(block, Group):
            yield from flat(block.blocks)


@pytest.fixture(params=Section.kinds())
def section(request: pytest.FixtureRequest) -> Section:
    return Section.find(request.param)()


@pytest.fixture(params=RECORDS)
def told(request: pytest.FixtureRequest) -> Record:
    return RECORDS[request.param]


def test_section_gives_blocks_or_a_reason(section: Section, told: Record) -> None:
    """Every section returns known blocks and a sentence, or the reason why it has none."""
    blocks = section.blocks(told)
    known = (Heading, Prose, Facts, Grid, Chart, Note, Code, Group, Absent)
    assert all(isinstance(block, known) for block in flat(blocks))
    sentences = [block.text for block in blocks if isinstance(block, Prose)]
    assert any(sentences + [block.reason for block in blocks if isinstance(block, Absent)])


def test_section_is_drawn_as_html_and_markdown(section: Section, told: Record) -> None:
    """Both renderers draw every block of every section, without leftover template marks."""
    say = Text.of(told)
    blocks = tuple(section.blocks(told))
    text = render(Page("t", "s", say, "auto", (PagePart(section.kind(), section.title, (), blocks),)), "{}")
    assert f'id="{section.kind()}"' in text
    for block in blocks:
        assert isinstance(_block(block, say), str)


def test_charts_have_a_description_and_a_table_of_the_same_names(section: Section, told: Record) -> None:
    """Every chart has a title, a description and a table whose lines fit its columns."""
    for chart in (block for block in flat(section.blocks(told)) if isinstance(block, Chart)):
        assert chart.title
        assert chart.description
        assert chart.grid.rows
        assert all(len(row) == len(chart.grid.columns) for row in chart.grid.rows)


def test_grids_are_rectangular(section: Section, told: Record) -> None:
    """Every table's lines and formats fit its columns."""
    for grid in (block for block in flat(section.blocks(told)) if isinstance(block, Grid)):
        assert all(len(row) == len(grid.columns) for row in grid.rows)
        assert len(grid.formats) in {0, len(grid.columns)}


def test_section_has_a_unique_order_and_known_readers(section: Section) -> None:
    """Every section has a title, a unique order, and roles that exist."""
    orders = [Section.find(kind).order for kind in Section.kinds()]
    assert section.title
    assert orders.count(section.order) == 1
    assert section.readers <= ROLES


def test_section_does_not_change_the_record(section: Section) -> None:
    """Drawing does not modify the record."""
    record = _MADE.binary_record()
    before = record.plain()
    section.blocks(record)
    assert record.plain() == before


def test_numbers_that_are_not_finite_never_break_a_section(section: Section) -> None:
    """A record with nan and infinity in its measures is drawn without an error."""
    from dataclasses import replace

    own = _MADE.binary_record()
    spoilt = {
        kind: replace(each, rows=tuple(_spoil(row) for row in each.rows), facts=_spoil(each.facts))
        for kind, each in own.measures.items()
    }
    say = Text()
    for block in section.blocks(replace(own, measures=spoilt)):
        assert "nan" not in _block(block, say)


def _spoil(row: dict[str, Any]) -> dict[str, Any]:
    return {key: float("nan") if isinstance(value, float) else value for key, value in row.items()}


def test_importing_sections_loads_no_heavy_library() -> None:
    """Importing all sections loads no numpy, pandas, scikit-learn, scipy or jinja2."""
    heavy = ("numpy", "pandas", "sklearn", "jinja2", "scipy")
    code = (
        "import sys; from custpred.report.base import Section; [Section.find(k) for k in Section.kinds()]; "
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
