"""Charts of customer groups: the outcome by recency and frequency, tenure, month and value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid, Prose
from custpred.report._columns import named
from custpred.report._pictures import by_tenth
from custpred.report._reading import column, facts, interval, rows
from custpred.report._words import target_name
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

EARLY = 0.4
"""Losses are called early from this share of them in the first fifth of the time."""


def form(record: Record) -> str:
    """Return how rates are written: shares, or means of values."""
    return "number" if record.task.kind == "regression" else "percent"


def rate_text(record: Record, row: JSON, say: Text) -> str:
    """Return a group's rate with its interval and its customers."""
    words = {
        "rate": say.cell(row["rate"], form(record)),
        "between": interval(say, row["low"], row["high"], form(record)),
        "n": say.count(row["customers"], "customer"),
    }
    return say("{rate} (95% interval {between}, {n})", **words)


def ends(cells: Sequence[JSON], key: str = "rate") -> tuple[JSON, JSON] | None:
    """Return the groups with the highest and the lowest rate; None if fewer than two are shown."""
    shown = [each for each in cells if finite(each.get(key))]
    if len(shown) < 2:
        return None
    return max(shown, key=lambda each: each[key]), min(shown, key=lambda each: each[key])


def apart(high: JSON, low: JSON) -> bool:
    """Return whether two groups' intervals do not overlap."""
    return bool(finite(high.get("low")) and finite(low.get("high")) and high["low"] > low["high"])


def _rate(record: Record, say: Text) -> str:
    if record.task.kind == "regression":
        return say("Mean of '{target}'", target=target_name(record, say))
    return say("Share of '{label}'", label=record.task.labels[-1])


def grid(record: Record, say: Text) -> list[Block]:
    """Return the outcome by recency and frequency."""
    own = facts(record, "who").get("grid")
    if not own:
        return []
    ages, counts = ([named(each, say) for each in own[name]] for name in ("ages", "counts"))
    cells = [{**cell, "age": age, "count": count} for cell, (age, count) in zip(
        own["cells"], ((age, count) for age in ages for count in counts), strict=True)]  # fmt: skip
    wide = len(counts)
    table = [cells[i : i + wide] for i in range(0, len(cells), wide)]
    notes = [[_note(record, cell, say) for cell in row] for row in table]
    values = [column(row, "rate") for row in table]
    data = {"rows": ages, "columns": counts, "values": values, "notes": notes, "format": form(record)}
    heads = (own["recency"], own["frequency"], _rate(record, say), say("Low"), say("High"), say("Customers"))
    lines = tuple((c["age"], c["count"], c["rate"], c["low"], c["high"], _shown(c, say)) for c in cells)
    twin = Grid(heads, lines, formats=("text", "text", *(form(record),) * 3, "customers"))
    title = say("{rate} by '{recency}' (rows) and '{frequency}' (columns)", rate=_rate(record, say),
                recency=own["recency"], frequency=own["frequency"])  # fmt: skip
    text = "A fuller colour is higher. After the dot: customers at that place; fewer than {n} are not shown."
    return [*_grid_sentences(record, own, cells, say), Chart("heat", title, say(text, n=say.least), data, twin)]


def _note(record: Record, cell: JSON, say: Text) -> str:
    if not finite(cell["rate"]):
        return f"< {say.least}"
    return f"{say.cell(cell['rate'], form(record))} · {say.count(cell['customers'])}"


def _shown(cell: JSON, say: Text) -> object:
    """Return a group's customers, without the number if they are few."""
    return cell["customers"] if finite(cell["customers"]) else say.customers(1)


def _grid_sentences(record: Record, own: JSON, cells: Sequence[JSON], say: Text) -> list[Block]:
    found = ends(cells)
    if not found:
        return [Prose(say("Too few customers to compare groups by recency and frequency."), "says")]
    high, low = found
    words = {"recency": own["recency"], "frequency": own["frequency"]}
    words |= {"age": high["age"], "count": high["count"], "high": rate_text(record, high, say)}
    words |= {"other": low["age"], "few": low["count"], "low": rate_text(record, low, say)}
    if record.task.kind == "regression":
        text = say(
            "The highest mean is at '{recency}' {age} and '{frequency}' {count}: {high}; the lowest at {other} and"
            " {few}: {low}.",
            **words,
        )
    else:
        text = say(
            "The highest rate is at '{recency}' {age} and '{frequency}' {count}: {high}; the lowest at {other} and"
            " {few}: {low}.",
            **words,
        )
    if not apart(high, low):
        return [
            Prose(text, "says"),
            Prose(say("That is within chance: recency and frequency alone do not separate customers."), "so"),
        ]
    so = say("Without a model, begin with the highest cells; the model orders the customers within each cell.")
    return [Prose(text, "says"), Prose(so, "so")]


