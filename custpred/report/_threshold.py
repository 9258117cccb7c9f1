"""The line between yes and no: what it selects, finds and misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Prose
from custpred.report._reading import asked, facts, first, rows
from custpred.report._text import finite

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.result import Record


def line(record: Record, say: Text) -> list[Block]:
    """Return one sentence about the chosen threshold, from the nearest row; nothing where it was not measured."""
    chosen = first(facts(record, "threshold"), "chosen")
    every = [row for row in rows(record, "threshold") if finite(row.get("threshold"))]
    if not finite(chosen) or not every:
        return []
    row = min(every, key=lambda each: abs(each["threshold"] - chosen))
    return [Prose(_told(record, row, chosen, say), "says")]


def _told(record: Record, row: dict[str, float], chosen: float, say: Text) -> str:
    words = {
        "positive": record.task.positive,
        "line": say.percent(chosen),
        "n": asked(record, row.get("selected"), say),
        "right": say.percent(row.get("precision")),
        "found": say.percent(row.get("recall")),
    }
    if not row.get("selected"):
        return say("No customer's score reaches the line from which '{positive}' is said.", **words)
    return say(
        "'{positive}' is said from a score of {line} on: of {n}, {right} are right, and {found} of all are found.",
        **words,
    )
