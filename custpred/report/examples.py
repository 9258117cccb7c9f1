"""Typical and surprising customers, with the reasons of their predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Group, Prose
from custpred.report._reading import absent, facts, rows
from custpred.report._text import Text
from custpred.report._waterfall import card, shown
from custpred.report.base import Section
from custpred.text import part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

_TITLES = {
    "binary": {
        "highest": "Very high",
        "near_cut": "Near the cut",
        "stayed": "High for one who was not '{positive}'",
        "left": "Low for one who was '{positive}'",
        "lowest": "Very low",
    },
    "multiclass": {
        "highest": "Sure and right",
        "near_cut": "Between two classes",
        "stayed": "Sure, yet wrong",
        "lowest": "Least sure",
    },
    "regression": {
        "highest": "Very high",
        "near_cut": "In the middle",
        "stayed": "Predicted too high",
        "left": "Predicted too low",
        "lowest": "Very low",
    },
}

_CHANGED = {False: "Rising fast", True: "Falling fast"}
_MOVED = {
    False: "{before} on {then}, {after} on {cutoff}: the largest rise of {customers} scored at both cutoffs.",
    True: "{before} on {then}, {after} on {cutoff}: the largest fall of {customers} scored at both cutoffs.",
}


class Examples(Section):
    """Six anonymous customers: prediction, outcome and reasons."""

    title = "Typical customers"
    order = 105
    readers = frozenset({"summary", "analyst", "operations"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return one card per example."""
        say, found = Text.of(record), rows(record, "examples")
        if not found:
            return [absent(record, "examples", say)]
        return [
            Prose(say("Real customers of the test, without name; their numbers are rounded."), "says"),
            Prose(say("Contributions show what moved the model, not what would change the customer's mind."), "so"),
            *(Group(_card(row, record, say), "side") for row in found),
            *_unchanged(record, say),
        ]


def _card(row: JSON, record: Record, say: Text) -> tuple[Block, ...]:
    """Return an example's sentences and, next to them, its waterfall."""
    task = record.task
    positive = task.positive if task.kind == "binary" else ""
    kind = row["example"]
    title = say(_CHANGED[_fell(row)] if kind == "changed" else _TITLES[task.kind][kind], positive=positive)
    *lines, chart = card(row, say("From the average customer to this one"), say)
    return (Group((Prose(_outcome(row, say)), *_change(row, say), *lines, *_words(row, say)), "stack", title), chart)


def _fell(row: JSON) -> bool:
    """Return whether the prediction is lower than at the earlier cutoff."""
    return bool(row["answer"] < row["before"])


def _change(row: JSON, say: Text) -> list[Prose]:
    """Return the predictions at both cutoffs; nothing for customers shown for another reason."""
    if row["example"] != "changed":
        return []
    before, after = shown(row["before"], row, say), shown(row["answer"], row, say)
    days = {"then": row["then"], "cutoff": row["cutoff"], "customers": say.customers(row["compared"], "customer")}
    return [Prose(say(_MOVED[_fell(row)], before=before, after=after, **days))]


def _unchanged(record: Record, say: Text) -> list[Prose]:
    """Return why no customer with a worse prediction is shown; nothing without events."""
    cutoffs = record.data.events.get("cutoffs", [])
    if not cutoffs or record.task.kind == "multiclass" or rows(record, "examples", example="changed"):
        return []
    if len(cutoffs) == 1:
        text = "No change of a prediction is shown: the recipe has one cutoff."
    elif not facts(record, "examples").get("compared"):
        text = (
            "No change of a prediction is shown: every earlier cutoff was used for training."
            " With split: {{test: {{last: 2}}}} two cutoffs are tested."
        )
    else:
        text = "No change of a prediction is shown: none got worse since the cutoff before."
    return [Prose(say(text), "plain")]


def _words(row: JSON, say: Text) -> list[Block]:
    """Return the words of the customer's texts with the largest effects."""
    named = [f"'{each['word']}' {part(each['part'], row['unit'])}" for each in row.get("words") or ()]
    return [Prose(say("Words that many customers use: {words}", words=", ".join(named)))] if named else []


def _outcome(row: JSON, say: Text) -> str:
    """Return the prediction and the outcome."""
    words = {"shown": shown(row["answer"], row, say), "average": shown(row["start"], row, say)}
    if "label" not in row:
        text = "Predicted {shown} (average customer: {average}); it became {actual}."
        return say(text, actual=say.number(row["actual"]), **words)
    text = "Predicted {shown} for '{label}' (average customer: {average}); it was '{actual}'."
    return say(text, label=row["label"], actual=row["actual"], **words)
