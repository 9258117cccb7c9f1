"""How several classes are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custpred.report._blocks import Grid, Prose
from custpred.report._pictures import confusion
from custpred.report._reading import absent, facts, headline, label, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record


def classes(record: Record, say: Text) -> list[Block]:
    """Return how often the answer is right, which class is taken for which, and each class on its own line."""
    own, found = facts(record, "errors"), headline(record)
    if not own and not rows(record, "errors"):
        return [absent(record, "errors", say)]
    told = say("The answer is right for {share} of customers.", share=say.percent(own.get("accuracy"))) if own else ""
    if found:
        words = {"label": label(record, found[0]), "score": say.score(found[1].value)}
        told = say("{label} on the test: {score}.", **words) + (f" {told}" if told else "")
    chart = confusion(record, say)
    return [
        Prose(told, "says"),
        Prose(say("Read along a line: where do customers of this class end up?"), "so"),
        *([chart] if chart else []),
        *_lines(own.get("classes") or [], say),
    ]


def _lines(every: Sequence[dict[str, Any]], say: Text) -> list[Block]:
    """Return one line per class: how often its answer is right, and how much of it is found."""
    heads = tuple(say(name) for name in ("Class", "Customers", "Right when answered", "Found"))
    cells = tuple(
        (row.get("label"), row.get("customers"), row.get("precision"), row.get("recall")) for row in every[:200]
    )
    return [Grid(heads, cells, formats=("text", "count", "percent", "percent"))] if cells else []