def staying(record: Record, say: Text) -> list[Block]:
    """Return how long customers stay: by their time as customers, or from first to last event."""
    events, own = record.data.events.get("lifetimes") or {}, facts(record, "who").get("tenure") or {}
    curve = events.get("curve") or own.get("curve") or []
    if len(curve) < 3:
        return []
    unit = say("days since the first event") if events else own["column"]
    x, y, low, high = (column(curve, key) for key in ("time", "staying", "low", "high"))
    series = [{"name": say("Still there, with 95% interval"), "x": x, "y": y, "low": low, "high": high}]
    axis = {"format": "percent", "low": 0.0, "high": 1.0, "label": say("Share still there")}
    data = {"series": series, "x": {"label": unit, "low": 0.0}, "y": axis}
    heads = (unit, say("Still there"), say("Low"), say("High"), say("Customers seen that long"))
    lines = tuple(zip(x, y, low, high, column(curve, "at_risk"), strict=True))
    twin = Grid(heads, lines, formats=("number", *("percent",) * 3, "customers"))
    text = say("The line falls where customers leave; it ends where fewer than {n} were seen that long.", n=say.least)
    sentences = [
        Prose(_halved(curve, unit, say, since=bool(events)), "says"),
        Prose(_early(curve, unit, say, since=bool(events)), "so"),
    ]
    more = [Prose(_left(record, events, say))] if events else []
    return [*more, *sentences, Chart("line", say("How long customers stay (Kaplan-Meier)"), text, data, twin)]


def _left(record: Record, events: JSON, say: Text) -> str:
    words = {"table": record.data.events["table"], "until": events["until"]}
    return say("A customer without an event in '{table}' from {until} on counts as gone since the last one.", **words)


def _when(time: float, unit: str, *, since: bool, say: Text) -> str:
    """Return a position on the axis in words."""
    if since:
        return say("day {n} after the first event", n=say.count(time))
    return say("'{column}' {n}", column=unit, n=say.number(time))


def _halved(curve: Sequence[JSON], unit: str, say: Text, *, since: bool) -> str:
    """Return when half have left, or how many remain at the end, after those of one day."""
    last, begin = curve[-1], curve[0]
    if last["staying"] >= 1:
        return say("Nobody has left up to {when}.", when=_when(last["time"], unit, since=since, say=say))
    text = ""
    if since and begin["time"] == 0 and begin["staying"] < 1:
        text = say(
            "{share} of the customers never returned after their first day.", share=say.percent(1 - begin["staying"])
        )
        text += " "
    half = next((each for each in curve if each["staying"] <= 0.5), None)
    each = half or last
    words = {"share": say.percent(each["staying"]), "when": _when(each["time"], unit, since=since, say=say)}
    words["between"] = interval(say, each["low"], each["high"], "percent")
    if half:
        return text + say("Half have left by {when} ({share} still there, 95% interval {between}).", **words)
    return text + say("At {when}, {share} are still there (95% interval {between}).", **words)


def _early(curve: Sequence[JSON], unit: str, say: Text, *, since: bool) -> str:
    """Return whether most of the loss is at the beginning."""
    end, lost = curve[-1]["time"], 1 - curve[-1]["staying"]
    if lost <= 0:
        return say("There is no loss to act on here.")
    early = max((each for each in curve if each["time"] <= end / 5), key=lambda each: each["time"])
    words = {"share": say.percent((1 - early["staying"]) / lost)}
    words["when"] = _when(end / 5, unit, since=since, say=say)
    if (1 - early["staying"]) / lost < EARLY:
        return say("Customers leave at all times: {share} of the loss is in the first fifth, up to {when}.", **words)
    return say("{share} of the loss is early, up to {when}: that is the time to act.", **words)


