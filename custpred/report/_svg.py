"""Scales, ticks and elements of SVG charts.

The plot area is the whole content box: positions are percentages, margins are CSS padding, so that
a chart fills its column while its text keeps its size.  Lines are in a stretched inner ``<svg>``.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Self

from markupsafe import Markup, escape

from custpred.text import finite, plain, unsigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from custpred.report._text import Text

MOST_POINTS = 64
PHONE, NARROW, WIDE = 42, 38, 56
"""Half-width characters on a line: of a phone, below a plot there, of half a wide page."""
MARGIN = 0.075
"""Width to the right of the plot area on a phone, as a share of the area's."""
_WIDTHS = dict.fromkeys("ijl'|", 0.45) | dict.fromkeys(" .,:;!f()[]trI/-", 0.65)
_WIDTHS |= dict.fromkeys("mMwWQ@%\N{EM DASH}", 1.5)
_WIDTHS |= {"\N{MINUS SIGN}": 1.32, "\N{WON SIGN}": 1.56}
_NOTE = 24
"""Width of a note that is not cut to make room for the name."""
FAR = 3.0
"""Values beyond this multiple of the middle four fifths' width do not extend an axis."""


def width(text: str) -> float:
    """Return the width of a text in lower-case letters; measured in DejaVu Sans, our widest."""
    return sum(map(_wide, text))


