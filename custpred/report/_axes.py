"""Charts with two axes: lines with bands, and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from custpred.report._svg import (
    MARGIN,
    NARROW,
    Scale,
    below,
    element,
    joined,
    room,
    share,
    short,
    stretched,
    thinned,
    titles,
    width,
    x_axis,
    y_axis,
)
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.report._text import Text
    from custpred.storage.plain import JSON

HEIGHT, PADDING = 280, (26, 18, 46, 54)
Drawing = tuple[Markup, int, tuple[int, int, int, int]]


def line(data: JSON, say: Text) -> Drawing:
    """Draw lines: ``series`` of {name, x, y, low, high, style}, axes, ``marks`` of {x, label}.

    ``style`` is ``main``, ``second`` or ``faint``; an axis is {label, format, low, high}; ``dots``
    draws each point; ``empty`` are pairs of places on x between which nothing was recorded.
    """
    series, x, y = data["series"], data.get("x", {}), data.get("y", {})
    places = [v for each in series if each.get("style") != "faint" for v in each["x"]] if x.get("robust") else ()
    across = Scale.over((v for each in series for v in each["x"]), x.get("low"), x.get("high"))
    across, aside = (
        (Scale.robust(places), _aside(series, Scale.robust(places), say)) if places else (across, Markup(""))
    )
    series = [_within(each, across) for each in series] if places else series
    every = (v for each in series for key in ("y", "low", "high") for v in each.get(key) or ())
    up = (Scale.robust if y.get("robust") else Scale.over)(every, y.get("low"), y.get("high"))
    bands = () if data.get("dots") else series  # dots have whiskers
    shapes = joined(band(each, across, up) for each in bands) + joined(path(each, across, up) for each in series)
    dots = joined(_points(each, across, up) for each in series if data.get("dots") and each.get("style") != "faint")
    marks = joined(_mark(mark, across) for mark in data.get("marks", ()) if finite(mark["x"]))
    marks += joined(_beyond(each, across, up, say.cell) for each in series) if y.get("robust") else ""
    empty = joined(_empty(each, across) for each in data.get("empty", ()))
    frame = empty + y_axis(up, y.get("format", ""), say) + x_axis(across, x.get("format", ""), say)
    drawn = frame + stretched(shapes) + dots + marks + aside + titles(x.get("label", ""), y.get("label", ""))
    return drawn, HEIGHT, _padded(up, y.get("format", ""), say)


def _padded(up: Scale, form: str, say: Text) -> tuple[int, int, int, int]:
    return (*PADDING[:3], room(up, form, say, PADDING[3]))


def _within(each: JSON, across: Scale) -> JSON:
    """Return a series without points beyond the x axis; a line of two points ends at the axis."""
    if each.get("style") == "faint":
        (x, end), (y, top) = each["x"], each["y"]
        kept = min(end, across.high)
        return {**each, "x": [x, kept], "y": [y, y + (top - y) * (kept - x) / ((end - x) or 1.0)]}
    kept = [i for i, value in enumerate(each["x"]) if finite(value) and not across.beyond(value)]
    return {**each, **{key: [each[key][i] for i in kept] for key in ("x", "y", "low", "high") if each.get(key)}}


def _aside(series: Sequence[JSON], across: Scale, say: Text) -> Markup:
    """Write the points beyond the x axis at its end: x, then y."""
    own = [pair for each in series if each.get("style") != "faint" for pair in zip(each["x"], each["y"], strict=True)]
    points = [(x, y) for x, y in own if finite(x) and finite(y) and across.beyond(x)]
    texts = [f"▶ {say.number(x)}: {say.number(y)}" for x, y in points[:3]]
    return joined(
        element("text", text, x="100%", y=0, dy=f"{1.3 * i - 0.6:.1f}em", class_="e b") for i, text in enumerate(texts)
    )


def _beyond(each: JSON, across: Scale, up: Scale, write: Callable[[object], str]) -> Markup:
    """Write the numbers of up to three points outside the axis at its edge."""
    out = [i for i, value in enumerate(each["y"]) if finite(value) and up.beyond(value)]
    parts = []
    for i in out[:3]:
        high = each["y"][i] > up.high
        text = f"{'▲' if high else '▼'} {write(each['y'][i])}"
        anchor = "e" if across(each["x"][i]) > 0.8 else "" if across(each["x"][i]) < 0.2 else "m"
        parts.append(element("text", text, x=share(across(each["x"][i])), y="0%" if high else "100%",
                             dy="-.3em", class_=f"{anchor} b"))  # fmt: skip
    return joined(parts)


def _empty(ends: Sequence[float], across: Scale) -> Markup:
    """Shade a part of the x axis; a short one stays visible."""
    left, right = across(ends[0]), across(ends[1])
    return element("rect", x=share(left), width=share(max(right - left, 0.006)), y=0, height="100%", class_="n")


def _place(x: float, y: float, across: Scale, up: Scale) -> str:
    return f"{round(1000 * across(x))},{round(1000 * (1 - up(y)))}"


def _runs(each: JSON, *keys: str) -> list[list[int]]:
    """Return the positions of a series in runs without missing values."""
    runs: list[list[int]] = [[]]
    for i in thinned(each["x"]):
        if all(finite(each[key][i]) for key in ("x", *keys)):
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def path(each: JSON, across: Scale, up: Scale) -> Markup:
    """Return the line of a series, broken at missing values; an isolated value is a dash."""
    drawn = []
    for run in _runs(each, "y"):
        points = [_place(each["x"][i], each["y"][i], across, up) for i in run]
        x, y = points[0].split(",")
        points = points if len(run) > 1 else [f"{int(x) - 6},{y}", f"{int(x) + 6},{y}"]
        drawn.append(element("polyline", points=" ".join(points), class_=f"l {each.get('style', 'main')}"))
    return joined(drawn)


def band(each: JSON, across: Scale, up: Scale) -> Markup:
    """Return the area between the series' ``low`` and ``high``, broken like its line."""
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
    anchor, shift = ("", 6) if x < 0.6 else ("e", -6)
    text = short(mark["label"], 34)
    return line_ + element("text", text, x=share(x), dx=shift, y=mark.get("y", "4%"), dy=".7em", class_=f"{anchor} b")