def cohorts(record: Record, say: Text) -> list[Block]:
    """Return the outcome by the month in which customers first came."""
    every = facts(record, "who").get("cohorts") or []
    found = ends(every)
    if not found:
        return []
    names = [say("before {month}", month=every[1]["month"]) if each["before"] else each["month"] for each in every]
    rate, low, high = (column(every, key) for key in ("rate", "low", "high"))
    base = facts(record, "who").get("base")
    data: JSON = {"labels": names, "values": rate, "low": low, "high": high, "format": form(record), "direction": "up"}
    data["x"] = {"label": _month(record, say)}
    if finite(base):
        data["reference"] = {"value": base, "label": say("all: {rate}", rate=say.cell(base, form(record)))}
    heads = (say("First month"), _rate(record, say), say("Low"), say("High"), say("Customers"))
    lines = tuple(zip(names, rate, low, high, (_shown(each, say) for each in every), strict=True))
    twin = Grid(heads, lines, formats=("text", *(form(record),) * 3, "customers"))
    text = say("Each column: the customers who came first in that month, with the 95% interval.")
    if record.data.events.get("history"):
        text += " " + say("Events before the history of a cutoff do not count as first.")
    title = say("{rate} by first month", rate=_rate(record, say))
    return [*_cohort_sentences(record, found, say), Chart("bars", title, text, data, twin)]


def _month(record: Record, say: Text) -> str:
    """Return the axis of the cohorts; a limited history hides earlier events."""
    if record.data.events.get("history"):
        return say("Month of the first event in the history")
    return say("Month of the first event") if record.data.events else say("Month of the beginning")


def _cohort_sentences(record: Record, found: tuple[JSON, JSON], say: Text) -> list[Block]:
    high, low = found
    words = {"month": high["month"], "high": rate_text(record, high, say), "other": low["month"]}
    words["low"] = rate_text(record, low, say)
    if record.task.kind == "regression":
        text = say("The highest mean is in {month}: {high}; the lowest in {other}: {low}.", **words)
    else:
        text = say("The highest rate is in {month}: {high}; the lowest in {other}: {low}.", **words)
    if not apart(high, low):
        return [Prose(text, "says"), Prose(say("That is within chance: the months do not differ."), "so")]
    so = say("Ask what was different then: campaigns, prices, channels; newer customers had less time to show loyalty.")
    return [Prose(text, "says"), Prose(so, "so")]


def values(record: Record, say: Text) -> list[Block]:
    """Return the outcome by tenth of the customers' value, in the test."""
    every = rows(record, "by_value")
    own = facts(record, "by_value")
    if len(every) < 2 or not own.get("value"):
        return []
    names = [str(row["tenth"]) for row in every]
    data = by_tenth(every, names, "percent", say("Tenth of the customers by value, the highest first"), say)
    heads = (say("Tenth"), say("Customers"), say("Value from"), say("Predicted"), say("What happened"), say("Low"),
             say("High"), say("Total value"), say("Value by probability"))  # fmt: skip
    keys = ("tenth", "customers", "least", "predicted", "actual", "low", "high", "worth", "expected")
    lines = tuple(tuple(row[key] for key in keys) for row in every)
    twin = Grid(heads, lines, formats=("count", "customers", "money", *("percent",) * 4, "money", "money"))
    text = say("Bars that fall or rise from left to right: the valuable customers differ from the others.")
    sentences = [Prose(_value_at_risk(every, own, say), "says"), Prose(_order(record, every, say), "so")]
    return [*sentences, Chart("bars", say("{rate} by value", rate=_rate(record, say)), text, data, twin)]


def _value_at_risk(every: Sequence[JSON], own: JSON, say: Text) -> str:
    top = every[0]
    words = {
        "value": say.percent(top["worth"] / own["value"]),
        "risk": say.percent(top["expected"] / own["expected"] if own.get("expected") else None),
        "n": say.count(top["customers"], "customer"),
        "rate": say.percent(top["actual"]),
        "between": interval(say, top["low"], top["high"], "percent"),
    }
    return say(
        "The {n} with the highest value hold {value} of all value and {risk} of the value at risk (value times"
        " probability); {rate} of them had the outcome (95% interval {between}).",
        **words,
    )


def _order(record: Record, every: Sequence[JSON], say: Text) -> str:
    """Return whether the most valuable differ from the others."""
    rest = sum(row["customers"] for row in every[1:])
    others = sum(row["actual"] * row["customers"] for row in every[1:]) / rest
    top, words = every[0], {"positive": record.task.positive, "others": say.percent(others)}
    if top["low"] > others:
        return say(
            "The most valuable are more often '{positive}' than the others ({others}): begin with them.", **words
        )
    if top["high"] < others:
        return say("The most valuable are less often '{positive}' than the others ({others}): the order by probability"
                   " alone misses value.", **words)  # fmt: skip
    return say("The most valuable are as often '{positive}' as the others ({others}): probability and value are two"
               " questions.", **words)  # fmt: skip
