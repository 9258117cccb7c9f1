"""Results for the groups of sensitive columns, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Grid, Heading, Note, Prose
from custpred.report._reading import between, facts, rows
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

HEADS = {"found": "Share of positives found"}
"""Heads of columns that are not the names of their keys."""
FOUR_FIFTHS = 0.8
"""A lower ratio of selection rates raises a warning (Uniform Guidelines 1978, 29 CFR 1607.4 D)."""


def groups(record: Record, say: Text) -> list[Block]:
    """Return the groups of sensitive columns, and a warning if selection differs strongly."""
    every = rows(record, "groups")
    if not every:
        return []
    keys = [key for key in every[0] if not key.endswith(("_low", "_high"))]
    heads = tuple(say(HEADS.get(key, key.capitalize())) for key in keys)
    form = "number" if record.task.kind == "regression" else "percent"
    texts = {key: _texts(every, key, form, say) for key in keys}
    cells = tuple(tuple(_cell(row, key, texts[key]) for key in keys) for row in every)
    text = say("Groups of the columns that the recipe calls sensitive, side by side; small groups are not shown.")
    return [Heading(say("Sensitive columns")), Prose(text, "says"), Grid(heads, cells), *_warnings(record, say)]


def _texts(every: Sequence[JSON], key: str, form: str, say: Text) -> dict[float, str]:
    """Return the texts of a column's shares or means and of their ends, with equal decimals."""
    numbers = [row.get(name) for row in every for name in (key, f"{key}_low", f"{key}_high")]
    known = [] if key == "customers" else [value for value in numbers if finite(value)]
    return dict(zip(known, say.alike(known, form), strict=True))


def _cell(row: JSON, key: str, texts: Mapping[float, str]) -> object:
    """Return a cell: names and counts unchanged, shares and means with their interval."""
    value = row.get(key)
    if not finite(value) or key == "customers":
        return value
    low, high = row.get(f"{key}_low"), row.get(f"{key}_high")
    return f"{texts[value]} ({between(texts[low], texts[high])})" if finite(low) and finite(high) else texts[value]


def unequal(record: Record) -> list[tuple[str, float, bool]]:
    """Return columns whose ratio of selection rates is below four fifths, with the ratio.

    The third value says whether the difference may be chance.
    """
    found = []
    for name, own in facts(record, "groups").items():
        ratio = own.get("lowest_to_highest") if isinstance(own, dict) else None
        if finite(ratio) and ratio < FOUR_FIFTHS:
            chance = _by_chance([row for row in rows(record, "groups") if row.get("column") == name])
            found.append((name, float(ratio), chance))
    return found


def _warnings(record: Record, say: Text) -> list[Block]:
    notes: list[Block] = []
    for name, ratio, chance in unequal(record):
        text = say(
            "By '{column}', the group that is selected least is selected {ratio} times as often as the one "
            "selected most, which is below four fifths: find out why before use.",
            column=name,
            ratio=say.number(ratio, 2),
        )
        if chance:
            text += " " + say("With so few selected, the difference may be chance.")
        notes.append(Note(text, "warning"))
    return notes


def _by_chance(groups: Sequence[JSON]) -> bool:
    """Return whether the intervals of the smallest and the largest selection rate overlap."""
    known = sorted((row for row in groups if finite(row.get("selected"))), key=lambda row: float(row["selected"]))
    low, high = (known[0].get("selected_high"), known[-1].get("selected_low")) if known else (None, None)
    return finite(low) and finite(high) and low >= high
