"""Quality of the prediction of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Grid, Prose
from custpred.report._pictures import confusion
from custpred.report._reading import absent, facts, headline, label, rows
from custpred.report._sayings import explained, of_mixups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


def classes(record: Record, say: Text) -> list[Block]:
    """Return the accuracy, the confusion matrix and one row for each class."""
    own, found = facts(record, "errors"), headline(record)
    if not own and not rows(record, "errors"):
        return [absent(record, "errors", say)]
    text = (
        say("The prediction is right for {share} of customers.", share=say.percent(own.get("accuracy"))) if own else ""
    )
    if found:
        words = {"label": label(record, found[0]), "score": say.score(found[1].value)}
        text = say("{label} on the test: {score}.", **words) + (f" {text}" if text else "")
    chart = confusion(record, say)
    return [
        Prose(text, "says"),
        Prose(say("Read along a row: where do customers of this class end up?"), "so"),
        *(explained(chart, of_mixups(record, say)) if chart else []),
        *_lines(own.get("classes") or [], say),
    ]


def _lines(every: Sequence[JSON], say: Text) -> list[Block]:
    """Return one row per class: its precision and its recall."""
    heads = tuple(say(name) for name in ("Class", "Customers", "Right when predicted", "Share found"))
    cells = tuple(
        (row.get("label"), row.get("customers"), row.get("precision"), row.get("recall")) for row in every[:200]
    )
    return [Grid(heads, cells, formats=("text", "customers", "percent", "percent"))] if cells else []
