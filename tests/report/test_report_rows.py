"""Several rows per customer: customers at several cutoffs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from custpred.report._blocks import Chart, Facts, Note, Prose
from custpred.report._reading import evaluated, of_customers, scored
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.results.record import Record
from custpred.table import Finding

say = Text()
EVENTS = {
    "kind": "no_event",
    "table": "orders",
    "gap": "14d",
    "horizon": "90d",
    "history": None,
    "active": "180d",
    "at_least": 1,
    "key": "id",
    "cutoffs": [{"cutoff": f"2011-0{k}-27", "seen": 9, "customers": 9, "answer": 0.4} for k in (6, 7, 8)],
}


@pytest.fixture
def several(binary: Record) -> Record:
    """Return a run of 9,000 rows of 4,000 customers at three cutoffs, the last one test."""
    counts = {"customers": 4000, "train_customers": 2500, "test_customers": 2800}
    data = replace(binary.data, rows=9000, train_rows=4471, test_rows=2800, events=EVENTS, **counts)
    return replace(binary, data=data, lock={"split": {"kind": "time"}})


def told(kind: str, record: Record) -> str:
    blocks = Section.find(kind)().blocks(record)
    return " ".join(block.text for block in blocks if isinstance(block, Prose | Note))


def facts(kind: str, record: Record) -> dict[str, str]:
    blocks = Section.find(kind)().blocks(record)
    return {name: value for block in blocks if isinstance(block, Facts) for name, value, _ in block.items}


def test_rows_are_not_called_customers(several: Record) -> None:
    """Rows are counted as rows, with the number of customers and what counts mean."""
    assert "The table holds 9,000 rows (4,000 different customers) with" in told("data", several)
    assert "once for each cutoff" in told("data", several)
    found = facts("data", several)
    assert (found["Rows"], found["Customers"]) == ("9,000", "4,000")


def test_a_later_cutoff_may_have_the_same_customers(several: Record) -> None:
    """The test may contain training customers; omitted rows between are mentioned."""
    said = told("question", several)
    assert "chosen on 4,471 rows (2,500 different customers)" in said
    assert "comes from 2,800 customers at a later cutoff" in said
    assert facts("question", several)["Left out"] == "1,729"


def test_a_part_of_the_test_is_counted_as_that_part(binary: Record) -> None:
    """If time allowed only some test customers, no sentence claims all."""
    part = replace(binary, data=replace(binary.data, scored_rows=500))
    assert "There was time for 500 of them, evenly spaced" in told("question", part)
    assert "There was time" not in told("question", binary)
    assert evaluated(part, scored(part), say) == "500 test customers"
    assert evaluated(binary, scored(binary), say) == "1,409 test customers"


def test_one_row_per_customer_is_not_mentioned(binary: Record) -> None:
    """With one row per customer rows are not mentioned; old records have no such counts."""
    same = replace(binary, data=replace(binary.data, customers=7043, train_customers=5634, test_customers=1409))
    for record in (binary, same):
        assert "holds 7,043 customers" in told("data", record)
        assert "other customers" in told("question", record)
        assert "Rows" not in facts("data", record)
        assert "Left out" not in facts("question", record)
        assert evaluated(record, 33, say) == "33 test customers"


def test_test_rows_of_several_cutoffs_are_rows(several: Record) -> None:
    """If test customers have several rows, test counts are rows."""
    more = replace(several, data=replace(several.data, test_customers=2000))
    assert evaluated(more, 33, say) == "33 test rows"
    assert evaluated(several, 33, say) == "33 test customers"
    assert of_customers(3, 2, Text("ko")) == "3행 (서로 다른 고객 2명)"


def test_shares_at_cutoffs_are_drawn_to_scale(several: Record) -> None:
    """The full width of a bar is all customers, as in other charts of shares."""
    chart = next(block for block in Section.find("question")().blocks(several) if isinstance(block, Chart))
    assert chart.data["top"] == 1.0


def test_notes_of_preparation_name_their_column(binary: Record) -> None:
    """A note begins with its column, unless it contains it."""
    notes = (Finding("F103", "info", "2 rare levels joined.", "city"), Finding("F103", "info", "city is long.", "city"))
    said = told("decisions", replace(binary, preparation=notes))
    assert "city: 2 rare levels joined." in said
    assert "city: city is long." not in said
