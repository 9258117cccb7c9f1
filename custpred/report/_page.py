"""One self-contained HTML page from a record: sections in order, without external resources."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from custpred.report._blocks import Chart, Grid, Group, Note
from custpred.report._charts import draw, key
from custpred.report._parts import Page, Part, present
from custpred.report._svg import width
from custpred.report._text import Text
from custpred.report._written import texts_of
from custpred.report.base import Section
from custpred.storage.plain import finite
from custpred.text import NOTHING, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2 import Template

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

# Characters that could end the script element, control a terminal or change the writing direction.
_UNSAFE = re.compile("[<\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_UNBROKEN = re.compile(r"\d{4}-\d\d-\d\d|\N{MINUS SIGN}?\d[\d.,]*%?\N{EN DASH}\N{MINUS SIGN}?\d[\d.,]*%?")
"""Dates and ranges of numbers: a line does not end inside them."""
_LONG, _JOINT = re.compile(r"[^\s&;<>]{18,}"), re.compile(r"(?<=[A-Za-z가-힣][_.])(?=\w)")
"""Long words such as names of columns, and where a line may end inside them."""
_log = logging.getLogger("custpred")

OF_DATA, OF_QUESTION = ("data", "quality"), ("question",)
"""The sections on the table, and the one on the prediction task."""
ROLES = ("summary", "analyst", "operations", "audit")
MOST_TWIN = 600_000
"""Maximum characters of JSON inside the page; larger records leave the profile to report.json."""


def sections() -> list[Section]:
    """Return all sections in order; a new file in the folder is found automatically."""
    every = [Section.find(kind)() for kind in Section.kinds()]
    return sorted(every, key=lambda section: (section.order, section.kind()))


def page(record: Record, only: Iterable[str] = ()) -> Page:
    """Return the record as a page of all sections, or of some kinds."""
    wanted = set(only)
    return page_of(record, [each for each in sections() if not wanted or each.kind() in wanted])


def page_of(record: Record, shown: Iterable[Section], *first: Part) -> Page:
    """Return a page of the given parts followed by sections of a record."""
    say = Text.of(record)
    parts = [*first, *(_part(section, record, say) for section in shown)]
    theme = str((record.recipe.get("report") or {}).get("theme", "auto"))
    return Page(plain(record.name, 120), _subtitle(record, say), say, theme, present(parts, say))


def _part(section: Section, record: Record, say: Text) -> Part:
    """Return a section's blocks; if it fails, a note, so that the rest of the report survives."""
    try:
        blocks = tuple(section.blocks(record))
    except Exception as error:
        _log.exception("The section %s could not be drawn.", section.kind())
        text = say(
            "This section could not be drawn ({error}); its numbers are in report.json.", error=type(error).__name__
        )
        blocks = (Note(text, "alarm", "CP9001"),)
    return Part(section.kind(), say(section.heading(record)), tuple(sorted(section.readers)), blocks)


def _subtitle(record: Record, say: Text) -> str:
    """Return the line below the name: time, source and run."""
    known = [
        _moment(record.made),
        say.count(record.data.rows, "row"),
        say("run {id}", id=plain(record.run_id, 40)) if record.run_id else "",
        say("custpred {version}", version=record.versions["custpred"]) if "custpred" in record.versions else "",
    ]
    return " · ".join(each for each in known if each)


def _moment(made: str) -> str:
    """Return an ISO time to the minute, with the zone if it is UTC."""
    return plain(made[:16].replace("T", " "), 40) + (" UTC" if made.endswith(("+00:00", "Z")) else "")


def html(record: Record) -> str:
    """Return the whole report as one HTML file; deterministic."""
    return render(page(record), _twin(record))


def profile_html(record: Record) -> str:
    """Return the page of ``custpred profile``: the data and their quality."""
    return render(page(record, only=OF_DATA), _twin(record))


def rendered(shown: Page, data: JSON) -> str:
    """Return any page as one HTML file, with its numbers as embedded JSON."""
    return render(shown, embedded(data))


def summary_html(record: Record) -> str:
    """Return only the verdict, for notebooks."""
    return excerpt(page(record, only=("verdict",)))


def excerpt(shown: Page) -> str:
    """Return a page without charts or script as an HTML fragment for notebooks."""
    blocks = (block for part in shown.parts for block in part.blocks)
    return fragment(shown.title, shown.subtitle, _without_charts(blocks), shown.say)


def _without_charts(blocks: Iterable[Block]) -> list[Block]:
    """Return blocks without charts, also inside groups, and without groups of nothing else."""
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Group):
            inner = _without_charts(block.blocks)
            kept += [replace(block, blocks=tuple(inner))] if inner else []
        elif not isinstance(block, Chart):
            kept.append(block)
    return kept


