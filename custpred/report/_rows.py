"""Charts with one line per name: horizontal bars, dots with intervals, heat grid and funnel.

Names are above their bars, so that long and Korean names fit on a phone.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from markupsafe import Markup

from custpred.report._svg import PHONE, WIDE, Scale, days, element, facing, fitting, joined, share, short, side, width
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._axes import Drawing
    from custpred.report._text import Text
    from custpred.storage.plain import JSON

STEP, MORE, PADDING = 38, 17, (4, 2, 4, 2)
AXIS, AIR = 22, 8
BOX, FLOW = 46, 64


def bars(data: JSON, say: Text) -> Drawing:
    """Draw bars: ``labels``, ``values``, ``low``, ``high``, ``notes``, ``faint``, ``reference``.

    ``brief``: shorter notes, for long names on a phone; ``second``: names for a line of their own.
    """
    values = data["values"]
    reference = data.get("reference")
    more = [reference["value"]] if reference else []
    scale = Scale.over([0.0, *values, *(data.get("high") or ()), *(data.get("low") or ()), *more], high=data.get("top"))
    lines = [_line(i, data, scale, say, "bar") for i in range(len(values))]
    height = _step(data) * len(values)
    marks = _reference(reference, scale, height) if reference else Markup("")
    return marks + joined(lines), height + AIR + (AXIS if reference else 4), PADDING


def dots(data: JSON, say: Text) -> Drawing:
    """Draw dots with intervals: the same keys as bars; the axis need not start at 0."""
    reference = data.get("reference")
    more = [reference["value"]] if reference else []
    every = [*data["values"], *(data.get("low") or ()), *(data.get("high") or ()), *more]
    scale = Scale.over(every).wider()
    height = STEP * len(data["values"])
    marks = _reference(reference, scale, height) if reference else Markup("")
    ticks = [] if reference else next((found for n in (4, 5, 6) if len(found := scale.ticks(n)) > 1), scale.ticks(4))
    axis = joined(
        element("text", say.cell(t, data.get("format", "")), x=share(scale(t)), y=height + 15, class_=side(scale(t)))
        for t in ticks
    )
    lines = joined(_line(i, data, scale, say, "dot") for i in range(len(data["values"])))
    return marks + lines + axis, height + AXIS + AIR, PADDING


def _reference(reference: JSON, scale: Scale, height: int) -> Markup:
    x = scale(reference["value"])
    anchor = "e" if x > 0.6 else "" if x < 0.4 else "m"
    drawn = element("line", x1=share(x), x2=share(x), y1=0, y2=height, class_="k")
    return drawn + element("text", short(reference["label"], 44), x=share(x), y=height + 15, class_=anchor)


def _step(data: JSON) -> int:
    """Return the height of one bar with its names."""
    return STEP + MORE if data.get("second") else STEP


def _line(i: int, data: JSON, scale: Scale, say: Text, mark: str) -> Markup:
    """Draw one name, its number on the right, and its bar or dot below."""
    value, top = data["values"][i], _step(data) * i
    faint = " faint" if (data.get("faint") or {i: False})[i] else ""
    notes = data.get("notes") or []
    number = notes[i] if i < len(notes) else say.cell(value, data.get("format", ""))
    brief = (data.get("brief") or {i: ""})[i]
    parts = facing(data["labels"][i], number, top + 14, (f"t{faint}", "e v"), brief=brief)
    if data.get("second"):
        top += MORE
        parts += fitting([short(data["second"][i], places) for places in (PHONE, WIDE)], "t", x=0, y=top + 14)
    if finite(value):
        parts += _bar(value, scale, top, faint) if mark == "bar" else _dot(value, scale, top, faint)
        parts.append(_span(data, i, scale, top, mark))
    return joined(parts)


def _bar(value: float, scale: Scale, top: int, faint: str) -> list[Markup]:
    left, right = sorted((scale(0.0), scale(value)))
    track = element("rect", x=0, width="100%", y=top + 21, height=8, class_="track")
    side = " neg" if value < 0 else ""
    box = {"x": share(left), "width": share(max(right - left, 0.002)), "y": top + 21, "height": 8}
    return [track, element("rect", **box, class_=f"a{faint}{side}")]


def _dot(value: float, scale: Scale, top: int, faint: str) -> list[Markup]:
    rail = element("line", x1=0, x2="100%", y1=top + 25, y2=top + 25, class_="g")
    return [rail, element("circle", cx=share(scale(value)), cy=top + 25, r=5, class_=f"d{faint}")]


def _span(data: JSON, i: int, scale: Scale, top: int, mark: str) -> Markup:
    low, high = data.get("low") or [], data.get("high") or []
    if i >= len(low) or not finite(low[i]) or not finite(high[i]):
        return Markup("")
    kind = "w" if mark == "bar" else "w wide"
    return element("line", x1=share(scale(low[i])), x2=share(scale(high[i])), y1=top + 25, y2=top + 25, class_=kind)


def heat(data: JSON, say: Text) -> Drawing:
    """Draw a grid of numbers, darker if larger: names of ``rows``, ``columns``; ``values`` by row.

    ``notes``, by row, replace the numbers.
    """
    rows, columns, form = data["rows"], data["columns"], data.get("format", "")
    notes = data.get("notes") or [[say.cell(value, form) for value in row] for row in data["values"]]
    step, head = 1 / max(len(columns), 1), 22
    names = [
        element("text", short(name, max(40 // len(columns), 5)), x=share((j + 0.5) * step), y=14, class_="m")
        for j, name in enumerate(columns)
    ]
    most = max((v for row in data["values"] for v in row if finite(v)), default=0) or 1
    lines = [_cells(name, data["values"][i], head + 48 * i, most) for i, name in enumerate(rows)]
    numbers = [
        element("text", short(note, 24), x=share((j + 0.5) * step), y=head + 48 * i + 36, class_="m t")
        for i, row in enumerate(notes)
        for j, note in enumerate(row)
    ]
    return joined([*names, *lines, *numbers]), head + 48 * len(rows) + 6 + AIR, PADDING


def _cells(name: object, row: Sequence[float], top: int, most: float) -> Markup:
    step = 1 / max(len(row), 1)
    boxes = (
        element(
            "rect",
            x=share(j * step + 0.004),
            width=share(step - 0.008),
            y=top + 20,
            height=25,
            class_="h",
            fill_opacity=round(0.06 + 0.34 * (value / most if finite(value) else 0), 2),
        )
        for j, value in enumerate(row)
    )
    return element("text", short(name, 44), x=0, y=top + 14) + joined(boxes)


def funnel(data: JSON, say: Text) -> Drawing:
    """Draw a funnel: ``labels`` and ``values``, the first of which is the total."""
    values = [v if finite(v) else 0.0 for v in data["values"]]
    whole = max([*values, 0.0]) or 1.0
    parts = []
    for i, value in enumerate(values):
        wide = max(value / whole, 0.002)
        box = {"x": share(0.5 - wide / 2), "width": share(wide), "y": STEP * i + 20, "height": 12}
        number = f"{say.cell(value, data.get('format', 'count'))} · {say.percent(value / whole)}"
        parts += [*facing(data["labels"][i], number, STEP * i + 14, (None, "e v")), element("rect", **box, class_="a")]
    return joined(parts), STEP * len(values) + 4 + AIR, PADDING


def flow(data: JSON, say: Text) -> Drawing:
    """Draw boxes in a column, joined by arrows: ``labels``, ``notes`` on the right, ``details``."""
    parts = []
    for i, (name, note, detail) in enumerate(zip(data["labels"], data["notes"], data["details"], strict=True)):
        top = FLOW * i
        if i:
            parts.append(element("text", "\N{DOWNWARDS ARROW}", x="50%", y=top - 4, class_="m"))
        parts += [
            element("rect", x=0, y=top, width="100%", height=BOX, rx=5, class_="box"),
            *facing(name, note, top + 18, ("t", "e"), inset=10),
            *fitting([_clauses(detail, PHONE), short(detail, WIDE)], None, x=10, y=top + 36),
        ]
    return joined(parts), FLOW * len(data["labels"]) - (FLOW - BOX) + AIR, PADDING


def _clauses(text: str, limit: float) -> str:
    """Return as many clauses of a text as fit, at least one."""
    first, *others = text.split(", ")
    kept = [first]
    for each in others:
        if width(", ".join([*kept, each])) > limit:
            break
        kept.append(each)
    return short(", ".join(kept), limit)


def timeline(data: JSON, say: Text) -> Drawing:
    """Draw spans of days, a line per name: ``labels``, ``notes``, ``spans``, names of ``classes``.

    A span is (class, from, to), days as proleptic numbers.
    """
    ends = [day for line in data["spans"] for _, *pair in line for day in pair]
    scale, height = Scale.over(ends), STEP * len(data["labels"])
    parts = [
        element("line", x1=share(scale(day)), x2=share(scale(day)), y1=0, y2=height, class_="g")
        for day, _ in days(scale)
    ]
    for i, (name, note, line) in enumerate(zip(data["labels"], data["notes"], data["spans"], strict=True)):
        top = STEP * i
        parts += facing(name, note, top + 14, ("b", "e b"))
        for kind, begin, finish in line:
            left, wide = scale(begin), max(scale(finish) - scale(begin), 0.004)
            parts.append(element("rect", x=share(left), width=share(wide), y=top + 20, height=12, class_=f"c{kind}"))
    axis = joined(
        element("text", text, x=share(scale(day)), y=height + 15, class_=side(scale(day))) for day, text in days(scale)
    )
    return joined(parts) + axis, height + AXIS + AIR, PADDING


def waterfall(data: JSON, say: Text) -> Drawing:
    """Draw ``parts`` one after another from ``start`` to ``answer``, with ``labels``, ``notes``."""
    start, *steps, answer = (v if finite(v) else 0.0 for v in (data["start"], *data["parts"], data["answer"]))
    places = [*accumulate(steps, initial=start)]
    scale = Scale.over([*places, answer]).wider()
    parts = []
    for i, (name, note) in enumerate(zip(data["labels"], data["notes"], strict=True)):
        top = STEP * i
        end = i in {0, len(data["labels"]) - 1}
        parts += [
            *facing(name, note, top + 14, ("t", "e v")),
            element("line", x1=0, x2="100%", y1=top + 25, y2=top + 25, class_="g"),
        ]
        if end:
            place = start if i == 0 else answer
            parts.append(element("circle", cx=share(scale(place)), cy=top + 25, r=5, class_="d2"))
        else:
            parts.append(_floating(scale(places[i - 1]), scale(places[i]), top))
    return joined(parts), STEP * len(data["labels"]) + AIR, PADDING


def _floating(begin: float, finish: float, top: int) -> Markup:
    """Draw a bar between two positions, and a line from its end to the row below."""
    left, right = sorted((begin, finish))
    side = " neg" if finish < begin else ""
    box = {"x": share(left), "width": share(max(right - left, 0.004)), "y": top + 20, "height": 10}
    lead = element("line", x1=share(finish), x2=share(finish), y1=top + 20, y2=top + STEP + 20, class_="k")
    return lead + element("rect", **box, class_=f"a{side}")
