"""A single chart: shown in a notebook, saved as SVG or PNG, with its numbers as a frame."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup, escape

from custpred.errors import DataError
from custpred.lazy import need
from custpred.report import _charts
from custpred.report._svg import element, joined, short
from custpred.storage.files import write
from custpred.text import plain

if TYPE_CHECKING:
    from custpred.report._blocks import Chart
    from custpred.report._text import Text

WIDTH, HEAD, LINE, EDGE = 640, 34, 20, 12
"""Pixels of a figure: width, height of the title, height of a legend line, margin."""
SCALE = 2
"""Pixels of a PNG per pixel of the drawing."""
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', sans-serif"
_STRETCHED = re.compile(r'<svg viewBox="0 0 1000 1000"[^>]*>(.*?)</svg>', re.DOTALL)
_POINTS = re.compile(r'points="([^"]*)"')
_OURS = re.compile(r"[^{}@]*\.(?:chart|dots|waterfall)\b[^{}]*\{[^{}]*\}")


@dataclass(frozen=True)
class Figure:
    """A single chart of the report; ``table`` has its numbers.

    >>> from custpred.report._blocks import Chart, Grid
    >>> from custpred.report._text import Text
    >>> data = {"labels": ["tenure"], "values": [0.4]}
    >>> grid = Grid(("Column", "Points"), (("tenure", 0.4),))
    >>> figure = Figure(Chart("bars", "Drivers", "", data, grid), Text())
    >>> figure.svg().startswith("<svg"), figure.table["Points"].tolist()
    (True, [0.4])
    """

    chart: Chart = field(repr=False)
    say: Text = field(repr=False)

    def __repr__(self) -> str:
        return f"Figure({self.chart.title!r})"

    @property
    def table(self) -> pd.DataFrame:
        """Return the numbers of the chart."""
        return pd.DataFrame(list(self.chart.grid.rows), columns=list(self.chart.grid.columns))

    def save(self, path: str | Path) -> Path:
        """Write the chart as ``.svg`` or ``.png``.

        Raises
        ------
        MissingDependency
            CP1107 for PNG if no converter is installed.
        DataError
            CP2416 for another extension.
        """
        target = Path(path)
        if target.suffix == ".svg":
            write(target, self.svg())
        elif target.suffix == ".png":
            convert = need("resvg_py", purpose="saving a figure as PNG", extra="png")
            write(target, bytes(convert.svg_to_bytes(svg_string=self.svg(), width=SCALE * WIDTH)))
        else:
            raise DataError(
                f"Expected a file that ends in .svg or .png, got {target.suffix or 'no extension'!r}.",
                code="CP2416",
                remedy="Change the extension.",
            )
        return target

    def svg(self) -> str:
        """Return the chart as a self-contained SVG file."""
        body, height, (top, right, bottom, left) = _charts.drawing(self.chart)(self.chart.data, self.say)
        across, down = WIDTH - 2 * EDGE - left - right, height - top - bottom
        key, room = _key(self.chart)
        inner = _STRETCHED.sub(lambda found: f"<g>{_fitted(found[1], across, down)}</g>", str(body))
        place = {"x": EDGE + left, "y": HEAD + room + top, "width": across, "height": down}
        whole = height + HEAD + room + EDGE
        parts = [
            element("title", plain(self.chart.title)),
            element("desc", plain(self.chart.description, 600) or plain(self.chart.title)),
            element("style", Markup(_style())),
            element("rect", width=WIDTH, height=whole, fill=_palette()["paper"]),
            element("text", short(self.chart.title, 80), x=EDGE, y=22, class_="head"),
            key,
            element("svg", Markup(inner), class_=f"chart {self.chart.kind}", **place),
        ]
        sized = {"viewBox": f"0 0 {WIDTH} {whole}", "width": WIDTH, "height": whole}
        made = element("svg", joined(parts), xmlns="http://www.w3.org/2000/svg", role="img", **sized)
        return str(made)

    def _repr_html_(self) -> str:
        """Show the drawing as an image, so that its style does not affect the notebook."""
        data = base64.b64encode(self.svg().encode()).decode()
        text = escape(plain(self.chart.description, 600) or plain(self.chart.title))
        return f'<img style="max-width:100%" alt="{text}" src="data:image/svg+xml;base64,{data}">'


def _fitted(shapes: str, across: float, down: float) -> str:
    """Scale shapes from 1,000 x 1,000 units to pixels: converters scale strokes."""

    def scaled(found: re.Match[str]) -> str:
        pairs = (pair.split(",") for pair in found[1].split())
        return f'points="{" ".join(f"{float(x) * across / 1000:.1f},{float(y) * down / 1000:.1f}" for x, y in pairs)}"'

    return _POINTS.sub(scaled, shapes)


def _key(chart: Chart) -> tuple[Markup, int]:
    """Return the legend below the title, and its height; nothing for a single series."""
    entries = _charts.entries(chart.data)
    if not entries:
        return Markup(""), 0
    parts, x = [], float(EDGE)
    for name, style in entries:
        mark = {"class_": f"l {style}", "points": f"{x},0 {x + 22},0"}
        shape = element("polyline", **mark) if style in {"main", "second", "faint"} else _square(style, x)
        label = short(name, 40)
        parts.append(element("g", shape + element("text", label, x=x + 28, y=4), class_="chart"))
        x += 48 + sum(13 if ord(letter) > 0x1100 else 6.6 for letter in label)
    return element("g", joined(parts), transform=f"translate(0 {HEAD + 4})"), LINE


def _square(style: str, x: float) -> Markup:
    if style == "dot":
        return element("circle", cx=x + 11, cy=0, r=4.5, class_="d2")
    return element("rect", x=x + 5, y=-6, width=12, height=12, class_={"bar": "a"}.get(style, style))


@cache
def _palette() -> dict[str, str]:
    """Return the theme's light colours by name."""
    css = (files("custpred.report") / "theme" / "style.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--(\w+): (#\w{6})", css[: css.index("}")]))


@cache
def _style() -> str:
    """Return the theme's style rules for charts, with variables replaced by colours."""
    css = (files("custpred.report") / "theme" / "style.css").read_text(encoding="utf-8")
    rules = [rule.strip() for rule in _OURS.findall(css) if ".small" not in rule and "display: block" not in rule]
    colours = _palette()
    own = f"text {{ font-family: {FONT}; font-size: 12px; fill: {colours['soft']}; }}"
    own += f" .head {{ font-size: 15px; font-weight: 600; fill: {colours['ink']}; }} .chart {{ overflow: visible; }}"
    return own + " " + re.sub(r"var\(--(\w+)\)", lambda name: colours[name[1]], " ".join(rules))
