"""Quality of the ranking: gains, deciles, ROC and precision-recall, or other tasks' charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._amounts import amounts
from custpred.report._blocks import Grid, Group, Prose
from custpred.report._classes import classes
from custpred.report._contact import campaign, lift_tested
from custpred.report._pictures import confusion, deciles, gains, outcomes, precision, roc
from custpred.report._reading import absent, first, interval, rows
from custpred.report._sayings import explained, of_confusion, of_deciles, of_gains, of_outcomes, of_precision, of_roc
from custpred.report._text import Text
from custpred.report._threshold import line
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block, Chart
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

NEAR = 0.004
"""Maximum difference of a row's share from the one that is shown."""


class Curves(Section):
    """Charts of the ranking, with their results."""

    title = "How well it predicts"
    order = 70
    readers = frozenset({"summary", "analyst"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the curves of the task."""
        say = Text.of(record)
        if record.task.kind == "binary":
            return _binary(record, say)
        return classes(record, say) if record.task.kind == "multiclass" else amounts(record, say)


def _binary(record: Record, say: Text) -> list[Block]:
    if not rows(record, "gains"):
        return [absent(record, "gains", say)]
    side = _side((roc(record, say), of_roc(record, say)), (precision(record, say), of_precision(record, say)))
    drawn = (confusion(record, say), of_confusion(record, say))
    cut = _side((outcomes(record, say), of_outcomes(record, say)), drawn)
    top = _side((gains(record, say), of_gains(record, say)), (deciles(record, say), of_deciles(record, say)))
    return [
        Prose(_reached(record, say), "says"),
        Prose(_pairs(record, say), "so"),
        Group(top, "side"),
        _reach_table(record, say),
        *line(record, say),
        *([Group(cut, "side")] if cut else []),
        *([Group(side, "side")] if side else []),
    ]


def _side(*pairs: tuple[Chart | None, list[str]]) -> tuple[Block, ...]:
    """Return the available charts with their sentences."""
    return tuple(
        Group(tuple(explained(chart, sentences)), "stack") if sentences else chart
        for chart, sentences in pairs
        if chart
    )


def _near(record: Record, share: float) -> float | None:
    """Return the share of positives reached with a share of customers, from the nearest row."""
    every = [row for row in rows(record, "gains") if finite(row.get("share")) and finite(row.get("reached"))]
    row = min(every, key=lambda each: abs(each["share"] - share), default=None)
    return float(row["reached"]) if row and abs(row["share"] - share) < 0.02 else None


def _reached(record: Record, say: Text) -> str:
    known = [(share, _near(record, share)) for share in (0.1, 0.2, 0.5)]
    parts = [
        say("{share} of customers reach {reached}", share=say.percent(share), reached=say.percent(reached))
        for share, reached in known
        if reached is not None
    ]
    text = say(
        "In order of score, {parts} of all '{positive}'.",
        parts=", ".join(parts),
        positive=record.task.positive,
    )
    return text if parts else say("The order of the customers was measured; the table has the numbers.")


def _pairs(record: Record, say: Text) -> str:
    auc = record.test.get("roc_auc")
    if auc is None or not finite(auc.value):
        return say("By chance, each share of customers would reach the same share of positives.")
    if auc.low <= 0.5:
        return say("The order is not clearly better than chance: do not act on it.")
    words = {"n": say.number(100 * auc.value, 2 if auc.value < 0.995 else 3), "positive": record.task.positive}
    return say(
        "Of 100 pairs of one '{positive}' customer and one other, the score puts {n} in the right order; "
        "chance would put 50.",
        **words,
    )


def _lift(row: JSON, record: Record) -> tuple[float | None, float | None, float | None]:
    """Return a row's lift and its interval, at 10 % those of the metric."""
    tested = lift_tested(record, row.get("lift")) if abs((row.get("share") or 0) - 0.1) < NEAR else None
    if tested:
        return tested.value, tested.low, tested.high
    return row.get("lift"), first(row, "lift_low", "low"), first(row, "lift_high", "high")


def _reach_table(record: Record, say: Text) -> Grid:
    """Return the table of 1, 5, 10, 20, 30 and 50 percent."""
    wanted = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
    every = [
        row for row in rows(record, "gains") if any(abs((row.get("share") or 0) - share) < NEAR for share in wanted)
    ]
    names = (
        "Contacted" if campaign(record) else "By score",
        "Customers",
        "Reached",
        "Share reached",
        "Times chance",
        "95% interval",
        "Best possible",
    )
    cells = tuple(
        (
            row.get("share"),
            first(row, "customers", "contacted"),
            first(row, "positives", "captured"),
            row.get("reached"),
            lift,
            interval(say, low, high, "times"),
            first(row, "best"),
        )
        for row in every[:8]
        for lift, low, high in [_lift(row, record)]
    )
    formats = ("percent", "count", "customers", "percent", "times", "interval", "percent")
    return Grid(tuple(say(name) for name in names), cells, formats=formats)
