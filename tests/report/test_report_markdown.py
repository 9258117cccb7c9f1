"""The Markdown report of a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from custpred.report._blocks import Code, Grid
from custpred.report._markdown import MOST_ROWS, _block, escaped, markdown, written
from custpred.report._page import page
from custpred.report._text import Text

if TYPE_CHECKING:
    from custpred.results.record import Record


def test_the_brief_report_links_every_section(record: Record) -> None:
    """Each section's title links to the page, in about 80 lines."""
    text, parts = markdown(record), page(record).parts
    for part in parts:
        assert f"[{escaped(part.title)}](report.html#{part.kind})" in text
        assert f"\n## {escaped(part.title)}\n" in written(page(record))
    assert "|" not in text.replace(r"\|", "")
    assert len(text.splitlines()) <= min(5 * len(parts), 95)


def test_the_brief_report_has_headline_and_warnings(binary: Record) -> None:
    """The first sentence, main numbers and warnings are there; collapsed tables are not."""
    text = markdown(binary)
    assert "**Of 1,409 test customers" in text
    assert re.search(r"\n- \*\*(Green|Amber|Red)\*\*: ", text)
    assert "\n- **Warning**: " in text
    assert len(text) < len(written(page(binary))) / 3


def test_markdown_is_deterministic(record: Record) -> None:
    """The same record gives the same text."""
    assert markdown(record) == markdown(record)


def test_hostile_names_are_no_markup(binary: Record) -> None:
    """No name becomes HTML, a link or a table border."""
    text = markdown(binary) + written(page(binary))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_pipes_and_links_are_escaped() -> None:
    """Markdown characters in a cell are escaped."""
    text = _block(Grid(("a|b",), (("[x](javascript:1)",),)), Text())
    assert text.splitlines()[0] == r"| a\|b |"
    assert r"\[x\](javascript:1)" in text


def test_tables_are_rectangular(record: Record) -> None:
    """All lines of a table have equally many borders."""
    for table in re.findall(r"(?:^\|.*\n)+", written(page(record)), re.MULTILINE):
        borders = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(borders) == 1


def test_long_tables_are_cut_and_say_so() -> None:
    """Beyond the first rows a table counts the omitted ones."""
    text = _block(Grid(("n",), tuple((i,) for i in range(MOST_ROWS + 5))), Text())
    assert text.endswith("5 more rows are in the HTML page and in report.json.")


def test_code_cannot_end_its_own_fence() -> None:
    """A recipe with backticks in it stays inside its fence."""
    text = _block(Code("a\n```\nb"), Text())
    assert text.startswith("````\n")
    assert text.endswith("\n````")
