"""Typical and surprising customers, with the reasons of their predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Group, Prose
from custpred.report._reading import absent, rows, unmoved
from custpred.report._text import Text
from custpred.report._waterfall import card, shown
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

_TITLES = {
    "binary": {
        "highest": "Very high",
        "near_cut": "Near the cut",
        "changed": "Rising fast",
        "stayed": "High score, yet not '{positive}'",
        "left": "Low score, yet '{positive}'",
        "lowest": "Low",
    },
    "multiclass": {
        "highest": "Sure and right",
        "near_cut": "Between two classes",
        "changed": "Rising fast",
        "stayed": "Sure, yet wrong",
        "lowest": "Least sure",
    },
    "regression": {
        "highest": "Very high",
        "near_cut": "In the middle",
        "changed": "Rising fast",
        "stayed": "Predicted too high",
        "left": "Predicted too low",
        "lowest": "Low",
    },
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
            *unmoved(record, say),
        ]


def _card(row: JSON, record: Record, say: Text) -> tuple[Block, ...]:
    """Return an example's sentences and, next to them, its waterfall."""
    task = record.task
    positive = task.positive if task.kind == "binary" else ""
    title = say(_TITLES[task.kind][row["example"]], positive=positive)
    *lines, chart = card(row, say("From the average customer to this one"), say)
    return (Group((Prose(_outcome(row, say)), *lines, *_words(row, say)), "stack", title), chart)


def _words(row: JSON, say: Text) -> list[Block]:
    """Return the words of the customer's texts with the largest effects."""
    named = [f"'{each['word']}' {say.decimal(each['part'], signed=True)}" for each in row.get("words") or ()]
    return [Prose(say("Words that many customers use: {words}", words=", ".join(named)))] if named else []


def _outcome(row: JSON, say: Text) -> str:
    """Return the prediction and the outcome."""
    words = {"shown": shown(row["answer"], row, say), "average": shown(row["start"], row, say)}
    if "label" not in row:
        text = "Predicted {shown} (average customer: {average}); it became {actual}."
        return say(text, actual=say.number(row["actual"]), **words)
    text = "Predicted {shown} for '{label}' (average customer: {average}); it was '{actual}'."
    return say(text, label=row["label"], actual=row["actual"], **words)
