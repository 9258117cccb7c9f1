"""The percentages before and after the calibration, out of fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid, Heading, Prose
from custpred.report._reading import column, facts, rows
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON


def recalibrated(record: Record, say: Text) -> list[Block]:
    """Return both reliability curves and the calibration's gain; or why there is none."""
    own = facts(record, "calibrated")
    if not finite(own.get("ece_before")):
        return []
    head = Heading(say("Before and after calibration"))
    if own["ece_before"] == own["ece_after"] and not own["gain"]:
        text = say("No calibration was applied: out of fold the percentages are off by {ece} points on average.",
                   ece=_points(own["ece_before"], say))  # fmt: skip
        return [head, Prose(text, "says")]
    words = {name: _points(own[name], say) for name in ("ece_before", "ece_after")}
    words |= {name: say.score(own[name]) for name in ("log_loss_before", "log_loss_after")}
    text = say(
        "Out of fold the percentages were off by {ece_before} points on average before the calibration ({kind}) and are"
        " off by {ece_after} after it; the log loss was {log_loss_before} and is {log_loss_after}.",
        kind=own["kind"],
        **words,
    )
    return [head, Prose(text, "says"), Prose(_benefit(own, say), "so"), _picture(record, say)]


def _points(share: float, say: Text) -> str:
    return say.decimal(100 * share)


def _benefit(own: JSON, say: Text) -> str:
    """Return whether the calibration helps beyond chance."""
    if own["gain_low"] > 0:
        return say("The calibration helps beyond chance: keep it.")
    if own["gain_high"] < 0:
        return say("The calibration makes the log loss worse beyond chance: write calibrate: none.")
    return say("The difference is within chance: the percentages would be about as good without it.")


def _picture(record: Record, say: Text) -> Chart:
    series: list[JSON] = []
    lines: list[tuple[object, ...]] = []
    for when, name, style in (("before", say("Before"), "second"), ("after", say("After"), "main")):
        every = rows(record, "calibrated", when=when)
        ends: JSON = {end: column(every, end) for end in ("low", "high") if when == "after"}
        axes = {"x": column(every, "predicted"), "y": column(every, "actual")}
        series.append({"name": name, "style": style, **axes, **ends})
        keys = ("predicted", "actual", "low", "high", "customers")
        lines += [(name, *(row[key] for key in keys)) for row in every]
    top = min(1.0, 1.05 * max(v for each in series for key in ("x", "y") for v in each[key]))
    diagonal = {"name": say("If every percentage came true"), "x": [0.0, top], "y": [0.0, top], "style": "faint"}
    axis = {"format": "percent", "low": 0.0, "high": top}
    across, up = {**axis, "label": say("What the model predicted")}, {**axis, "label": say("What happened")}
    data: JSON = {"series": [*series, diagonal], "x": across, "y": up}
    heads = tuple(say(name) for name in ("When", "Predicted", "What happened", "Low", "High", "Customers"))
    grid = Grid(heads, tuple(lines), formats=("text", *("percent",) * 4, "customers"))
    text = say("Nearer to the dotted line is better; the band is the 95% interval after the calibration.")
    return Chart("line", say("Reliability before and after calibration, out of fold"), text, data, grid)
