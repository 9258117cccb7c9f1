"""Distributions: counts by bin with the rate of the target above them, or classes side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from custpred.report._axes import HEIGHT, PADDING, Drawing, band, interval, names, path
from custpred.report._svg import Scale, below, element, joined, share, short, stretched, titles, width, y_axis
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._text import Text
    from custpred.storage.plain import JSON

SMALL_HEIGHT, SMALL_PADDING = 150, (8, 6, 20, 36)
ROOM, CUT, EDGE = 30, 11, 0.03
"""Characters below a small chart, of one name; width to its right, as a share of the plot's."""
MANY = 10
"""With this many ordered bins or more, a band is easier to read than whiskers."""
SQUEEZES = 4
"""A bin with more than this multiple of the next one is cut, with its number above it."""
UPPER = 0.56
"""Share of the plot's height reserved for the rate, above the counts."""


def histogram(data: JSON, say: Text) -> Drawing:
    """Draw counts by bin; with ``rate`` the target's rate above them.

    ``labels`` and ``counts`` of the bins; ``rate``, ``low``, ``high`` and ``base`` (the rate of
    all); or ``classes`` {name: counts} to compare distributions; ``small`` for small multiples.
    """
    step = 1 / max(len(data["labels"]), 1)
    if data.get("classes"):
        body = _classes(data["classes"], step)
    else:
        cut = _cut(data) if not data.get("rate") and not data.get("small") else None
        body = _counts(data["counts"], step, 0.34 if data.get("rate") else 0.96, cut)
        body += _over(data["counts"], step, cut, say)
    rate = _rate(data, step, say) if data.get("rate") else _count_axis(data, say)
    label = data.get("x", {}).get("label", "")
    below = _ends(data["labels"]) if data.get("small") else names(data["labels"], step)
    height, padding = (SMALL_HEIGHT, _room(data, say)) if data.get("small") else (HEIGHT, PADDING)
    return body + rate + below + titles(label, ""), height, padding


def _room(data: JSON, say: Text) -> tuple[int, int, int, int]:
    """Return the padding of a small chart, on the left as wide as the numbers of its axis."""
    form, ticks = data.get("format", "percent"), _rates(data)[1] if data.get("rate") else []
    longest = max((len(say.cell(tick, form)) for tick in ticks), default=0)
    top, right, bottom, left = SMALL_PADDING
    return top, right, bottom, max(left, 7 * longest + 6)


def unnamed(labels: Sequence[object]) -> bool:
    """Return whether the names do not all fit below a small chart."""
    return sum(len(str(label)) + 2 for label in labels) > ROOM or any(len(str(label)) > CUT for label in labels)


def _count_axis(data: JSON, say: Text) -> Markup:
    """Return the axis of counts, if nothing is drawn above them."""
    if data.get("small") or data.get("classes"):
        return Markup("")
    top = _cut(data) or max([c for c in data["counts"] if finite(c)], default=0) or 1
    return y_axis(Scale(0.0, top / 0.96), "count", say)


def _cut(data: JSON) -> float | None:
    """Return the end of the axis of counts if one bin would flatten all others, else None."""
    counts = sorted(c for c in data["counts"] if finite(c))
    return 1.5 * counts[-2] if len(counts) > 3 and counts[-1] > SQUEEZES * counts[-2] > 0 else None


def _over(counts: Sequence[float], step: float, cut: float | None, say: Text) -> Markup:
    """Write the number of a bin that is higher than the axis."""
    if cut is None:
        return Markup("")
    place = max(range(len(counts)), key=lambda i: counts[i] if finite(counts[i]) else 0)
    x = (place + 0.5) * step
    side = "" if x < 0.2 else "e" if x > 0.8 else "m"
    text = f"\N{BLACK UP-POINTING TRIANGLE} {say.count(counts[place])}"
    return element("text", text, x=share(place * step if not side else x), y=0, dy="-.4em", class_=f"{side} b")


