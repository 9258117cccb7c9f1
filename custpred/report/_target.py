"""The target's distribution, in a sentence and a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid
from custpred.report._columns import named
from custpred.report._sayings import explained
from custpred.report._words import target_name
from custpred.text import finite

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

SKEWED = 1.5
"""Multiple of the median above which few large values dominate the mean."""


def target(record: Record, say: Text) -> list[Block]:
    """Return the distribution of the target: shares of classes, or quantiles of values."""
    if record.data.shares:
        return _classes(record, say)
    return _values(record, say) if record.data.target else []


def _classes(record: Record, say: Text) -> list[Block]:
    shares = dict(list(record.data.shares.items())[:20])
    rare, part = min(shares.items(), key=lambda item: item[1])
    data = {"labels": list(shares), "values": list(shares.values()), "format": "percent", "top": 1.0}
    if record.task.kind == "binary":
        data["faint"] = [name != record.task.positive for name in shares]
    grid = Grid((say("Class"), say("Share")), tuple(shares.items()), formats=("text", "percent"))
    text = say("'{label}' is the rarest class with {share} of customers.", label=rare, share=say.percent(part))
    common, most = max(shares.items(), key=lambda item: item[1])
    words = {"label": common, "share": say.percent(most)}
    so = say("Always predicting '{label}' would be right for {share}: a model has to beat that.", **words)
    title = say("Values of '{target}'", target=target_name(record, say))
    chart = Chart("bars", title, say("Shares of all customers."), data, grid)
    return explained(chart, [text, so])


def _values(record: Record, say: Text) -> list[Block]:
    """Return a numeric target by its quantiles."""
    own = record.data.target
    named = (("q05", "5%"), ("q25", "25%"), ("q50", "50%"), ("q75", "75%"), ("q95", "95%"), ("q99", "99%"))
    known = [(name, own[key]) for key, name in named if finite(own.get(key))]
    if not known:
        return []
    low, middle, high = own.get("q25"), own.get("q50"), own.get("q75")
    words = {"low": say.number(low), "middle": say.number(middle), "high": say.number(high)}
    text = say("Half of the customers lie between {low} and {high}; the middle one has {middle}.", **words)
    if finite(own.get("share_zero")) and own["share_zero"] > 0.05:
        text += " " + say("{share} have exactly 0.", share=say.percent(own["share_zero"]))
    return explained(_spread(record, say) or _quantiles(record, known, say), [text, _mean(own, say)])


def _mean(own: JSON, say: Text) -> str:
    """Return whether few large values dominate the mean, and advice."""
    mean, middle = own.get("mean"), own.get("q50")
    if not finite(mean) or not finite(middle):
        return say("Errors are in this unit: compare them with half of the customers' range.")
    words = {"mean": say.number(mean), "middle": say.number(middle)}
    if mean > SKEWED * middle:
        return say("A few large values pull the mean up to {mean}: read the median error as well as the mean.", **words)
    return say("The mean ({mean}) is near the middle: one error fits most customers.", **words)


def _spread(record: Record, say: Text) -> Chart | None:
    """Return the target's histogram, if the profile has one."""
    bins = record.profile.get("imbalance", {}).get("histogram") or []
    if len(bins) < 2:
        return None
    names, counts = [named(each, say) for each in bins], [each.get("rows") or 0 for each in bins]
    data = {"labels": names, "counts": counts, "x": {"label": target_name(record, say)}}
    grid = Grid((say("Value"), say("Customers")), tuple(zip(names, counts, strict=True)), formats=("text", "customers"))
    title = say("How many customers have which '{target}'", target=target_name(record, say))
    return Chart("histogram", title, say("Grey bars: how many customers have these values."), data, grid)


def _quantiles(record: Record, known: list[tuple[str, float]], say: Text) -> Chart:
    data = {"labels": [name for name, _ in known], "values": [value for _, value in known], "format": "number"}
    grid = Grid((say("Share of customers at or below"), say("Value")), tuple(known))
    title = say("'{target}' by share of customers", target=target_name(record, say))
    return Chart("bars", title, say("Each bar: the share of customers with this value or less."), data, grid)
