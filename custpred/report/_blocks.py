"""The six kinds of block that a report is made of: plain data, drawn elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph of plain sentences; ``role`` is ``says`` (what it shows) or ``so`` (what to do, be careful of)."""

    text: str
    role: Literal["plain", "says", "so"] = "plain"


@dataclass(frozen=True)
class Facts:
    """A few labelled numbers, already worded, as (label, value, note)."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table; cells are text or numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Chart:
    """A picture described by data: ``kind`` names the drawing, ``data`` holds plain numbers, ``grid`` is its table."""

    kind: Literal["line", "bars", "histogram", "dots", "heat", "funnel"]
    title: str
    description: str
    data: dict[str, Any]
    grid: Grid


@dataclass(frozen=True)
class Note:
    """A finding with a weight: ``good``, ``info``, ``warning`` or ``alarm``."""

    text: str
    weight: Literal["good", "info", "warning", "alarm"] = "info"
    code: str = ""


Block = Heading | Prose | Facts | Grid | Chart | Note