def _wide(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if ord(letter) < 0x1100:
        return 1.12 if letter.isupper() else 1.0
    return 1.0 if 0x2000 <= ord(letter) < 0x2E80 else 1.7


def short(text: object, limit: float) -> str:
    """Return a label without control characters, cut to ``limit`` half-width characters."""
    clean = plain(text, 400)
    ends = list(accumulate(map(_wide, clean)))
    return clean if not ends or ends[-1] <= limit else clean[: max(bisect_right(ends, limit) - 1, 1)].rstrip() + "…"


def facing(
    name: object, note: str, top: int, kinds: tuple[str | None, str], *, inset: int = 0, brief: str = ""
) -> list[Markup]:
    """Return a name on the left and a note on the right of a line, each cut to fit.

    On a phone ``brief`` replaces the note if the name would be cut.
    """
    crowded = width(plain(name)) + width(note) > PHONE
    texts = ((PHONE, brief if brief and crowded else note), (WIDE, note))
    notes = [short(text, max(_NOTE, places - width(plain(name)))) for places, text in texts]
    names = [short(name, places - width(own)) for places, own in zip((PHONE, WIDE), notes, strict=True)]
    return [
        *fitting(names, kinds[0], x=inset, y=top),
        *fitting(notes, kinds[1], x="100%", y=top, dx=-inset or None),
    ]


def fitting(texts: Sequence[str], kind: str | None, **place: object) -> list[Markup]:
    """Return a text; if it is longer on a wide page, both forms, of which the style shows one."""
    narrow, wide = texts
    if narrow == wide:
        return [element("text", narrow, class_=kind, **place)]
    kinds = (f"{kind or ''} cut".strip(), f"{kind or ''} full".strip())
    return [element("text", text, class_=own, **place) for text, own in zip(texts, kinds, strict=True)]


def side(place: float) -> str:
    """Return the class that keeps a text at the end of an axis inside the chart."""
    return "e" if place > 0.94 else "" if place < 0.06 else "m"


def element(tag: str, content: object = "", /, **attributes: object) -> Markup:
    """Return one element; ``_`` in names becomes ``-``, texts are escaped, None is left out."""
    pairs = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_compact(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{pairs}>{escape(content)}</{tag}>" if content else f"<{tag}{pairs}/>")


def _compact(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def share(part: float) -> str:
    """Return a position as a percentage of the plot area."""
    return f"{100 * part:.1f}".removesuffix(".0") + "%"


def joined(parts: Iterable[Markup]) -> Markup:
    """Return elements one after another."""
    return Markup("").join(parts)


@dataclass(frozen=True)
class Scale:
    """Maps numbers to 0..1; numbers outside are clipped."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[object], low: float | None = None, high: float | None = None) -> Self:
        """Return a scale over all finite values and the given ends."""
        known = [float(value) for value in values if finite(value)] or [0.0, 1.0]
        bottom = min(known) if low is None else low
        top = max(known) if high is None else high
        return cls(bottom, top if top > bottom else bottom + (abs(bottom) or 1.0))

    @classmethod
    def robust(cls, values: Iterable[object], low: float | None = None, high: float | None = None) -> Self:
        """Return a scale without outliers that would squeeze the rest."""
        known = sorted(float(value) for value in values if finite(value))
        if len(known) < 8:
            return cls.over(known, low, high)
        wide = known[round(0.9 * (len(known) - 1))] - known[round(0.1 * (len(known) - 1))]
        middle = known[len(known) // 2]
        kept = [value for value in known if abs(value - middle) <= FAR * wide]
        return cls.over(kept if wide > 0 and len(kept) >= 0.85 * len(known) else known, low, high)

    def beyond(self, value: float) -> bool:
        """Return whether a number lies outside and is drawn at the edge."""
        return not self.low <= value <= self.high

    def __call__(self, value: float) -> float:
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def wider(self) -> Scale:
        """Return the scale with padding at both ends."""
        air = 0.04 * (self.high - self.low)
        return Scale(self.low - air, self.high + air)

    def rounded(self, wanted: int = 4) -> tuple[Scale, list[float]]:
        """Return the scale with round numbers at both ends, and all its round numbers."""
        step = self._step(wanted)
        first, last = floor(self.low / step + 1e-9), ceil(self.high / step - 1e-9)
        return Scale(first * step, last * step), [round(k * step, 12) for k in range(first, last + 1)]

    def _step(self, wanted: int) -> float:
        """Return the distance of round numbers for about ``wanted`` ticks."""
        raw = (self.high - self.low) / max(wanted - 1, 1)
        unit = 10.0 ** floor(log10(raw))
        return float(unit * next(m for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * 0.999))

    def ticks(self, wanted: int = 5, form: str = "") -> list[float]:
        """Return about ``wanted`` round numbers inside the scale; whole numbers for counts."""
        step = self._step(wanted)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        found = [round(k * step, 12) for k in range(first, last + 1)]
        return [tick for tick in found if form != "count" or tick == int(tick)]


def thinned(series: Sequence[object], most: int = MOST_POINTS) -> list[int]:
    """Return the positions to draw: all, or evenly spaced ones of a long series, with both ends."""
    count = len(series)
    return list(range(count)) if count <= most else sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def stretched(content: Markup) -> Markup:
    """Return an inner drawing of 1000 x 1000 units, stretched, with constant line widths."""
    return element(
        "svg", content, viewBox="0 0 1000 1000", preserveAspectRatio="none", width="100%", height="100%", class_="in"
    )


def y_axis(scale: Scale, form: str, say: Text) -> Markup:
    """Return horizontal grid lines with their numbers on the left."""
    parts = []
    for tick, text in written(scale, form, say):
        y = share(1 - scale(tick))
        parts.append(element("line", x1=0, x2="100%", y1=y, y2=y, class_="g"))
        parts.append(element("text", text, x=-8, y=y, dy=".32em", class_="e"))
    return joined(parts)


def written(scale: Scale, form: str, say: Text) -> list[tuple[float, str]]:
    """Return about five ticks with their texts; fewer if two texts would be equal."""
    for count in range(5, 1, -1):
        ticks = [(tick, say.cell(tick, form)) for tick in scale.ticks(count, form)]
        if len({text for _, text in ticks}) == len(ticks):
            return ticks if form not in {"", "number"} else _even(ticks)
    return ticks[:1]


def _even(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return numbers with equally many decimals, but 0."""
    places = max((len(text.partition(".")[2]) for _, text in ticks), default=0)
    return [(tick, unsigned(f"{tick:,.{places}f}") if tick else text) for tick, text in ticks]


def x_axis(scale: Scale, form: str, say: Text) -> Markup:
    """Return the numbers below the plot area; ``date``: months or days of proleptic numbers."""
    ticks = days(scale) if form == "date" else written(scale, form, say)
    return below((scale(tick), text) for tick, text in ticks)


def below(
    places: Iterable[tuple[float, str]], room: int = NARROW, margin: float = MARGIN, *, last: bool = False
) -> Markup:
    """Return texts below the plot that do not overlap; ``last`` keeps the last one.

    ``room`` characters fit.
    """
    every = [_spot(x, text, room, margin) for x, text in places]
    kept, taken, end = [], -1.0, every[-1][0] if last and every else 2.0
    for i, (left, wide, drawn) in enumerate(every):
        if left >= taken and (left + wide <= end or i == len(every) - 1):
            kept.append(drawn)
            taken = left + wide
    return joined(kept)


def _spot(x: float, text: str, room: int, margin: float) -> tuple[float, float, Markup]:
    """Return left end, width and drawing of a text below the plot; it ends in the margin."""
    wide = (width(text) + 1.5) / room
    inside = x + wide / 2 < 1 + margin
    kind, at = ("m", x) if inside else ("e", 1.0)
    drawn = element("text", text, x=share(at), y="100%", dy="1.5em", class_=kind)
    return (x - wide / 2 if inside else 1 - wide), wide, drawn


def days(scale: Scale, most: int = 5) -> list[tuple[float, str]]:
    """Return days on the scale with names: beginnings of months, or single days if short."""
    first, last = date.fromordinal(max(round(scale.low), 1)), date.fromordinal(max(round(scale.high), 1))
    months = 12 * (last.year - first.year) + last.month - first.month
    if months < 3:
        step = max(1, -(-(last - first).days // most))
        return [
            (float(day), str(date.fromordinal(day))[5:]) for day in range(first.toordinal(), last.toordinal() + 1, step)
        ]
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if months / each <= most), 120)
    starts = (divmod(12 * first.year + first.month - 1 + k, 12) for k in range(months + 1))
    every = (date(year, month + 1, 1) for year, month in starts if (12 * year + month) % step == 0)
    return [(float(day.toordinal()), f"{day:%Y-%m}") for day in every if first <= day]


def room(scale: Scale, form: str, say: Text, least: int, wanted: int = 5) -> int:
    """Return the pixels that the numbers of a y axis need, so that none is cut off."""
    return max(least, 7 * max((len(say.cell(tick, form)) for tick in scale.ticks(wanted, form)), default=0) + 14)


def titles(x: str, y: str) -> Markup:
    """Return both axis titles: above the upper left corner, and below on the right."""
    above = element("text", y, x=0, y=0, dx="-.2em", dy="-.9em", class_="q") if y else Markup("")
    below = element("text", x, x="100%", y="100%", dy="2.9em", class_="e q") if x else Markup("")
    return above + below
