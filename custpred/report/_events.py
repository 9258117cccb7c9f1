"""The prediction task on events, the customers at each cutoff, and the tables of events."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Facts, Grid, Group, Heading, Prose
from custpred.report._sayings import explained, of_cutoffs, of_weeks
from custpred.report._timeline import definition, timeline
from custpred.report._words import length, target_name
from custpred.target._horizon import Horizon

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


def task_blocks(record: Record, say: Text) -> list[Block]:
    """Return who is included when, what models see, the label, and each cutoff's base rate."""
    events = record.data.events
    if not events:
        return []
    return [
        Prose(_label(record, say)),
        Prose(_who(events, say)),
        _spans(events, say),
        *timeline(record, say),
        *definition(record, say),
        *_cutoffs(record, say),
    ]


def _label(record: Record, say: Text) -> str:
    events = record.data.events
    kind = Horizon.known(events["kind"]) or Horizon
    nothing = events["gap"].startswith("0")
    start = say("the cutoff") if nothing else say("{gap} after the cutoff", gap=length(events["gap"], say))
    return say(kind.sentence, table=events["table"], horizon=length(events["horizon"], say), start=start)


def _who(events: JSON, say: Text) -> str:
    least = say.count(events["at_least"], "event")
    if events["active"] is None:
        who = say("Included are customers with at least {least} before the cutoff", least=least)
    else:
        active = length(events["active"], say)
        who = say(
            "Included are customers with at least {least} in {active} before the cutoff", least=least, active=active
        )
    return who + say(", in training and in scoring. Models see only what was known before the cutoff.")


def _spans(events: JSON, say: Text) -> Facts:
    history = length(events["history"], say) if events["history"] else say("all there is")
    return Facts(
        (
            (say("History that models see"), history, say("before the cutoff")),
            (say("Lead time"), length(events["gap"], say), say("time to act")),
            (say("Horizon"), length(events["horizon"], say), say("the period that the label covers")),
        )
    )


def _cutoffs(record: Record, say: Text) -> list[Block]:
    rows = record.data.events.get("cutoffs", [])
    if not rows:
        return []
    number = record.task.kind == "regression"
    label = say("Mean label") if number else say("Share of '{label}'", label=record.task.labels[-1])
    if record.task.kind == "multiclass":
        label = say("With a purchase in the horizon")
    heads = (say("Cutoff"), say("With events before it"), say("Included"), label)
    cells = tuple((row["cutoff"], row["seen"], row["customers"], row["answer"]) for row in rows)
    form = "number" if number else "percent"
    grid = Grid(heads, cells, formats=("text", "customers", "customers", form))
    bars = {"labels": [row["cutoff"] for row in rows], "values": [row["answer"] for row in rows]}
    data = {**bars, "format": form, **({} if number else {"top": 1.0})}
    text = say("The label at each cutoff; a trend means that the future may differ from the past.")
    words = {"target": target_name(record, say), "label": record.task.labels[-1] if record.task.labels else ""}
    title = "Mean of '{target}' at each cutoff" if number else "Share of '{label}' at each cutoff"
    chart = Chart("bars", say(title, **words), text, data, grid)
    return explained(chart, of_cutoffs(record, say)) if record.task.kind != "multiclass" else [grid]


def tables(record: Record, say: Text) -> list[Block]:
    """Return the tables of events with rows, customers, period and events per week."""
    found = record.data.events.get("tables", [])
    if not found:
        return []
    heads = tuple(say(name) for name in ("Table", "Events", "Customers", "First", "Last"))
    cells = tuple((each["name"], each["rows"], each["customers"], each["first"], each["last"]) for each in found)
    grid = Grid(heads, cells, formats=("text", "count", "count", "text", "text"))
    charts = tuple(Group(tuple(_weeks(each, say)), "stack") for each in found if len(each["weeks"]) > 2)
    return [Heading(say("Tables of events")), grid, *([Group(charts, "side")] if charts else [])]


def _weeks(table: JSON, say: Text) -> list[Block]:
    """Return events by week with comments; empty weeks are 0 and shaded."""
    counts = {date.fromisoformat(week).toordinal(): count for week, count in table["weeks"]}
    x = range(min(counts), max(counts) + 1, 7)
    none = [week for week in x if week not in counts]
    y = [counts.get(week, 0) for week in x]
    grid = Grid(
        (say("Week from"), say("Events")), tuple(zip(map(say.date, x), y, strict=True)), formats=("text", "count")
    )
    series = [{"name": table["name"], "x": list(x), "y": y, "style": "main"}]
    axis = {"label": say("Week"), "format": "date"}
    empty = [(week - 3.5, week + 3.5) for week in none]
    data = {
        "series": series,
        "x": axis,
        "y": {"format": "count", "low": 0, "label": say("Events"), "robust": True},
        "empty": empty,
    }
    text = say("Events of each week; the first and the last week may be cut.")
    text += " " + (_empty([say.date(week) for week in none], say) if none else say("No week is without events."))
    chart = Chart("line", say("Events in '{table}'", table=table["name"]), text, data, grid)
    sentences = of_weeks(list(zip(map(say.date, x), y, strict=True)), [say.date(week) for week in none], say)
    return explained(chart, sentences)


def _empty(weeks: list[str], say: Text) -> str:
    words = {"n": say.count(len(weeks), "week"), "weeks": say.listed(weeks, 3)}
    return say("Shaded: {n} without events ({weeks}); was a load lost?", **words)
