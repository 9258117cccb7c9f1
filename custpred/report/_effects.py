"""Effects on predictions: size and direction by column, shapes, pairs, reasons by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.explain.event_words import words
from custpred.report._blocks import Chart, Grid, Group, Heading, Prose
from custpred.report._reading import column, facts, rows
from custpred.text import share_of_100

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST, SHAPES = 15, 9
BANDS = {"lowest": "lowest fifth", "middle": "middle", "highest": "highest fifth"}
SIGNS = {"up": "↑", "down": "↓", "mixed": "↕"}


def effects(record: Record, say: Text) -> list[Block]:
    """Return the blocks about attributions, the sentence first; nothing without them."""
    every, own = rows(record, "attributions"), facts(record, "attributions")
    if not every:
        return []
    shapes = [_shape(row, own, say) for row in every if len(row.get("shape", ())) > 1][:SHAPES]
    drawn: list[Block] = []
    if shapes:
        title = say("How each value moves the prediction")
        drawn = [Heading(title), Prose(shapes[0].description), Group(tuple(shapes), "small")]
    return [
        Prose(_most(every, own, say), "says"),
        _sizes(every, own, say),
        *drawn,
        *_pairs(own, say),
        *_groups(record, own, say),
    ]


def amount(value: float, own: JSON, say: Text, *, signed: bool = False) -> str:
    """Return a contribution in percentage points, or in units of the target."""
    if own.get("unit"):
        return say("{n} points", n=say.decimal(value, signed=signed))
    return say.signed(value) if signed else say.number(value)


def _most(every: Sequence[JSON], own: JSON, say: Text) -> str:
    values = {"column": words(every[0]["column"], say), "size": amount(every[0]["importance"], own, say)}
    text = say("'{column}' moves a prediction most: by {size} on average", **values)
    others = [words(row["column"], say) for row in every[1:4] if row["importance"] > 0]
    text += say(", followed by {names}", names=say.listed(others)) if others else ""
    return text + ". " + _ways(every, say)


def _ways(every: Sequence[JSON], say: Text) -> str:
    """Return which of the first columns raise and lower the prediction with higher values."""
    parts = []
    for way, text in (("up", "higher values of {names} raise it"), ("down", "higher values of {names} lower it")):
        names = [words(row["column"], say) for row in every[:6] if row.get("direction") == way]
        parts += [say(text, names=say.listed(names, 3))] if names else []
    text = ", ".join(parts)
    return say.capital(text) + "." if text else ""


def _sizes(every: Sequence[JSON], own: JSON, say: Text) -> Chart:
    top = every[:MOST]
    names = [" ".join((words(row["column"], say), SIGNS.get(row.get("direction", ""), ""))).strip() for row in top]
    values, low, high = column(top, "importance"), column(top, "low"), column(top, "high")
    notes = [amount(value, own, say) for value in values]
    data = {"labels": names, "values": values, "low": low, "high": high, "notes": notes}
    heads = (say("Column"), say("Mean absolute contribution"), say("Low"), say("High"))
    cells = tuple((words(row["column"], say), row["importance"], row["low"], row["high"]) for row in every)
    grid = Grid(heads, cells, formats=("text", "number", "number", "number"))
    n = say.count(own.get("customers"), "test customer")
    title = say("How far each column moves a prediction (mean of {n}, 95% interval)", n=n)
    text = say("↑ higher values raise the prediction, ↓ lower it, ↕ neither; no arrow: categories, small columns.")
    return Chart("bars", title, text, data, grid)


def _shape(row: JSON, own: JSON, say: Text) -> Chart:
    """Return a column's mean contribution by value, with the customers below."""
    bins = row["shape"]
    labels = [say(each["label"]) if each["label"] == "missing" else say.message(each["label"]) for each in bins]
    counts, part, low, high = (column(bins, key) for key in ("customers", "part", "low", "high"))
    ordered = sum(each["label"] != "missing" for each in bins) if row.get("ordered") else 0
    data = {
        "labels": labels,
        "counts": counts,
        "rate": part,
        "low": low,
        "high": high,
        "base": 0.0,
        "format": "signed",
        "joined": ordered,
        "small": True,
    }
    heads = (say("Value"), say("Customers"), say("Mean contribution"), say("10% of customers below"), say("10% above"))
    cells = tuple(zip(labels, counts, part, low, high, strict=True))
    unit = say("{column} (points)", column=row["column"]) if own.get("unit") else row["column"]
    text = say("Line: the mean contribution of customers with that value, with the middle 80%; grey: their number.")
    return Chart("histogram", unit, text, data, Grid(heads, cells, formats=("text", "customers", *["number"] * 3)))


def _pairs(own: JSON, say: Text) -> list[Block]:
    """Return the pairs of columns that change each other's effect."""
    pairs = own.get("pairs") or []
    if not pairs:
        return []
    lines = tuple(
        (
            f"{row['column']} \N{MULTIPLICATION SIGN} {row['by']}",
            amount(row["strength"], own, say),
            say(
                "{column} moves the prediction by {size} where {by} is {most}, by {small} where it is {least}",
                column=row["column"],
                by=row["by"],
                most=say.message(row["most"]),
                least=say.message(row["least"]),
                size=amount(row["size"], own, say),
                small=amount(row["size_least"], own, say),
            )
            if "most" in row
            else "",
        )
        for row in pairs
    )
    text = say("Columns of which one changes how much the other matters; the strongest first.")
    heads = (say("Columns"), say("Beyond their own contributions"), say("Where"))
    return [Heading(say("Columns that act together")), Prose(text, "says"), Grid(heads, lines)]


def _groups(record: Record, own: JSON, say: Text) -> list[Block]:
    """Return the strongest mean contributions by group."""
    every = own.get("groups") or []
    if not every:
        return []
    lines = tuple(
        (
            say(BANDS[row["group"]]) if record.task.kind != "multiclass" else row["group"],
            row["customers"],
            share_of_100(row["answer"]) if own.get("unit") else say.number(row["answer"]),
            ", ".join(
                f"{words(each['column'], say)} {amount(each['part'], own, say, signed=True)}" for each in row["parts"]
            ),
        )
        for row in every
    )
    heads = (say("Group"), say("Customers"), say("Mean prediction"), say("Strongest mean contributions"))
    text = say("What lies behind low, middle and high predictions.")
    if record.task.kind == "multiclass":
        text = say("What lies behind each predicted class.")
    return [Heading(say("Reasons by group")), Prose(text, "says"), Grid(heads, lines)]
