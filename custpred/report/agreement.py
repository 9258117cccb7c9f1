"""The data contract: the contents of columns in training, with which new rows are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Grid, Group, Prose
from custpred.report._reading import interval
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST, OPEN, NAMED = 300, 12, 6
"""Maximum columns in the table, in an unfolded table, and maximum levels named."""


class Agreement(Section):
    """Columns that scoring needs, with kind, range or levels, and share missing."""

    title = "Data contract"
    order = 144
    readers = frozenset({"operations", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the requirements for new rows, and the table of columns."""
        say = Text.of(record)
        if not record.contract:
            return [Absent(say("The model needs no column."))]
        columns = record.contract
        many = say.count(len(columns), "column")
        rows = tuple((each["name"], say(each["kind"]), _holds(each, say), each["missing"]) for each in columns[:MOST])
        grid = Grid(
            (say("Column"), say("Kind"), say("Range or levels"), say("Missing")),
            rows,
            formats=("text", "text", "text", "percent"),
        )
        blocks: list[Block] = [grid]
        if len(columns) > MOST:
            left = say.count(len(columns) - MOST, "column")
            blocks.append(Prose(say("{n} are left out of the table; report.json has them.", n=left)))
        tables = [each["name"] for each in record.data.events.get("tables") or ()]
        text = "New rows need {many}, by these names, in any order; other columns are ignored."
        text = "New events come in the same tables ({tables}); custpred computes {many} from them." if tables else text
        so = "A missing column stops scoring; other spellings, new levels and drift are notes."
        return [
            Prose(say(text, many=many, tables=say.listed(tables)), "says"),
            Prose(say(so), "so"),
            *(blocks if len(columns) <= OPEN else [Group(tuple(blocks), "fold", say("The columns: {n}", n=many))]),
        ]


def _holds(column: JSON, say: Text) -> str:
    """Return a column's range, or its most common levels and their number."""
    if column.get("levels"):
        more = column["levels_in_all"] - len(column["levels"][:NAMED])
        text = ", ".join(column["levels"][:NAMED])
        return say("{levels} and {n} more", levels=text, n=more) if more > 0 else text
    return interval(say, column.get("low"), column.get("high"), "number")
