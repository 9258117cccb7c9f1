"""Words of the page that are made from the run: columns, commands, the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from custpred.report._blocks import Code, Facts, Grid
from custpred.report._text import Text
from custpred.results.record import Decision
from tests.report.test_report_intervals import blocks

if TYPE_CHECKING:
    from custpred.results.record import Record


@pytest.mark.parametrize(("language", "column"), [("en", "column city"), ("ko", "city 열")])
def test_a_column_that_is_not_used_is_named_in_the_language(binary: Record, language: str, column: str) -> None:
    """Keys and values of the recipe stay, 'column' is a word."""
    made = Decision("column city", "declined", "the recipe's key"), Decision("final", "refit", "columns are used")
    table = next(each for each in blocks("decisions", replace(binary, decisions=made), language) if type(each) is Grid)
    assert [row[0] for row in table.rows] == [column, "final"]
    assert table.rows[1][1] == "refit"


def test_stability_has_two_decimals_as_in_findings(binary: Record) -> None:
    """Indices of stable columns are near 0: more digits would be noise."""
    psi = {"age": 0.303, "city": 0.00000775}
    own = replace(binary, profile={**binary.profile, "drift": {"psi": psi, "by": "row order"}})
    tables = [each for each in blocks("quality", own) if isinstance(each, Grid) and each.rows[0][0] == "age"]
    shown = [Text().cell(row[1], table.formats[1]) for table in tables for row in table.rows if row[0] in psi]
    assert shown == ["0.30", "0.00"]


def test_names_of_columns_keep_their_letters(binary: Record) -> None:
    """A Korean sentence may begin with a name, which has no capital letter."""
    text = " ".join(each.text for each in blocks("drivers", binary, "ko") if hasattr(each, "text"))
    names = {row["column"] for row in binary.measures["attributions"].rows}
    lower = [name for name in names if name[:1].islower() and name in text]
    assert lower
    assert not any(name[:1].upper() + name[1:] in text for name in lower)


def test_the_commands_pass_a_table_in_memory_again(binary: Record) -> None:
    """The recipe of a table in memory names no file: its commands need the table."""
    made = {"customers": {"kind": "frame"}, "events": {"orders": {"kind": "frame"}, "visits": {"kind": "csv"}}}
    passed = replace(binary, recipe={**binary.recipe, **made})
    text = next(each.text for each in blocks("built", passed) if isinstance(each, Code))
    assert 'cp.run("recipe.lock.yaml", set={"events.orders.data": table, "customers.data": table})' in text
    assert "custpred explain . --key ID --data customers.csv" in text
    assert "custpred run recipe.lock.yaml" not in text
    read = next(each.text for each in blocks("built", binary) if isinstance(each, Code))
    assert "custpred run recipe.lock.yaml" in read
    assert "--data" not in read


@pytest.mark.parametrize(("language", "words"), [("en", "a table in memory"), ("ko", "메모리의 표")])
def test_a_table_in_memory_has_no_file_name(binary: Record, language: str, words: str) -> None:
    """What was read is said in words, not by the name of a kind."""
    own = replace(binary, data=replace(binary.data, origin="frame"))
    facts = next(each for each in blocks("data", own, language) if isinstance(each, Facts))
    assert words in {value for _, value, _ in facts.items}
