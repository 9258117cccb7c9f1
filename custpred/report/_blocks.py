"""The blocks of a report: plain data, rendered elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from custpred.storage.plain import JSON


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph; ``role``: ``headline``, ``says`` (what it shows), ``so`` (what to do, be careful of) or plain."""

    text: str
    role: Literal["plain", "headline", "says", "so"] = "plain"


@dataclass(frozen=True)
class Facts:
    """A few labelled numbers, already worded, as (label, value, note)."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table; cells are text or numbers.

    ``formats`` says how each column's numbers are written: ``number``, ``count``, ``customers`` (a few are not
    shown), ``percent``, ``points``, ``money``, ``duration``, ``score``, ``size``,
    ``interval`` (written already) or ``text``.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture described by data: ``kind`` names the drawing, ``data`` holds plain numbers, ``grid`` is its table.

    What ``data`` holds is written at the function of the same name in ``_axes.py``, ``_histogram.py`` and ``_rows.py``.
    """

    kind: Literal["line", "bars", "histogram", "dots", "heat", "funnel", "flow", "waterfall", "timeline"]
    title: str
    description: str
    data: JSON
    grid: Grid


@dataclass(frozen=True)
class Note:
    """A finding with a weight: ``good``, ``info``, ``warning`` or ``alarm``; ``label`` stands for the weight's name."""

    text: str
    weight: Literal["good", "info", "warning", "alarm"] = "info"
    code: str = ""
    label: str = ""


@dataclass(frozen=True)
class Code:
    """Text to copy, such as a command or a recipe."""

    text: str
    caption: str = ""


@dataclass(frozen=True)
class Group:
    """Blocks that belong together: side by side, one below the other, as small multiples, or folded behind a title."""

    blocks: tuple[Block, ...]
    layout: Literal["side", "stack", "small", "fold"] = "side"
    title: str = ""


@dataclass(frozen=True)
class Absent:
    """Why there is nothing to show: it stands at the end of the page, and a section of nothing else vanishes."""

    reason: str


Block = Heading | Prose | Facts | Grid | Chart | Note | Code | Group | Absent