def fragment(title: str, subtitle: str, blocks: Iterable[Block], say: Text) -> str:
    """Return blocks below a title as an HTML fragment for notebooks."""
    words = {"title": title, "subtitle": subtitle, "blocks": blocks}
    return _template("summary.html.j2").render(**words, **_tools(say, count(1)))


def blocks_html(blocks: Iterable[Block], say: Text) -> str:
    """Return blocks as an HTML fragment without style."""
    return _template("pieces.html.j2").render(blocks=blocks, **_tools(say, count(1)))


def _tools(say: Text, anchors: Iterator[int]) -> JSON:
    """Return the variables that templates need to draw blocks."""
    return {
        "say": say,
        "draw": lambda chart: draw(chart, say, f"c{next(anchors)}"),
        "key": key,
        "heads": _heads,
        "cells": lambda grid: _cells(grid, say),
    }


def render(shown: Page, twin: str) -> str:
    """Return a page as HTML; ``twin`` is a result of ``embedded``."""
    script = _asset("script.js")
    return _template("page.html.j2").render(
        page=shown,
        roles=ROLES if len({part.readers for part in shown.parts}) > 2 else (),
        style=Markup(_asset("style.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        twin=Markup(twin),
        **_tools(shown.say, count(1)),
    )


def _heads(grid: Grid) -> list[tuple[str, str]]:
    """Return column names, with the class ``n`` (aligned right) for numbers."""
    first = _cells(Grid(grid.columns, grid.rows[:1], formats=_forms(grid)), Text())
    kinds = [kind.removesuffix("none").strip() for _, kind, _ in first[0]] if first else [""] * len(grid.columns)
    return list(zip(grid.columns, kinds, strict=True))


def _cells(grid: Grid, say: Text) -> list[list[tuple[str, str, str]]]:
    """Return cells as (text, class, sort key)."""
    forms = _forms(grid)
    texts = texts_of(grid.rows, forms, say)
    return [
        [_cell(*each, say) for each in zip(*pair, forms, strict=True)] for pair in zip(grid.rows, texts, strict=True)
    ]


def _forms(grid: Grid) -> tuple[str, ...]:
    """Return the number format of each column; a column of numbers and gaps has one too."""
    given = (*grid.formats, *[""] * (len(grid.columns) - len(grid.formats)))
    return tuple(form or _form([row[j] for row in grid.rows]) for j, form in enumerate(given))


def _form(column: list[object]) -> str:
    kept = [value for value in column if value is not None]
    return "number" if kept and all(isinstance(v, int | float) and not isinstance(v, bool) for v in kept) else ""


def _cell(value: object, text: str, form: str, say: Text) -> tuple[str, str, str]:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    kind = "n" if numeric or (form and form != "text") else ""
    kind = f"{kind} none".strip() if text == NOTHING else kind
    hidden = form == "customers" and text != say.count(value)
    shown = say.least - 1 if hidden else value
    return text, kind, f"{shown:.6g}" if numeric and text != f"{value}" else ""


def _prose(text: object) -> Markup:
    """Return a text, escaped; lines end between parts of a name, not inside a date or a range."""
    safe = _LONG.sub(lambda word: _JOINT.sub("<wbr>", word[0]), str(escape(plain(text, 4000))))
    return Markup(_UNBROKEN.sub(r'<span class="whole">\g<0></span>', safe))


@cache
def _asset(name: str) -> str:
    return (files("custpred.report") / "theme" / name).read_text(encoding="utf-8").strip()


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("custpred.report", "theme")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["width"] = width
    environment.filters["plain"] = lambda text: plain(text, 4000)
    environment.filters["prose"] = _prose
    environment.filters["lines"] = lambda text: "\n".join(plain(line, 2000) for line in text.splitlines())
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment.get_template(name)


def _twin(record: Record) -> str:
    """Return the record as JSON for its page; large ones leave parts to report.json."""
    whole = record.plain()
    text = embedded(whole)
    if len(text) > MOST_TWIN:
        text = embedded({**whole, "profile": {}, "left_out": ["profile"]})
    return (
        text if len(text) <= MOST_TWIN else embedded({"format": whole["format"], "left_out": ["all: read report.json"]})
    )


def embedded(data: JSON) -> str:
    """Return JSON that is safe inside a script element: it contains no ``<``."""
    text = json.dumps(finite(data), ensure_ascii=False, separators=(",", ":"), default=str)
    return _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
