"""Cells of tables and pieces for notebooks: whole dates, long names, no chart without a style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from custpred.report._blocks import Grid, Prose
from custpred.report._markdown import _grid
from custpred.report._page import _cells, blocks_html, excerpt, page
from custpred.report._text import Text
from custpred.report._written import texts_of

if TYPE_CHECKING:
    from custpred.results.record import Record

LONG = "the labels of 3 cutoffs were known at 2011-09-10, the first that is tested; folds hold out whole customers"


def cells(*row: str) -> list[str]:
    """Return the cells of a table with one row of three columns, without their tags."""
    grid = Grid(("Key", "Choice", "Reason"), (row,))
    return re.findall(r"<td[^>]*>.*?</td>", blocks_html([grid], Text()))


def test_a_cell_of_a_card_has_one_piece() -> None:
    """A phone lays the pieces of a cell side by side: text with a date is one piece."""
    for cell in cells("orders_amount_sum_180d", "from 2011-09-10 on", LONG):
        assert re.fullmatch(r"<td[^>]*><span>.*</span></td>", cell)
    assert cells("split", "time", "usual")[1] == '<td data-h="Choice">time</td>'


def test_a_long_text_of_a_card_is_below_its_name() -> None:
    """Only sentences are long, and a long first cell is a title."""
    title, short, long = cells(LONG, "from 2011-09-10 on", LONG)
    assert 'class="long"' in long
    assert "long" not in title[:20] + short[:60]


def test_lines_end_between_the_parts_of_a_name() -> None:
    """Long names break at underscores and points; short words, numbers and marks do not."""
    text = blocks_html([Prose("orders_mean_repeat_amount of online_retail.csv.gz <b>")], Text())
    assert "orders_<wbr>mean_<wbr>repeat_<wbr>amount of online_<wbr>retail.<wbr>csv.<wbr>gz &lt;b&gt;" in text
    text = blocks_html([Prose("data_gb 0.123456789012345678901 a&b&c&d&e&f&g&h&i&j")], Text())
    assert "<wbr>" not in text
    assert "a&amp;b&amp;c" in text


def test_a_piece_for_notebooks_has_no_chart(record: Record) -> None:
    """Charts, also inside groups, need the page's style; sentences beside them stay."""
    text = excerpt(page(record))
    assert "<svg" not in text
    assert "<figure>" not in text
    assert text.count("<p ") > 5
    assert not re.search(r'<div class="(side|small|stack)"></div>', text)


def test_a_column_of_numbers_and_gaps_is_aligned_as_one() -> None:
    """A gap stands below the numbers; a column that also holds words stays a text."""
    rows = ((None, None, "no"), (0.5, "wide", "yes"), (2, 3, "no"))
    text = blocks_html([Grid(("clipvalue", "mixed", "batch_norm"), rows)], Text())
    assert re.findall(r'<th[^>]*class="([^"]*)"', text) == ["n"]
    assert re.findall(r'<tr><td class="([^"]*)"', text) == ["n none", "n", "n"]


def test_tables_of_up_to_300_rows_are_cards_on_phones() -> None:
    """Statistics and the contract list 300 columns, which must not scroll sideways."""
    grids = (Grid(("Column", "Kind", "Missing"), (("a", "number", 0.0),) * rows) for rows in (60, 300, 301))
    assert ['class="cards"' in blocks_html([grid], Text()) for grid in grids] == [True, True, False]


def test_a_column_of_shares_has_equal_decimals() -> None:
    """On the page and in Markdown; amounts of money too, and nothing else of a row changes."""
    rows = (("a", 0.058, 3.0, 5), ("b", None, 1432.4, 12), ("c", 0.14, 27.66, 300), ("d", 0, None, 1))
    grid = Grid(("Name", "Share", "Money", "Customers"), rows, formats=("text", "percent", "money", "customers"))
    shares, money = ["5.8%", "\N{EN DASH}", "14.0%", "0%"], ["$3", "$1,432", "$28", "\N{EN DASH}"]
    say = Text(currency="USD")
    columns = list(zip(*texts_of(grid.rows, grid.formats, say), strict=True))
    assert [list(each) for each in columns[1:3]] == [shares, money]
    assert columns[3] == ("fewer than 10", "12", "300", "fewer than 10")
    assert [[text for text, _, _ in row] for row in _cells(grid, say)] == [
        list(row) for row in zip(*columns, strict=True)
    ]
    assert "| c | 14.0% | $28 | 300 |" in _grid(grid, say)
