"""Charts of the task: cutoffs and windows, who is included, effects of other horizons."""

from __future__ import annotations

from datetime import date
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from custpred.events.spans import days
from custpred.report._blocks import Chart, Grid, Prose
from custpred.report._words import length
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST = 12
STABLE, LOOSE = 0.1, 0.25
"""Shares of labels that differ at another horizon: robust up to the first, not above the second."""


def timeline(record: Record, say: Text) -> list[Block]:
    """Return history, lead time and horizon by cutoff on the calendar."""
    events = record.data.events
    rows = [row for row in events.get("cutoffs", []) if "ends" in row]
    if not rows:
        return []
    shown, parts = rows[-MOST:], _parts(record, rows)[-MOST:]
    own = next((each for each in events["tables"] if each["name"] == events["table"]), {"first": rows[0]["cutoff"]})
    first = _day(own["first"])
    spans = [_spans(row, _begin(events, _day(row["cutoff"]), first)) for row in shown]
    notes = [_note(row, part, say) for row, part in zip(shown, parts, strict=True)]
    names = [say("History that models see"), say("Horizon"), say("Lead time")]
    names = names if any(row["starts"] != row["cutoff"] for row in rows) else names[:2]
    data = {"labels": [row["cutoff"] for row in shown], "notes": notes, "spans": spans, "classes": names}
    heads = tuple(say(name) for name in ("Cutoff", "Label from", "Label until", "Included", "Use"))
    cells = tuple(
        (row["cutoff"], row["starts"], row["ends"], row["customers"], _use(part, say))
        for row, part in zip(shown, parts, strict=True)
    )
    twin = Grid(heads, cells, formats=("text", "text", "text", "customers", "text"))
    text = say("Each line is a cutoff: models look back over the grey part, the label covers the green one.")
    if len(rows) > MOST:
        text += " " + say("{n} earlier are not drawn.", n=say.count(len(rows) - MOST, "cutoff"))
    sentences = [Prose(_dates(rows, parts, say), "says"), Prose(_overlap(rows, say), "so")]
    return [*sentences, Chart("timeline", say("Cutoffs and their windows"), text, data, twin)]


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def _begin(events: JSON, cutoff: int, first: int) -> int:
    """Return the first day that models see at a cutoff."""
    if not events.get("history"):
        return min(first, cutoff)
    return min(max(first, round(cutoff - days(events["history"]))), cutoff)


def _spans(row: JSON, begin: int) -> list[tuple[int, int, int]]:
    """Return history (class 0), horizon (1) and lead time (2) of a cutoff."""
    cutoff, starts, ends = (_day(row[key]) for key in ("cutoff", "starts", "ends"))
    return [(0, begin, cutoff), *([(2, cutoff, starts)] if starts > cutoff else []), (1, starts, ends)]


def _parts(record: Record, rows: Sequence[JSON]) -> list[str]:
    """Return the use of each cutoff: train, test, late or, if customers were drawn, none."""
    counts, data = [row["customers"] for row in rows], record.data
    if record.task.kind == "multiclass":  # the answer is the share that has a label
        counts = [round(row["customers"] * row["answer"]) for row in rows]
    up, down = [*accumulate(counts)], [*accumulate(reversed(counts))]
    if data.train_rows not in up or data.test_rows not in down:
        return [""] * len(rows)
    known, tested = up.index(data.train_rows) + 1, len(rows) - down.index(data.test_rows) - 1
    return ["train" if i < known else "test" if i >= tested else "late" for i in range(len(rows))]


def _use(part: str, say: Text) -> str:
    known = {"train": say("learned"), "test": say("tested"), "late": say("label too late")}
    return known.get(part, "")


def _note(row: JSON, part: str, say: Text) -> str:
    text = say.customers(row["customers"], "customer")
    return f"{text} · {_use(part, say)}" if part else text


def _dates(rows: Sequence[JSON], parts: Sequence[str], say: Text) -> str:
    words = {"n": say.count(len(rows), "cutoff"), "first": rows[0]["cutoff"], "last": rows[-1]["cutoff"]}
    words |= {"ends": rows[-1]["ends"]}
    if len(rows) == 1:
        return say(
            "There is one cutoff, {first}; its label is known from {ends} on.", first=words["first"], ends=words["ends"]
        )
    text = say("There are {n} from {first} to {last}; the last label is known from {ends} on.", **words)
    late = parts.count("late")
    if late:
        text += " " + say(
            "{n} in between are not used for training: their labels were not yet known at the first tested cutoff.",
            n=say.count(late, "cutoff"),
        )
    return text