def columns(data: JSON, say: Text) -> Drawing:
    """Draw columns: ``labels``, ``values``, ``low``, ``high``, ``second`` (dots), ``reference``."""
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
    parts += [names(data["labels"], step), _level(reference, up)]
    drawn = joined(parts) + titles(data.get("x", {}).get("label", ""), y.get("label", ""))
    return drawn, HEIGHT, _padded(up, form, say)


def _column(left: float, step: float, value: object, up: Scale) -> Markup:
    if not finite(value):
        return Markup("")
    bottom, top = sorted((up(0.0), up(value)))
    box = {"x": share(left + 0.14 * step), "width": share(0.72 * step), "y": share(1 - top)}
    return element("rect", **box, height=share(top - bottom), class_="a col")


def interval(data: JSON, i: int, step: float, up: Scale) -> Markup:
    """Return the i-th whisker."""
    low, high = data.get("low") or [], data.get("high") or []
    if i >= len(low) or not finite(low[i]) or not finite(high[i]):
        return Markup("")
    return _whisker(share((i + 0.5) * step), up(low[i]), up(high[i]))


def names(labels: Sequence[object], step: float, room: int = NARROW, limit: int = 14, margin: float = MARGIN) -> Markup:
    """Return the columns' names, every k-th if all would overlap on a narrow screen."""
    texts = [short(label, limit) for label in labels]
    every = max(1, -(-sum(width(text) + 2 for text in texts) // room))
    return below((((i + 0.5) * step, text) for i, text in enumerate(texts) if i % every == 0), room, margin)


def _level(reference: JSON | None, up: Scale) -> Markup:
    if not reference or not finite(reference["value"]):
        return Markup("")
    y = share(1 - up(reference["value"]))
    drawn = element("line", x1=0, x2="100%", y1=y, y2=y, class_="k")
    return drawn + element("text", short(reference["label"], 40), x="100%", y=y, dy="-.5em", class_="e b")
