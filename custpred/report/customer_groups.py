"""Who leaves, buys or spends: the outcome by kind of customer, before any model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Heading, Prose
from custpred.report._kinds import cohorts, grid, staying, values
from custpred.report._reading import facts
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record

TITLES = {
    "leaves": "Who leaves",
    "buys": "Who buys",
    "spends": "Who spends",
    "responds": "Who responds",
    "defaults": "Who defaults",
}
PARTS = (
    (grid, "By recency and frequency"),
    (staying, "By time as a customer"),
    (cohorts, "By first month"),
    (values, "By value"),
)


class CustomerGroups(Section):
    """The outcome by recency and frequency, by time as a customer, by first month and by value."""

    title = "Which customers"
    order = 45
    readers = frozenset({"summary", "analyst"})

    def heading(self, record: Record) -> str:
        """Return the title for the prediction task."""
        return TITLES.get(facts(record, "who").get("asks", ""), self.title)

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return all views that the columns allow, under their headings."""
        say = Text.of(record)
        made: list[Block] = []
        for part, title in PARTS:
            found = part(record, say)
            made += [Heading(say(title)), *found] if found else []
        if not made:
            return [Absent(say("No column allows a view of customers by recency, time, first month or value."))]
        where = "From training customers, without any model; by value: from the test."
        if record.data.events.get("lifetimes"):
            where = "From training customers, without any model; by time: from all events; by value: from the test."
        return [Prose(say(where)), *made]
