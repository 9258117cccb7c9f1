"""The report as Markdown for chats and pull requests: a brief report, or any page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Chart, Code, Facts, Grid, Group, Heading, Note, Prose
from custpred.report._page import page
from custpred.report._written import texts_of
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.report._parts import Page, Part
    from custpred.report._text import Text
    from custpred.results.record import Record

MOST_ROWS = 30
PAGE = "report.html"
READERS = {"summary", "analyst"}
"""Sections for others are only linked, unless they have a severe note."""
MOST_SENTENCES, MOST_NOTES = 3, 3
"""Sentences and severe notes of a section in the brief report."""
_HARMFUL = re.compile(r"([\\`*_\[\]|#~])")


def markdown(record: Record) -> str:
    """Return the brief report: the results of all sections, with links; deterministic."""
    shown = page(record)
    lines = [f"# {escaped(shown.title)}", escaped(shown.subtitle)]
    left = []
    for part in shown.parts:
        severe = _severe(part.blocks, shown.say)
        if not (severe or READERS & set(part.readers)):
            left.append(_link(part))
            continue
        texts = (_sentences(part.blocks), _facts(part.blocks), severe)
        lines += [f"## {_link(part)}", "\n".join(text for text in texts if text)]
    lines += [f"## {escaped(shown.say('More on the page'))}", " · ".join(left)] if left else []
    return "\n\n".join(lines) + "\n"


def _link(part: Part) -> str:
    return f"[{escaped(part.title)}]({PAGE}#{part.kind})"


def _sentences(blocks: Sequence[Block]) -> str:
    """Return the first sentences on a section's results and advice, as one paragraph."""
    every = [block for block in blocks if isinstance(block, Prose) and block.role != "plain"]
    return " ".join(
        _prose(block) if block.role == "headline" else escaped(block.text) for block in every[:MOST_SENTENCES]
    )


def _facts(blocks: Sequence[Block]) -> str:
    """Return the first labelled numbers on one line, as an item of the list of notes."""
    items = next((block.items for block in blocks if isinstance(block, Facts)), ())
    text = " · ".join(f"{escaped(label)} **{escaped(value)}**" for label, value, _ in items)
    return f"- {text}" if text else ""


def _severe(blocks: Sequence[Block], say: Text) -> str:
    """Return the traffic light, and the first alarms and warnings, one per line."""
    notes = [each for each in blocks if isinstance(each, Note) and (each.label or each.weight in {"alarm", "warning"})]
    return "\n".join(_block(note, say) for note in notes[:MOST_NOTES])


def written(shown: Page) -> str:
    """Return any page as Markdown."""
    lines = [f"# {escaped(shown.title)}", escaped(shown.subtitle)]
    for part in shown.parts:
        lines.append(f"## {escaped(part.title)}")
        lines += [text for block in part.blocks if (text := _block(block, shown.say))]
    return "\n\n".join(lines) + "\n"


def escaped(text: str) -> str:
    r"""Escape Markdown and HTML.

    >>> escaped("<b>a_b</b>")
    '&lt;b&gt;a\\_b&lt;/b&gt;'
    """
    safe = plain(text, 4000).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _HARMFUL.sub(r"\\\1", safe)


def _block(block: Block, say: Text) -> str:
    match block:
        case Heading():
            return f"### {escaped(block.text)}"
        case Prose():
            return _prose(block)
        case Facts():
            return "\n".join(
                f"- {escaped(label)}: **{escaped(value)}**{f' ({escaped(note)})' if note else ''}"
                for label, value, note in block.items
            )
        case Note():
            code = f" ({escaped(block.code)})" if block.code else ""
            return f"- **{escaped(block.label or say(block.weight.capitalize()))}**: {escaped(block.text)}{code}"
        case Code():
            return _code(block)
        case _:
            return _nested(block, say)


def _nested(block: Grid | Chart | Group | Absent, say: Text) -> str:
    if isinstance(block, Absent):
        return ""
    if isinstance(block, Grid):
        return _grid(block, say)
    if isinstance(block, Chart):
        read = f" {escaped(block.description)}" if block.description and not block.data.get("small") else ""
        return f"**{escaped(block.title)}**{read}\n\n{_grid(block.grid, say)}"
    texts = [text for each in block.blocks if (text := _block(each, say))]
    return "\n\n".join([f"### {escaped(block.title)}", *texts] if block.title else texts)


def _prose(block: Prose) -> str:
    text = escaped(block.text)
    return {"headline": f"**{text}**", "so": f"> {text}"}.get(block.role, text)


def _code(block: Code) -> str:
    """Return fenced text; the fence is longer than any run of backticks inside."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", block.text)), 3)
    text = "\n".join(plain(line, 2000) for line in block.text.splitlines())
    caption = f"{escaped(block.caption)}\n\n" if block.caption else ""
    return f"{caption}{fence}\n{text}\n{fence}"


def _grid(grid: Grid, say: Text) -> str:
    """Return a pipe table of the first rows, and the number of omitted rows."""
    if not grid.rows:
        return ""
    forms = [*grid.formats, *[""] * (len(grid.columns) - len(grid.formats))]
    rows = [list(map(escaped, texts)) for texts in texts_of(grid.rows[:MOST_ROWS], forms, say)]
    lines = [[escaped(name) for name in grid.columns], ["---"] * len(grid.columns), *rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    left = len(grid.rows) - MOST_ROWS
    more = say("{n} more rows are in the HTML page and in report.json.", n=left)
    return f"{text}\n\n{more}" if left > 0 else text
