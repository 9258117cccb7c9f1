"""Free text: its length and influential words, without those of few customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid, Group, Heading, Prose
from custpred.report._columns import by_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOVING = "F131"
"""Code of the notes with words and their effects on a score."""
WORDS, SCORES = 12, 6


def texts(record: Record, say: Text) -> list[Block]:
    """Return lengths by text column, and its informative words; nothing without texts."""
    own = by_column(record.profile.get("texts", {}))
    moving = [note for note in record.preparation if note.code == MOVING and note.numbers]
    if not own and not moving:
        return []
    blocks: list[Block] = [Heading(say("Texts"))]
    for name, facts in own.items():
        blocks += _lengths(name, facts, record, say)
    charts = tuple(_words(note.text, note.numbers, say) for note in moving[:SCORES])
    if charts:
        text = say("Words that move the score of the texts, and how far; to the left downwards, to the right upwards.")
        blocks += [Prose(text), Group(charts, "side")]
    return blocks


def _lengths(name: str, facts: JSON, record: Record, say: Text) -> list[Block]:
    bins, words = facts.get("histogram") or [], facts.get("words") or {}
    if not bins or not words:
        return [Prose(say("No text of '{name}' holds a word.", name=name))]
    text = say(
        "Half of the texts of '{name}' have up to {middle} words, 95% up to {long}; {empty} empty, {repeated} repeats.",
        name=name,
        middle=say.number(words.get("q50")),
        long=say.number(words.get("q95")),
        empty=say.count(facts.get("empty")),
        repeated=say.count(facts.get("repeated")),
    )
    labels = [_span(each) for each in bins]
    counts = [each.get("rows") or 0 for each in bins]
    data: JSON = {"labels": labels, "counts": counts, "x": {"label": say("Words in a text")}}
    heads: tuple[str, ...] = (say("Words in a text"), say("Customers"))
    cells, form = [labels, counts], "number" if record.task.kind == "regression" else "percent"
    if any(each.get("rate") is not None for each in bins):
        rate = [each.get("rate") for each in bins]
        data |= {"rate": rate, "base": _base(record), "format": form}
        heads, cells = (*heads, say("Target")), [*cells, rate]
    grid = Grid(heads, tuple(zip(*cells, strict=True)), formats=("text", "customers", form)[: len(heads)])
    title = say("How long the texts of '{name}' are", name=name)
    drawn = say("Grey bars: how many customers have these values.")
    return [Prose(text, "says"), Chart("histogram", title, drawn, data, grid)]


def _span(each: Mapping[str, object]) -> str:
    low, high = each.get("low"), each.get("high")
    if high is None:
        return f"{low}+"
    return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"


def _base(record: Record) -> float | None:
    if record.task.kind == "regression":
        return record.data.target.get("mean")
    return record.data.shares.get(record.task.labels[-1])


def _words(text: str, effects: JSON, say: Text) -> Chart:
    """Return the strongest words of both directions as bars, from the lowest to the highest."""
    ranked = sorted(effects.items(), key=lambda each: float(each[1]))
    shown = ranked if len(ranked) <= 2 * WORDS else [*ranked[:WORDS], *ranked[-WORDS:]]
    largest = max((abs(float(value)) for _, value in shown), default=1.0) or 1.0
    names, values = [name for name, _ in shown], [float(value) / largest for _, value in shown]
    grid = Grid((say("Words"), say("Effect")), tuple(zip(names, values, strict=True)), formats=("text", "score"))
    data = {"labels": names, "values": values, "format": "score", "faint": [value < 0 for value in values]}
    return Chart(
        "bars", say.message(text.partition(": up by")[0]), say("Effects as shares of the strongest."), data, grid
    )
