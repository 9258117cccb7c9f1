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
    """A paragraph; ``role``: ``headline``, ``says`` (a result), ``so`` (advice), or plain."""

    text: str
    role: Literal["plain", "headline", "says", "so"] = "plain"


@dataclass(frozen=True)
class Facts:
    """A few labelled and formatted numbers, as (label, value, note)."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table; cells are text or numbers.

    ``formats`` are the number formats by column: ``number``, ``count``, ``customers`` (a few are
    not shown), ``percent``, ``times``, ``points``, ``money``, ``duration``, ``score``, ``size``,
    ``interval`` (already formatted), a number of decimals, or ``text``.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture as data: ``kind`` names the drawing, ``data`` has its numbers, ``grid`` a table.

    ``data``: see the function of that name in ``_axes.py``, ``_histogram.py`` and ``_rows.py``.
    """

    kind: Literal["line", "bars", "histogram", "dots", "heat", "funnel", "flow", "waterfall", "timeline"]
    title: str
    description: str
    data: JSON
    grid: Grid


@dataclass(frozen=True)
class Note:
    """A finding: ``good``, ``info``, ``warning`` or ``alarm``; ``label`` replaces this name."""

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
    """Blocks that belong together: in a row, stacked, as small multiples, or folded."""

    blocks: tuple[Block, ...]
    layout: Literal["side", "stack", "small", "fold"] = "side"
    title: str = ""


@dataclass(frozen=True)
class Absent:
    """The reason why there is nothing to show, listed at the end of the page."""

    reason: str


Block = Heading | Prose | Facts | Grid | Chart | Note | Code | Group | Absent
