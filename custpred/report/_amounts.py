"""Quality of predicted amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Prose
from custpred.report._pictures import deciles, spread
from custpred.report._reading import absent, column, facts, rows
from custpred.report._sayings import explained, of_spread
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record


def amounts(record: Record, say: Text) -> list[Block]:
    """Return predicted and actual amounts by tenth, and the largest difference."""
    chart = deciles(record, say)
    if chart is None:
        return [absent(record, "deciles", say)]
    actual = [value for value in column(rows(record, "deciles"), "actual") if finite(value)]
    words = {"low": say.number(actual[0] if actual else None), "high": say.number(actual[-1] if actual else None)}
    text = say(
        "Customers in the tenth with the lowest estimate came to {low} on average, those in the highest to {high}.",
        **words,
    )
    other = spread(record, say)
    drawn = explained(other, of_spread(record, say)) if other else []
    return [Prose(text + _within(record, say), "says"), Prose(_off(record, say), "so"), chart, *drawn]


def _within(record: Record, say: Text) -> str:
    own = facts(record, "errors")
    if not finite(own.get("within_10")) or not finite(own.get("within_25")):
        return ""
    words = {"ten": say.percent(own["within_10"]), "quarter": say.percent(own["within_25"])}
    return " " + say(
        "For {ten} of customers the truth is within 10% of the estimate, for {quarter} within 25%.", **words
    )


def _off(record: Record, say: Text) -> str:
    own = facts(record, "deciles")
    text = say("Where bar and dot differ, the estimate for that tenth is off.")
    if not finite(own.get("worst_bias")) or not own.get("worst"):
        return text
    words = {"tenth": say.count(own["worst"]), "bias": say.number(abs(own["worst_bias"]))}
    if own["worst_bias"] > 0:
        return text + " " + say("The largest error is in tenth {tenth}: {bias} too high on average.", **words)
    return text + " " + say("The largest error is in tenth {tenth}: {bias} too low on average.", **words)