def _ends(labels: Sequence[object]) -> Markup:
    """Name the first and the last bin, or all if they are few and short."""
    if sum(len(str(label)) + 2 for label in labels) <= ROOM:
        step = 1 / max(len(labels), 1)
        places = (((i + 0.5) * step, short(label, CUT)) for i, label in enumerate(labels))
        return below(places, ROOM, EDGE, last=True)
    whole = [str(label) for label in (labels[0], labels[-1])]
    first, last = (
        short(each, max(ROOM / 2, ROOM - width(other))) for each, other in zip(whole, whole[::-1], strict=True)
    )
    left = element("text", first, x=0, y="100%", dy="1.35em")
    return left + element("text", last, x="100%", y="100%", dy="1.35em", class_="e") if len(labels) > 1 else left


def _counts(counts: Sequence[float], step: float, room: float, cut: float | None = None) -> Markup:
    top = cut or max([c for c in counts if finite(c)], default=0) or 1
    tall = [min(room * c / top, 1.0) if finite(c) else 0.0 for c in counts]
    gap = 0.06 * step
    boxes = (
        {"x": share(i * step + gap), "width": share(step - 2 * gap), "y": share(1 - h)} for i, h in enumerate(tall)
    )
    return joined(element("rect", **box, height=share(h), class_="n") for box, h in zip(boxes, tall, strict=True))


def _classes(classes: dict[str, Sequence[float]], step: float) -> Markup:
    """Draw shares within each class, so that a small class is visible next to a large one."""
    shares = [[count / (sum(counts) or 1) for count in counts] for counts in classes.values()]
    top = max((max(each, default=0) for each in shares), default=0) or 1
    parts = []
    for place, each in enumerate(shares):
        points = [(i + side, value / top) for i, value in enumerate(each) for side in (0, 1)]
        path = " ".join(f"{round(1000 * step * x)},{round(1000 * (1 - 0.96 * y))}" for x, y in points)
        closed = f"0,1000 {path} 1000,1000"
        parts.append(element("polygon", points=closed, class_=f"c{min(place, 4)}"))
    return stretched(joined(parts))


def _rates(data: JSON) -> tuple[Scale, list[float]]:
    """Return the axis of the rate, with round numbers at both ends, and its ticks."""
    every = [v for key in ("rate", "low", "high") for v in data.get(key) or ()]
    percent = data.get("format", "percent") == "percent"
    return Scale.over([*every, data.get("base")], 0.0 if percent else None).rounded()


def _rate(data: JSON, step: float, say: Text) -> Markup:
    """Draw the target's rate in the upper part of the plot, with its own axis."""
    base, form, rate = data.get("base"), data.get("format", "percent"), data["rate"]
    own, ticks = _rates(data)
    up = Scale(own.low - (own.high - own.low) / UPPER * (1 - UPPER), own.high)
    parts = [
        element("text", say.cell(tick, form), x=-5, y=share(1 - up(tick)), dy=".32em", class_="e") for tick in ticks
    ]
    if finite(base):
        y = share(1 - up(base))
        parts.append(element("line", x1=0, x2="100%", y1=y, y2=y, class_="k"))
    ordered = data.get("joined", len(rate))
    line = {"x": [(i + 0.5) * step for i in range(ordered)], "y": rate[:ordered]}
    ends = {end: (data.get(end) or [])[:ordered] for end in ("low", "high")} if ordered >= MANY else {}
    across = Scale(0.0, 1.0)
    parts.append(stretched(band({**line, **ends}, across, up) + path(line, across, up)))
    alone = (i for i in range(len(rate)) if i >= ordered or ordered < MANY or _isolated(rate[:ordered], i))
    return joined([*parts, *(_point(data, i, step, up) for i in alone if finite(rate[i]))])


def _isolated(rate: Sequence[float], i: int) -> bool:
    """Return whether the bins next to a bin are hidden, so that no line shows its rate."""
    return not any(finite(value) for value in (*rate[max(i - 1, 0) : i], *rate[i + 1 : i + 2]))


def _point(data: JSON, i: int, step: float, up: Scale) -> Markup:
    dot = element("circle", cx=share((i + 0.5) * step), cy=share(1 - up(data["rate"][i])), r=3, class_="d")
    return interval(data, i, step, up) + dot