def _overlap(rows: Sequence[JSON], say: Text) -> str:
    """Return whether the labels of neighbouring cutoffs cover the same days."""
    if len(rows) == 1:
        return say("One cutoff says nothing about change over time: add earlier ones where events allow.")
    if any(later["starts"] < row["ends"] for row, later in pairwise(rows)):
        return say("Labels of neighbouring cutoffs overlap: their rows are alike, and count for less than new ones.")
    return say("No two labels cover the same days.")


def population(record: Record, say: Text) -> list[Block]:
    """Return the number of customers left after each condition."""
    steps = _of_events(record, say) if record.data.events.get("population") else _of_rows(record, say)
    steps = [(name, count) for name, count in steps if finite(count) and count > 0]
    if len(steps) < 3 or steps[0][1] <= 0:
        return []
    data = {"labels": [name for name, _ in steps], "values": [count for _, count in steps], "format": "customers"}
    grid = Grid((say("Step"), say("Customers")), tuple(steps), formats=("text", "customers"))
    text = say("Each bar is a part of the first; training and test are parts of those with a label.")
    return [*_lost(record, steps, say), Chart("funnel", say("From the data to the test"), text, data, grid)]


def _of_events(record: Record, say: Text) -> list[tuple[str, float]]:
    own, events, data = record.data.events["population"], record.data.events, record.data
    included = say("included at a cutoff")
    if events["active"]:
        words = {"n": say.count(events["at_least"], "event"), "active": length(events["active"], say)}
        included = say("at least {n} in {active} before it", **words)
    return [
        (say("Customers in '{table}'", table=events["table"]), own["customers"]),
        (say("with an event before a cutoff"), own["seen"]),
        (included, own["included"]),
        (say("Used for training"), data.train_customers or data.train_rows),
        (say("Held out for the test"), data.test_customers or data.test_rows),
    ]


def _of_rows(record: Record, say: Text) -> list[tuple[str, float]]:
    data = record.data
    without = sum(int(each.numbers.get("rows", 0)) for each in data.findings if each.code == "T202")
    return [
        (say("Rows read"), data.rows + without),
        (say("With a label"), data.rows),
        (say("Used for training"), data.train_rows),
        (say("Held out for the test"), data.test_rows),
    ]


def _lost(record: Record, steps: Sequence[tuple[str, float]], say: Text) -> list[Block]:
    """Return how many customers the conditions leave out, and to whom the model applies."""
    whole = steps[0][1]
    kept = steps[2][1] if record.data.events.get("population") else steps[1][1]
    words = {
        "n": say.customers(whole, "customer"),
        "left": say.customers(whole - kept),
        "share": say.percent((whole - kept) / whole),
    }
    if whole == kept:
        return [Prose(say("Nobody is left out: each of {n} has a label.", n=words["n"]), "says")]
    text = say("Of {n}, {left} ({share}) are left out by the conditions.", **words)
    so = say("The model knows nothing of those left out: score only customers who meet the same conditions.")
    return [Prose(text, "says"), Prose(so, "so")]


def definition(record: Record, say: Text) -> list[Block]:
    """Return how many labels would differ at another horizon."""
    every = [row for row in record.data.events.get("horizons") or [] if row["rows"]]
    if not every:
        return []
    names = [say.count(row["days"], "day") for row in every]
    shares = [row["differ"] / row["rows"] for row in every]
    data = {"labels": names, "values": shares, "format": "percent", "top": 1.0}
    heads = tuple(say(name) for name in ("Horizon", "Rows with both labels", "Labels that differ", "Share"))
    cells = tuple(
        (name, row["rows"], row["differ"], part) for name, row, part in zip(names, every, shares, strict=True)
    )
    grid = Grid(heads, cells, formats=("text", "count", "customers", "percent"))
    listed = say.listed(
        say("{share} at {span}", share=say.percent(p), span=name) for name, p in zip(names, shares, strict=True)
    )
    own = length(record.data.events["horizon"], say)
    text = say("With another horizon than {own}, labels would differ: {listed}.", own=own, listed=listed)
    how = say("Of the rows whose label is known at both horizons: the share with another label.")
    sentences = [Prose(text, "says"), Prose(_firm(max(shares), say), "so")]
    return [*sentences, Chart("bars", say("Labels that another horizon would change"), how, data, grid)]


def _firm(most: float, say: Text) -> str:
    """Return how much the horizon affects the labels."""
    if most <= STABLE:
        return say("The definition is robust: the horizon hardly changes the labels.")
    if most <= LOOSE:
        return say("The horizon changes some labels: agree on it with those who will use the list.")
    return say("The horizon changes many labels: agree on it before anyone acts on the scores.")
