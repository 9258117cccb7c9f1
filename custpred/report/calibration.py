"""Whether the predicted probabilities are calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Chart, Facts, Grid, Prose
from custpred.report._light import MOST_ECE
from custpred.report._reading import absent, column, ends, facts, first, interval, rows
from custpred.report._recalibrated import recalibrated
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record


class Calibration(Section):
    """Whether 30 % of the customers with a predicted 30 % had the outcome."""

    title = "Are the percentages right?"
    order = 80
    readers = frozenset({"analyst", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the reliability curve with its counts, and how far the percentages may be used."""
        say = Text.of(record)
        if record.task.kind == "regression":
            return [Absent(say("The predictions are values, not probabilities."))]
        if not rows(record, "calibration"):
            return [absent(record, "calibration", say)]
        return [
            Prose(_kept(record, say), "says"),
            Prose(_use(record, say), "so"),
            _picture(record, say),
            *_numbers(record, say),
            *recalibrated(record, say),
        ]


def _kept(record: Record, say: Text) -> str:
    """Quote the bin nearest to 30 % that has enough customers."""
    bins = [row for row in rows(record, "calibration") if finite(row.get("predicted")) and finite(row.get("actual"))]
    if not bins:
        return say("Too few customers to check the model's percentages.")
    enough = [row for row in bins if (first(row, "customers", "count") or 0) >= 30] or bins
    row = min(enough, key=lambda each: abs(each["predicted"] - 0.3))
    words = {
        "mean": say.percent(row["predicted"]),
        "was": say.percent(row["actual"]),
        "n": say.customers(first(row, "customers", "count")),
    }
    if record.task.kind == "multiclass":
        return say(
            "When the model was {mean} sure of its prediction on average, {was} of them were right (n = {n}).",
            **words,
        )
    text = "When the model predicted {mean} on average, {was} were '{positive}' (n = {n})."
    return say(text, positive=record.task.positive, **words)


def _use(record: Record, say: Text) -> str:
    ece = first(facts(record, "calibration"), "ece")
    if not finite(ece):
        return say("How far the percentages are off on average was not measured.")
    words = {"ece": say.decimal(100 * ece)}
    chance = first(facts(record, "calibration"), "ece_by_chance")
    if ece > MOST_ECE and finite(chance) and ece <= chance:
        return say(
            "On average they are off by {ece} percentage points, which on so few customers may be chance.", **words
        )
    if ece <= MOST_ECE:
        return say(
            "On average they are off by {ece} percentage points: the percentages may be used as they are.", **words
        )
    return say(
        "On average they are off by {ece} percentage points: use the order of customers, not the percentages.", **words
    )


def _picture(record: Record, say: Text) -> Chart:
    every = sorted(rows(record, "calibration"), key=lambda row: row.get("predicted") or 0)
    predicted, was = column(every, "predicted"), column(every, "actual")
    low, high, counts = column(every, "low"), column(every, "high"), column(every, "customers", "count")
    top = min(1.0, 1.08 * max([v for v in (*predicted, *was, *high) if finite(v)], default=1.0))
    series = [
        {"name": say("What happened, with 95% interval"), "x": predicted, "y": was, "low": low, "high": high},
        {"name": say("If every percentage came true"), "x": [0.0, top], "y": [0.0, top], "style": "faint"},
    ]
    axis = {"format": "percent", "low": 0.0, "high": top}
    data = {
        "series": series,
        "x": {**axis, "label": say("What the model predicted")},
        "y": {**axis, "label": say("What happened")},
        "dots": True,
    }
    heads = (say("Predicted"), say("Happened"), say("Low"), say("High"), say("Customers"))
    formats = ("percent", "percent", "percent", "percent", "customers")
    grid = Grid(heads, tuple(zip(predicted, was, low, high, counts, strict=True)), formats=formats)
    return Chart("line", say("Predicted and actual"), say("Dots on the dotted line are well calibrated."), data, grid)


def _numbers(record: Record, say: Text) -> list[Block]:
    own = facts(record, "calibration")
    named = (
        (say("Average error (ECE)"), first(own, "ece"), _gap(record, say)),
        (say("Brier score"), first(own, "brier"), say("lower is better")),
        (
            say("Brier score of the base rate"),
            first(own, "brier_base", "base_brier"),
            say("what the average alone reaches"),
        ),
    )
    items = tuple((name, say.score(value), note) for name, value, note in named if finite(value))
    return [Facts(items)] if items else []


def _gap(record: Record, say: Text) -> str:
    own = facts(record, "calibration")
    low, high = ends(record.test.get("ece"), own.get("ece"))
    between = interval(say, low, high) or interval(say, own.get("ece_low"), own.get("ece_high"))
    return say("95% interval {between}", between=between) if between else say("0 is perfect")
