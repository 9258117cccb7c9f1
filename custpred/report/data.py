"""The data at a glance: size, the distribution of the target, and the columns related to it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from custpred.columns.sequence import is_step
from custpred.report._blocks import Chart, Facts, Grid, Group, Heading, Prose
from custpred.report._columns import Card, cards
from custpred.report._events import tables
from custpred.report._histogram import unnamed
from custpred.report._reading import of_customers, repeated
from custpred.report._target import target
from custpred.report._text import Text
from custpred.report._texts import texts
from custpred.report._words import target_name
from custpred.report.base import Section
from custpred.source.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST = 60
FIRST = 12
MOST_ROWS = 2000
NEVER_DRAWN = {"id", "constant", "empty", "text"}


class DataGlance(Section):
    """Rows, columns, target and the columns that are most related to it; never a customer's row."""

    title = "The data"
    order = 30
    readers = frozenset({"analyst", "operations", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return sizes, target, charts of the strongest columns and a table of all others."""
        say = Text.of(record)
        every = cards(record, say)
        return [
            Prose(_summary(record, say), "says"),
            *_several(record, say),
            *_weighted(record, say),
            _sizes(record, say),
            *tables(record, say),
            *target(record, say),
            *_pictures(record, every, say),
            *texts(record, say),
            *_table(record, every, say),
        ]


def _summary(record: Record, say: Text) -> str:
    data = record.data
    text = say(
        "The table holds {rows} with {columns}",
        rows=of_customers(data.rows, data.customers, say),
        columns=say.count(data.columns, "column"),
    )
    kinds = Counter(data.kinds.values()).most_common()
    named = [say.count(n, f"{kind} column") for kind, n in kinds]
    return text + (say(": {kinds}.", kinds=say.listed(named, 8)) if named else ".")


def _several(record: Record, say: Text) -> list[Block]:
    """Explain that counts of customers are counts of rows, if customers have several rows."""
    if not repeated(record.data.rows, record.data.customers):
        return []
    if record.data.events:
        return [Prose(say("A customer counts once for each cutoff at which it is included."))]
    return [Prose(say("A customer counts once for each of its rows."))]


def _weighted(record: Record, say: Text) -> list[Block]:
    """Explain that scores are weighted, if rows have weights."""
    column = next((each.column for each in record.data.findings if each.code == "T206"), None)
    if column is None:
        return []
    text = "Models, scores and their intervals are weighted by {column}; tables and charts of customers count rows."
    return [Prose(say(text, column=column))]


def _sizes(record: Record, say: Text) -> Facts:
    data = record.data
    several = repeated(data.rows, data.customers)
    rows = [(say("Rows"), say.count(data.rows), say("one for each customer at each cutoff"))] if data.events else []
    items = [
        *rows,
        (say("Customers"), say.count(data.customers if several else data.rows), ""),
        (say("Columns"), say.count(data.columns), ""),
        (say("Read from"), _origin(data.origin, say), ""),
    ]
    return Facts(tuple(items))


def _origin(origin: str, say: Text) -> str:
    """Return the name of the file that was read, without its folder."""
    if origin == Frame.kind():
        return say("a table in memory")
    return origin.replace("\\", "/").rpartition("/")[2] or origin


def _pictures(record: Record, every: Sequence[Card], say: Text) -> list[Block]:
    shown = [card for card in every if card.counts][:MOST]
    if not shown:
        return []
    charts = tuple(_picture(record, card, say) for card in shown)
    related = any(card.rate for card in shown)
    text = _legend(record, say) if related else say("Grey bars: how many customers have these values.")
    title = say("Columns most related to '{target}'", target=target_name(record, say)) if related else say("Columns")
    blocks: list[Block] = [Heading(title), Prose(text), Group(charts[:FIRST], "small")]
    if related and not record.data.events:
        advice = (
            "Check when each of these columns is recorded: one that is filled in after the outcome must be dropped."
        )
        blocks.append(Prose(say(advice), "so"))
    if charts[FIRST:]:
        more = say("{n} more columns in pictures", n=say.count(len(charts) - FIRST))
        blocks.append(Group((Group(charts[FIRST:], "small"),), "fold", more))
    return blocks


def _legend(record: Record, say: Text) -> str:
    if record.task.kind == "regression":
        return say(
            "Grey bars: how many customers. Line: the target's mean among them; the dashed line is the mean of all."
        )
    if record.task.kind == "multiclass":
        return say("Grey bars: how many customers. Line: the share of the class that is named with the column.")
    return say("Grey bars: how many customers. Line: the target's rate among them; the dashed line is the rate of all.")


def _base(record: Record, card: Card) -> float | None:
    if record.task.kind == "regression":
        return record.data.target.get("mean")
    return record.data.shares.get(card.label or record.task.labels[-1])


def _picture(record: Record, card: Card, say: Text) -> Chart:
    form = "number" if record.task.kind == "regression" else "percent"
    data: JSON = {"labels": list(card.labels), "counts": list(card.counts), "small": True}
    if card.rate:
        rate = {"rate": list(card.rate), "low": list(card.low), "high": list(card.high), "joined": card.ordered}
        data |= {**rate, "base": _base(record, card), "format": form}
    heads = (say("Value"), say("Customers"), *((say("Target"),) if card.rate else ()))
    cells = (card.labels, card.counts, card.rate) if card.rate else (card.labels, card.counts)
    grid = Grid(heads, tuple(zip(*cells, strict=False)), formats=("text", "customers", form)[: len(heads)])
    title = f"{card.name} \N{RIGHTWARDS ARROW} {card.label}" if card.label else card.name
    text = say("Distribution of {name} ({kind})", name=card.name, kind=say(card.kind))
    if card.ordered == 0 and unnamed(card.labels):
        text, data["named"] = say("From the left: {names}.", names=say.listed(card.labels, 12)), True
    return Chart("histogram", title, text, data, grid)


def _table(record: Record, every: Sequence[Card], say: Text) -> list[Block]:
    """Return all columns in one table; at most the first 2,000, and the number of omitted ones."""
    heads = tuple(say(name) for name in ("Column", "Kind", "Relation to target", "Missing", "Distinct values"))
    cells = tuple((card.name, say(card.kind), card.strength, card.missing, card.distinct) for card in every[:MOST_ROWS])
    grid = Grid(heads, cells, formats=("text", "text", "score", "percent", "count"))
    title = (
        "All columns but the steps of sequences: {n}" if any(map(is_step, record.data.kinds)) else "All columns: {n}"
    )
    blocks: list[Block] = [Group((grid,), "fold", say(title, n=say.count(len(every))))]
    drawn = min(sum(1 for card in every if card.counts), MOST)
    if 0 < drawn < sum(card.kind not in NEVER_DRAWN for card in every):
        text = say("Pictures are of the {most} most related columns; the table has the others.", most=drawn)
        blocks.append(Prose(text))
    if len(every) > MOST_ROWS:
        left = len(every) - MOST_ROWS
        blocks.append(Prose(say("{n} are left out of the table; report.json has them.", n=say.count(left, "column"))))
    return blocks
