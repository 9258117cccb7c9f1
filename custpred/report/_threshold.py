"""The selected customers: their number, precision and recall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Prose
from custpred.report._reading import evaluated, facts, first, rows
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


def line(record: Record, say: Text) -> list[Block]:
    """Return one sentence about the selected customers; nothing if that was not measured."""
    own = facts(record, "threshold")
    if "rule" not in own:
        return _nearest(record, say)  # a record of an older version
    return [Prose(_summary(record, own, first(own, "chosen"), say), "says")]


def _nearest(record: Record, say: Text) -> list[Block]:
    """Return the sentence for the row with the threshold nearest to the chosen one."""
    chosen = first(facts(record, "threshold"), "chosen")
    every = [row for row in rows(record, "threshold") if finite(row.get("threshold"))]
    if not finite(chosen) or not every:
        return []
    row = min(every, key=lambda each: abs(each["threshold"] - chosen))
    return [Prose(_summary(record, row, chosen, say), "says")]


def _summary(record: Record, row: JSON, chosen: float | None, say: Text) -> str:
    words = {
        "positive": record.task.positive,
        "n": evaluated(record, row.get("selected"), say),
        "right": say.percent(row.get("precision")),
        "found": say.percent(row.get("recall")),
    }
    if not row.get("selected"):
        if row.get("rule") == "gain":
            return say("Nobody is chosen: every contact is expected to lose money.")
        return say("No customer's score reaches the threshold for '{positive}'.", **words)
    if finite(chosen):
        return say(
            "'{positive}' is predicted from a score of {line}: of {n}, {right} are right, and {found} of all "
            "'{positive}' are found.",
            line=say.percent(chosen),
            **words,
        )
    if row.get("rule") == "gain":
        return say(
            "'{positive}' is predicted for {n} with the highest expected gain: {right} are right, and {found} of all "
            "'{positive}' are found.",
            **words,
        )
    return say(
        "'{positive}' is predicted for {n} with the highest score: {right} are right, and {found} of all '{positive}' "
        "are found.",
        **words,
    )
