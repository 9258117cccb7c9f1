"""Statistics of all columns, and pairs of columns with nearly the same information."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.columns.sequence import is_step
from custpred.report._blocks import Absent, Chart, Grid, Group, Prose
from custpred.report._columns import by_column, cards
from custpred.report._svg import PHONE, width
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST, OPEN, PAIRS = 300, 12, 10
"""Maximum columns in a table, in an unfolded table, and maximum pairs in the chart."""
NUMBER = 6
"""Width of a pair's number on the line of its names."""
SAME, NEAR = 0.98, 0.8
"""Strength of association from which two columns are redundant, and from which they are similar."""
ENDS = "Min and max are shown only if 10 customers share them; otherwise they could identify a customer."
RARE = "Rare levels have fewer than 10 rows."
NAMES = {"count": "Count", "mean": "Mean", "sd": "SD", "min": "Min", "1": "1%", "25": "25%", "50": "50%", "75": "75%"}
NAMES |= {"99": "99%", "max": "Max", "skew": "Skewness"}


class Statistics(Section):
    """Count, mean, spread, quartiles, skewness, missing values; levels; associated pairs."""

    title = "Column statistics"
    order = 35
    readers = frozenset({"analyst", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return a table of numbers, one of categories, and the strongest pairs."""
        say = Text.of(record)
        if not (_numbers(record) or _levels(record) or _pairs(record)):
            return [Absent(say("The columns were not profiled."))]
        names = [card.name for card in cards(record, say)]
        return [
            Prose(_summary(record, say), "says"),
            *_table(_of_numbers(record, names, say), ("Columns of numbers: {n}", ENDS), say),
            *_table(_of_levels(record, names, say), ("Columns of categories: {n}", RARE), say),
            *_together(record, say),
        ]


def _numbers(record: Record) -> dict[str, JSON]:
    return {name: own for name, own in by_column(record.profile.get("skew", {})).items() if not is_step(name)}


def _levels(record: Record) -> dict[str, JSON]:
    found = by_column(record.profile.get("cardinality", {}))
    return {name: own for name, own in found.items() if record.data.kinds.get(name) == "category"}


def _pairs(record: Record) -> list[JSON]:
    pairs = record.profile.get("associations", {}).get("pairs") or ()
    return [each for each in pairs if not any(map(is_step, each["columns"]))]


def _summary(record: Record, say: Text) -> str:
    numbers, levels = _numbers(record), _levels(record)
    words = {"numbers": say.count(len(numbers), "number column"), "levels": say.count(len(levels), "category column")}
    text = say("Statistics of {numbers} and {levels}, of the training customers, the most related first.", **words)
    skewed = {name: own.get("skew") or 0.0 for name, own in numbers.items()}
    far = max(skewed, key=lambda name: abs(skewed[name]), default="")
    if far and abs(skewed[far]) >= 2:
        text += " " + say("The most skewed is {name} ({skew}).", name=far, skew=say.number(skewed[far]))
    return text


def _missing(record: Record, name: str) -> float:
    own = by_column(record.profile.get("missingness", {})).get(name, {})
    return float(own.get("share") or 0.0)


def _of_numbers(record: Record, names: Sequence[str], say: Text) -> Grid:
    """Return one row per numeric column, without ends that few customers share."""
    own = _numbers(record)
    keys = [key for key in NAMES if any(_known(each).get(key) is not None for each in own.values())]
    rows = tuple((name, *map(_known(own[name]).get, keys), _missing(record, name)) for name in names if name in own)
    heads = (say("Column"), *(say(NAMES[key]) for key in keys), say("Missing"))
    return Grid(heads, rows, formats=("text", *("number" for _ in keys), "percent"))


def _known(own: JSON) -> JSON:
    return {**own, **(own.get("quantiles") or {})}


def _of_levels(record: Record, names: Sequence[str], say: Text) -> Grid:
    """Return one row per categorical column, without common levels of few customers."""
    own = _levels(record)
    rows = tuple(
        (
            name,
            each.get("count"),
            each.get("levels"),
            each.get("common"),
            (each["common_rows"] / max(each.get("count") or 1, 1)) if each.get("common_rows") else None,
            each.get("rare_levels"),
            _missing(record, name),
        )
        for name in names
        if (each := own.get(name))
    )
    titles = ("Column", "Count", "Levels", "Commonest", "Its share", "Rare levels", "Missing")
    formats = ("text", "count", "count", "text", "percent", "count", "percent")
    return Grid(tuple(say(title) for title in titles), rows, formats=formats)


def _table(grid: Grid, texts: tuple[str, str], say: Text) -> list[Block]:
    """Return a table with title and note, folded if long; only the first of very many columns."""
    if not grid.rows:
        return []
    shown = Grid(grid.columns, grid.rows[:MOST], grid.caption, grid.formats)
    title, note = texts
    blocks: list[Block] = [shown, Prose(say(note))]
    if len(grid.rows) > MOST:
        left = say.count(len(grid.rows) - MOST, "column")
        blocks.append(Prose(say("{n} are left out of the table; report.json has them.", n=left)))
    named = say(title, n=say.count(len(grid.rows)))
    return [Group(tuple(blocks), "stack" if len(grid.rows) <= OPEN else "fold", named)]


def _together(record: Record, say: Text) -> list[Block]:
    """Return the strongest pairs of columns as bars."""
    pairs = [(*each["columns"], each["strength"]) for each in _pairs(record)]
    if not pairs:
        return []
    one, other, strength = pairs[0]
    text = "{one} and {other} are the most similar: {strength}, where 1 means that each determines the other."
    heads = (say("Column"), say("Other column"), say("Strength"))
    grid = Grid(heads, tuple(pairs), formats=("text", "text", "score"))
    top = pairs[:PAIRS]
    data: JSON = {
        **_named(top),
        "values": [value for *_, value in top],
        "format": "score",
        "top": 1.0,
    }
    way = say("Numbers: rank correlation without its sign; with categories: correlation ratio, or Cramer's V.")
    return [
        Chart("bars", say("Columns with similar information"), way, data, grid),
        Prose(say(text, one=one, other=other, strength=say.score(strength)), "says"),
        *([Prose(_advice(pairs, say), "so")] if strength >= NEAR else []),
    ]


def _named(pairs: Sequence[tuple[str, str, float]]) -> JSON:
    """Return the names of pairs: on one line, or on two if one of them would be cut on a phone."""
    lines = [f"{first} \N{MIDDLE DOT} {second}" for first, second, _ in pairs]
    if max(map(width, lines)) <= PHONE - NUMBER:
        return {"labels": lines}
    return {"labels": [first for first, *_ in pairs], "second": [f"\N{MIDDLE DOT} {other}" for _, other, _ in pairs]}


def _advice(pairs: Sequence[tuple[str, str, float]], say: Text) -> str:
    same = sum(strength >= SAME for *_, strength in pairs)
    if same:
        return say(
            "In {n} with a strength of {limit} or more, one column can be left out.",
            limit=SAME,
            n=say.count(same, "pair"),
        )
    return say("Such similar columns share their importance: neither adds much to the other.")
