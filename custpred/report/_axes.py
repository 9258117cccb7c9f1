"""Charts with two axes: lines with bands, and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from custpred.report._svg import (
    Scale,
    element,
    joined,
    share,
    short,
    stretched,
    thinned,
    titles,
    x_axis,
    y_axis,
)
from custpred.report._text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._text import Text
    from custpred.storage.plain import JSON

HEIGHT, PADDING = 280, (26, 18, 46, 54)
NARROW = 38
"""Letters that fit below a chart on a phone."""
Drawing = tuple[Markup, int, tuple[int, int, int, int]]


def line(data: JSON, say: Text) -> Drawing:
    """Draw lines: ``series`` of {name, x, y, low, high, style}, axes ``x`` and ``y``, ``marks`` of {x, label}.

    ``style`` is ``main``, ``second`` or ``faint``; an axis is {label, format, low, high}; ``dots`` draws each point;
    ``empty`` are pairs of places on x between which nothing was recorded.
    """
    series, x, y = data["series"], data.get("x", {}), data.get("y", {})
    across = Scale.over((v for each in series for v in each["x"]), x.get("low"), x.get("high"))
    every = (v for each in series for key in ("y", "low", "high") for v in each.get(key) or ())
    up = Scale.over(every, y.get("low"), y.get("high"))
    shapes = joined(band(each, across, up) + path(each, across, up) for each in series)
    dots = joined(_points(each, across, up) for each in series if data.get("dots") and each.get("style") != "faint")
    marks = joined(_mark(mark, across) for mark in data.get("marks", ()) if finite(mark["x"]))
    empty = joined(_empty(each, across) for each in data.get("empty", ()))
    frame = empty + y_axis(up, y.get("format", ""), say) + x_axis(across, x.get("format", ""), say)
    return frame + stretched(shapes) + dots + marks + titles(x.get("label", ""), y.get("label", "")), HEIGHT, PADDING


def _empty(ends: Sequence[float], across: Scale) -> Markup:
    """Shade a part of the x axis; a short one stays visible."""
    left, right = across(ends[0]), across(ends[1])
    return element("rect", x=share(left), width=share(max(right - left, 0.006)), y=0, height="100%", class_="n")


def _place(x: float, y: float, across: Scale, up: Scale) -> str:
    return f"{round(1000 * across(x))},{round(1000 * (1 - up(y)))}"


def _runs(each: JSON, *keys: str) -> list[list[int]]:
    """Return the positions of a series in stretches whose values are all known."""
    runs: list[list[int]] = [[]]
    for i in thinned(each["x"]):
        if all(finite(each[key][i]) for key in ("x", *keys)):
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def path(each: JSON, across: Scale, up: Scale) -> Markup:
    """Return the line of a series; it is broken where a value is not known, and a dash where one stands alone."""
    drawn = []
    for run in _runs(each, "y"):
        points = [_place(each["x"][i], each["y"][i], across, up) for i in run]
        x, y = points[0].split(",")
        points = points if len(run) > 1 else [f"{int(x) - 6},{y}", f"{int(x) + 6},{y}"]
        drawn.append(element("polyline", points=" ".join(points), class_=f"l {each.get('style', 'main')}"))
    return joined(drawn)


def band(each: JSON, across: Scale, up: Scale) -> Markup:
    """Return the area between the series' ``low`` and ``high``, broken as its line is."""
    low, high = each.get("low"), each.get("high")
    if not low or not high:
        return Markup("")
    drawn = []
    for run in _runs(each, "y", "low", "high"):
        there = [_place(each["x"][i], high[i], across, up) for i in run]
        back = [_place(each["x"][i], low[i], across, up) for i in reversed(run)]
        drawn.append(element("polygon", points=" ".join(there + back), class_="band"))
    return joined(drawn)


def _points(each: JSON, across: Scale, up: Scale) -> Markup:
    low, high = each.get("low") or [], each.get("high") or []
    parts = []
    for i in thinned(each["x"]):
        x, y = each["x"][i], each["y"][i]
        if finite(x) and finite(y):
            if i < len(low) and finite(low[i]) and finite(high[i]):
                parts.append(_whisker(share(across(x)), up(low[i]), up(high[i])))
            parts.append(element("circle", cx=share(across(x)), cy=share(1 - up(y)), r=4, class_="d"))
    return joined(parts)


def _whisker(x: str, low: float, high: float) -> Markup:
    return element("line", x1=x, x2=x, y1=share(1 - low), y2=share(1 - high), class_="w")


def _mark(mark: JSON, across: Scale) -> Markup:
    x = across(mark["x"])
    line_ = element("line", x1=share(x), x2=share(x), y1=0, y2="100%", class_="k")
    side, shift = ("", 6) if x < 0.6 else ("e", -6)
    text = short(mark["label"], 34)
    return line_ + element("text", text, x=share(x), dx=shift, y=mark.get("y", "4%"), dy=".7em", class_=f"{side} b")


def columns(data: JSON, say: Text) -> Drawing:
    """Draw columns: ``labels``, ``values``, ``low``, ``high``, ``second`` (dots), ``reference`` {value, label}."""
    values, form, y = data["values"], data.get("format", ""), data.get("y", {})
    second, reference = data.get("second") or [], data.get("reference")
    every = [0.0, *values, *(data.get("high") or ()), *(data.get("low") or ()), *second]
    up = Scale.over([*every, reference["value"]] if reference else every, high=y.get("high"))
    step = 1 / max(len(values), 1)
    parts = [y_axis(up, form, say)]
    for i, value in enumerate(values):
        parts.append(_column(i * step, step, value, up))
        parts.append(interval(data, i, step, up))
        if i < len(second) and finite(second[i]):
            parts.append(element("circle", cx=share((i + 0.5) * step), cy=share(1 - up(second[i])), r=4, class_="d2"))
    parts += [names(data["labels"], step, NARROW), _level(reference, up)]
    return joined(parts) + titles(data.get("x", {}).get("label", ""), y.get("label", "")), HEIGHT, PADDING


def _column(left: float, step: float, value: object, up: Scale) -> Markup:
    if not finite(value):
        return Markup("")
    bottom, top = sorted((up(0.0), up(value)))
    box = {"x": share(left + 0.14 * step), "width": share(0.72 * step), "y": share(1 - top)}
    return element("rect", **box, height=share(top - bottom), class_="a col")


def interval(data: JSON, i: int, step: float, up: Scale) -> Markup:
    """Return the whisker of the i-th place."""
    low, high = data.get("low") or [], data.get("high") or []
    if i >= len(low) or not finite(low[i]) or not finite(high[i]):
        return Markup("")
    return _whisker(share((i + 0.5) * step), up(low[i]), up(high[i]))


def names(labels: Sequence[object], step: float, room: int) -> Markup:
    """Return the columns' names, every k-th where all would overlap on a narrow screen."""
    texts = [short(label, 12) for label in labels]
    every = max(1, -(-sum(len(text) + 2 for text in texts) // room))
    shown = [(i, text) for i, text in enumerate(texts) if i % every == 0]
    return joined(
        element("text", text, x=share((i + 0.5) * step), y="100%", dy="1.5em", class_="m") for i, text in shown
    )


def _level(reference: JSON | None, up: Scale) -> Markup:
    if not reference or not finite(reference["value"]):
        return Markup("")
    y = share(1 - up(reference["value"]))
    drawn = element("line", x1=0, x2="100%", y1=y, y2=y, class_="k")
    return drawn + element("text", short(reference["label"], 40), x="100%", y=y, dy="-.5em", class_="e b")
