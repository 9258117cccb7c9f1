"""Rendering of a chart block: inline SVG with title, description and legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report import _axes, _histogram, _rows
from custpred.report._svg import element, joined
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

    from custpred.report._axes import Drawing
    from custpred.report._blocks import Chart
    from custpred.report._text import Text
    from custpred.storage.plain import JSON

_DRAW = {
    "line": _axes.line,
    "histogram": _histogram.histogram,
    "dots": _rows.dots,
    "heat": _rows.heat,
    "funnel": _rows.funnel,
    "flow": _rows.flow,
    "waterfall": _rows.waterfall,
    "timeline": _rows.timeline,
}


def draw(chart: Chart, say: Text, anchor: str) -> Markup:
    """Return the chart as ``<svg>`` with ``<title>`` and ``<desc>``.

    Parameters
    ----------
    chart
        Chart block.
    say
        Formats numbers.
    anchor
        Unique id on the page.
    """
    body, height, padding = drawing(chart)(chart.data, say)
    top, right, bottom, left = padding
    titles = element("title", plain(chart.title), id=f"{anchor}t")
    titles += element("desc", plain(chart.description, 600) or plain(chart.title), id=f"{anchor}d")
    return element(
        "svg",
        titles + body,
        class_=f"chart {chart.kind}",
        role="img",
        aria_labelledby=f"{anchor}t {anchor}d",
        style=f"height:{height}px;padding:{top}px {right}px {bottom}px {left}px",
    )


def drawing(chart: Chart) -> Callable[[JSON, Text], Drawing]:
    """Return the function that draws a chart's data."""
    upright = chart.kind == "bars" and chart.data.get("direction") == "up"
    return _axes.columns if upright else _DRAW.get(chart.kind, _rows.bars)


def key(chart: Chart) -> Markup:
    """Return the legend of lines and classes, which differ by pattern as well as by colour."""
    return joined(element("li", plain(name, 60), class_=f"k-{style}") for name, style in entries(chart.data))


def entries(data: JSON) -> list[tuple[str, str]]:
    """Return name and style of the lines or classes in the legend."""
    if "series" in data:
        return [(each["name"], each.get("style", "main")) for each in data["series"] if each.get("name")]
    if data.get("classes"):
        return [(name, f"c{min(place, 4)}") for place, name in enumerate(data["classes"])]
    return list(zip(data.get("names", ()), ("bar", "dot"), strict=False))
