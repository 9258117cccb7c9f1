"""Stability over time: the score by cutoff or month, and how fast it falls."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Chart, Grid, Prose
from custpred.report._reading import column, facts, higher_is_better, interval, label, rows
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MEASURE = "over_time"
LONG = 24
"""Months from which a life is only called long, as no line extrapolates so far."""


class Lasting(Section):
    """The first metric over time, for splits by time."""

    title = "Will it last?"
    order = 115
    readers = frozenset({"analyst", "operations"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the score over time, and the expected life of the model."""
        say, every = Text.of(record), rows(record, MEASURE)
        if len(every) < 2:
            return [Absent(say("Scores over time need a split by time with two moments or more."))]
        sentences = [Prose(_range(record, every, say), "says"), Prose(_life(record, every, say), "so")]
        return [*sentences, _picture(record, every, say)]


def _of(every: Sequence[JSON], on: str) -> list[JSON]:
    return [row for row in every if row["on"] == on]


def _range(record: Record, every: Sequence[JSON], say: Text) -> str:
    """Return the test scores next to the out-of-fold scores of the training period."""
    tested, held = _of(every, "test") or list(every), _of(every, "held-out")
    last = tested[-1]
    words = {"label": label(record, record.metric), "moment": last["moment"], "score": say.score(last["score"])}
    words |= {"between": interval(say, last["low"], last["high"])}
    text = say("{label} at the last tested moment, {moment}: {score} (95% interval {between})", **words)
    if not held or not _of(every, "test"):
        return text + "."
    scores = [row["score"] for row in held]
    low, high = say.score(min(scores)), say.score(max(scores))
    if low == high:
        return text + say("; on the training data, out of fold: {low}.", low=low)
    return text + say("; on the training data, out of fold: {low} to {high}.", low=low, high=high)


def _life(record: Record, every: Sequence[JSON], say: Text) -> str:
    """Return the expected life of the model, estimated from the tested moments."""
    own, tested = facts(record, MEASURE), _of(every, "test")
    if not finite(own.get("slope")):
        n = say.count(len(tested), "tested moment")
        return say("{n}: too few to see how the score falls with time; test three cutoffs or more.", n=n)
    higher = higher_is_better(record, record.metric)
    words = {"slope": say.signed(own["slope"]), "between": interval(say, own["slope_low"], own["slope_high"], "number")}
    text = say("The score changes by {slope} a month (95% interval {between})", **words)
    if finite(own.get("life")):
        if own["life"] > LONG:
            return text + say(": it falls, but slowly; check again every quarter.")
        months = say.count(max(round(own["life"]), 1), "month")
        return text + say(": half of its lead is gone in about {months}; retrain before then.", months=months)
    better = own["slope_low"] > 0 if higher else own["slope_high"] < 0
    if better:
        return text + say(": it rises; later customers are easier to rank.")
    return text + say(": no fall beyond chance; monitor new outcomes all the same.")


def _picture(record: Record, every: Sequence[JSON], say: Text) -> Chart:
    known = (("held-out", say("Training data, out of fold"), "second"), ("test", say("Tested"), "main"))
    series = []
    for on, name, style in known:
        own = _of(every, on)
        if own:
            days = [date.fromisoformat(row["moment"]).toordinal() for row in own]
            ends = {end: column(own, end) for end in ("low", "high")}
            series.append({"name": name, "x": days, "y": column(own, "score"), **ends, "style": style})
    names = {on: name for on, name, _ in known}
    cells = tuple(
        (row["moment"], names[row["on"]], row["rows"], row["score"], row["low"], row["high"]) for row in every
    )
    metric = label(record, record.metric)
    grid = Grid((say("Moment"), say("Use"), say("Rows"), metric, say("Low"), say("High")), cells,
                formats=("text", "text", "customers", "score", "score", "score"))  # fmt: skip
    data: JSON = {"series": series, "x": {"format": "date"}, "y": {"label": metric, "format": "number"}, "dots": True}
    cutoffs = facts(record, MEASURE).get("unit") == "cutoff"
    title = say("{label} by cutoff", label=metric) if cutoffs else say("{label} by month", label=metric)
    text = say("Dots are scores with their 95% intervals; a model whose line gets worse to the right is ageing.")
    return Chart("line", title, text, data, grid)
