"""Importance of columns for the predictions, and permutation importance as a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custpred.explain.event_words import words as in_words
from custpred.explain.waterfall import UNATTRIBUTED
from custpred.models.base import Model
from custpred.report._blocks import Chart, Grid, Group, Prose
from custpred.report._effects import effects
from custpred.report._reading import absent, facts, first, inside, label, members_of, rows
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST = 15
MOST_NAMES = 3
"""Maximum names of jointly shuffled columns on one line."""


class Drivers(Section):
    """Attributions by column: direction, shape; permutation importance (Breiman 2001)."""

    title = "What the predictions rely on"
    order = 100
    readers = frozenset({"summary", "analyst", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return columns by contribution, shapes, pairs, groups, and permutation importance."""
        say = Text.of(record)
        every = sorted(rows(record, "importance"), key=lambda row: -(_drop(row) or 0.0))
        moved = effects(record, say)
        if not every:
            return moved or [absent(record, "importance", say)]
        check: list[Block] = [Prose(_summary(record, every, say), "says"), *_pictures(record, every, say)]
        if not moved:
            return [check[0], Prose(_careful(record, say), "so"), *check[1:]]
        says, *rest = moved
        folded = Group(tuple(check), "fold", say("A check: what shuffling each column costs"))
        return [says, Prose(_careful(record, say), "so"), *rest, folded]


def _drop(row: JSON) -> Any:
    return first(row, "importance", "drop", "loss", "value")


def _sure(row: JSON) -> bool:
    low = first(row, "low")
    return bool((_drop(row) or 0) > 0 and (low is None or low > 0))


def _summary(record: Record, every: Sequence[JSON], say: Text) -> str:
    sure, unmeasured = [row for row in every if _sure(row)], list(facts(record, "importance").get("unmeasured") or [])
    if not sure and unmeasured:
        text = say("None of the columns that were measured matters beyond chance")
    elif not sure:
        return say("No single column matters beyond chance: the predictions rely on many weak signals, or on none.")
    else:
        words = {"column": _names(sure[0], say), "drop": say.score(_drop(sure[0]))}
        text = say(
            "The predictions rely most on '{column}': shuffling it worsens {label} by {drop}",
            label=inside(label(record, record.metric)),
            **words,
        )
        text += (
            say(", followed by {names}", names=say.listed([_names(row, say) for row in sure[1:4]])) if sure[1:] else ""
        )
    idle = sum(len(_members(row)) for row in every if not _sure(row))
    return text + ". " + _rest(sum(len(_members(row)) for row in every), idle, unmeasured, say)


def _members(row: JSON) -> list[str]:
    """Return the jointly shuffled columns."""
    return [row["column"], *(row.get("together") or ())]


def _names(row: JSON, say: Text) -> str:
    shown = [in_words(name, say) for name in _members(row)[:MOST_NAMES]]
    return " + ".join(shown) + (" + …" if len(_members(row)) > MOST_NAMES else "")


def _rest(measured: int, idle: int, unmeasured: Sequence[str], say: Text) -> str:
    """Return how many columns are unimportant, and how many were not measured for lack of time."""
    if unmeasured:
        words = {"n": say.count(measured, "column"), "left": say.count(len(unmeasured))}
        return say(
            "There was time to measure {n}; {left} were not measured: {names}.",
            names=say.listed([in_words(name, say) for name in unmeasured]),
            **words,
        )
    return say("{n} of {all} columns make no difference beyond chance.", n=idle, all=measured) if idle else ""


def _careful(record: Record, say: Text) -> str:
    text = say(
        "This is what the model uses, not what causes the outcome: changing such a column need not change a customer."
    )
    if not record.data.test_rows:
        text += " " + say(
            "There are no test rows: the model knows most of these customers, so columns seem more useful."
        )
    members = members_of(record)
    silent = [row.name for row in members if (kind := Model.known(row.kind)) and not kind.has_attributions()]
    if silent:
        text += " " + say(UNATTRIBUTED, names=say.listed(silent, 6))
    held = (record.recipe.get("about") or {}).get("matters") or []
    idle = {name for row in rows(record, "importance") if not _sure(row) for name in _members(row)}
    idle -= {row["column"] for row in rows(record, "attributions")[:MOST] if row["importance"] > 0}
    odd = [name for name in held if name in idle]
    if held and odd:
        text += " " + say(
            "Named as important in the recipe, but of no visible use to the model: {names}.", names=say.listed(odd)
        )
    return text


def _pictures(record: Record, every: Sequence[JSON], say: Text) -> list[Block]:
    top, lines = every[:MOST], [(_names(row, say), _drop(row), row.get("low"), row.get("high")) for row in every]
    form = say.places(line[1] for line in lines)
    names, values, low, high = map(list, zip(*lines[:MOST], strict=True))
    title = say("What shuffling a column costs ({label}, 95% interval)", label=label(record, record.metric))
    data = {
        "labels": names,
        "values": values,
        "low": low,
        "high": high,
        "format": "score",
        "reference": {"value": 0.0, "label": say("0: no use")},
        "faint": [not _sure(row) for row in top],
        "notes": [say.cell(value, form) for value in values],
    }
    heads = (say("Column"), say("Costs"), say("Low"), say("High"))
    formats = ("text", form, form, form)
    grid = Grid(heads, tuple(lines[:MOST]), formats=formats)
    chart = Chart("dots", title, say("Hollow dots do not differ from 0 beyond chance."), data, grid)
    rest = tuple(line for line in lines[MOST:] if finite(line[1]))
    fold = Group((Grid(heads, rest, formats=formats),), "fold", say("The other {n}", n=say.count(len(rest), "column")))
    return [chart, fold] if rest else [chart]
