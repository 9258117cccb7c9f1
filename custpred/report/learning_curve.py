"""Learning curve: the score by training rows, and the gain from doubling them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Chart, Grid, Prose
from custpred.report._reading import inside, interval, label
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


class LearningCurve(Section):
    """The score of a cheap model of parts of the training rows, on the same held-out rows."""

    title = "Would more data help?"
    order = 64
    readers = frozenset({"analyst", "operations"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the gain from doubling the rows, with its interval, and the curve."""
        say = Text.of(record)
        points = record.learning.get("points")
        if not points:
            few = "There were too few rows, or too little time, for fits to parts of them."
            return [Absent(say.message(record.learning.get("reason") or few))]
        says, so = _sentences(record, say)
        return [Prose(says, "says"), *([Prose(so, "so")] if so else []), _picture(record, points, say)]


def _sentences(record: Record, say: Text) -> tuple[str, str]:
    """Return the gain from doubling the rows, and advice; no advice if the gain is unknown."""
    own = record.learning
    value, low, high = own["doubled"]
    first, last = (own["points"][place]["rows"] for place in (-2, -1))
    words = {
        "first": say.count(first),
        "last": say.count(last, "training row"),
        "change": say.score(abs(value)) if finite(value) else "",
        "interval": interval(say, low, high),
        "label": inside(label(record, record.metric)),
        "name": own["model"],
    }
    if not finite(low) or not finite(high):
        return say("What twice as many rows bring could not be measured."), ""
    if low > 0:
        text = "From {first} to {last}, the {label} of {name} gets better by {change} (95% interval {interval})."
        return say(text, **words), say("More customers of this kind should help further.")
    if high < 0:
        text = "From {first} to {last}, the {label} of {name} gets worse by {change} (95% interval {interval})."
        return say(text, **words), say("More rows do not help here: look for rows of another time or kind among them.")
    text = "From {first} to {last}, the {label} of {name} changes within chance (95% interval {interval})."
    advice = "More rows like these are not shown to help; columns with new information may."
    return say(text, **words), say(advice)


def _picture(record: Record, points: Sequence[JSON], say: Text) -> Chart:
    named = label(record, record.metric)
    keys = ("rows", "score", "low", "high")
    columns = {key: [point[key] for point in points] for key in keys}
    series = {"name": "", "x": columns["rows"], "y": columns["score"], "low": columns["low"], "high": columns["high"]}
    data: JSON = {
        "series": [{**series, "style": "main"}],
        "x": {"label": say("Training rows"), "format": "count", "low": 0.0},
        "y": {"label": named, "format": "score"},
        "dots": True,
    }
    rows = tuple(tuple(point[key] for key in keys) for point in points)
    heads = (say("Training rows"), named, say("Low"), say("High"))
    title = say("{label} of {name} by training rows, out of fold", label=named, name=record.learning["model"])
    text = say("Every point is scored on the same {n}; the last is the model of the leaderboard.", n=_held(record, say))
    return Chart("line", title, text, data, Grid(heads, rows, formats=("count", "score", "score", "score")))


def _held(record: Record, say: Text) -> str:
    return say.count(record.learning.get("held"), "held-out row")
