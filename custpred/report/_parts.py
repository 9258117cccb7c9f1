"""A page as typed parts, and the handling of empty ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Grid, Prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custpred.report._blocks import Block
    from custpred.report._text import Text


@dataclass(frozen=True)
class Part:
    """One section of the page; its anchor is the name of its file."""

    kind: str
    title: str
    readers: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """The input of renderers: HTML, Markdown and the dashboard draw the same parts."""

    title: str
    subtitle: str
    say: Text
    theme: str
    parts: tuple[Part, ...]


def present(parts: Iterable[Part], say: Text) -> tuple[Part, ...]:
    """Return the non-empty parts, followed by the reasons for absent ones."""
    kept, left = [], []
    for part in parts:
        blocks = tuple(block for block in part.blocks if not isinstance(block, Absent))
        reasons = [block.reason for block in part.blocks if isinstance(block, Absent)]
        left += [(part.title, say.capital(reason)) for reason in reasons]
        kept += [replace(part, blocks=blocks)] if blocks else []
    if left:
        grid = Grid((say("Section"), say("Reason")), tuple(left), formats=("text", "text"))
        text = say("Sections that would be empty, in whole or in part, are left out.")
        kept.append(Part("absent", say("What is not shown, and why"), ("audit",), (Prose(text, "says"), grid)))
    return tuple(kept)
