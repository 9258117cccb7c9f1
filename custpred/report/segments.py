"""Weak and strong segments of the model, and the results for groups of sensitive columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custpred.report._blocks import Chart, Grid, Prose
from custpred.report._groups import groups
from custpred.report._reading import absent, column, facts, first, higher_is_better, inside, interval, label, rows
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST = 5


class Segments(Section):
    """Groups of customers with worse or better scores than all customers."""

    title = "Where it is weak"
    order = 110
    readers = frozenset({"analyst", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the weakest and strongest segments, and the groups of sensitive columns."""
        say = Text.of(record)
        every = [row for row in rows(record, "segments") if finite(_score(row))]
        if not every:
            return [absent(record, "segments", say), *groups(record, say)]
        higher = higher_is_better(record, record.metric)
        ranked = sorted(every, key=_score, reverse=not higher)
        return [*_summary(record, ranked, say), _picture(record, ranked, say), *groups(record, say)]


def _score(row: JSON) -> Any:
    return first(row, "score", "value")


def _name(row: JSON, say: Text) -> str:
    own = first(row, "name", "label")
    return str(own) if own else f"{row.get('column')}: {say.message(str(first(row, 'segment', 'group', 'level')))}"


def _summary(record: Record, ranked: Sequence[JSON], say: Text) -> list[Block]:
    weak = ranked[0]
    overall = _overall(record)
    words = {
        "name": _name(weak, say),
        "label": inside(label(record, record.metric)),
        "score": say.score(_score(weak)),
        "between": interval(say, first(weak, "low"), first(weak, "high")),
        "n": say.customers(first(weak, "customers", "count")),
    }
    text = say("The model does worst for {name}: {label} {score} ({between}, n = {n})", **words)
    text += say(", against {all} for all.", all=say.score(overall)) if finite(overall) else "."
    if _as_promised(record, weak):
        kept = say(
            "That is within chance of what the model's own percentages promise there ({promised}): customers who are"
            " alike are hard to tell apart.",
            promised=say.score(weak["promised"]),
        )
        return [Prose(text, "says"), Prose(kept, "so")]
    if not weak.get("sure", not _overlaps(weak, overall)):
        return [Prose(text, "says"), Prose(say("That is within chance: no segment stands out as weak."), "so")]
    return [
        Prose(text, "says"),
        Prose(say("Treat scores in these segments with care, and look there first for missing data."), "so"),
    ]


def _as_promised(record: Record, row: JSON) -> bool:
    """Return whether a segment scores at least as well as expected from the model's percentages."""
    if not finite(row.get("promised")):
        return False
    higher = higher_is_better(record, record.metric)
    return not row.get("fault") or (_score(row) > row["promised"]) == higher


def _overall(record: Record) -> object:
    score = record.test.get(record.metric) if record.metrics else None
    return first(facts(record, "segments"), "overall") or (score.value if score else None)


def _overlaps(row: JSON, overall: object) -> bool:
    low, high = first(row, "low"), first(row, "high")
    return finite(low) and finite(high) and finite(overall) and low <= overall <= high


def _picture(record: Record, ranked: Sequence[JSON], say: Text) -> Chart:
    top = [*ranked] if len(ranked) <= 2 * MOST else [*ranked[:MOST], *ranked[-MOST:]]
    names, values = [_name(row, say) for row in top], [_score(row) for row in top]
    low, high = column(top, "low"), column(top, "high")
    counts = column(top, "customers", "count")
    overall = _overall(record)
    data: JSON = {"labels": names, "values": values, "low": low, "high": high, "format": "score"}
    data["brief"] = [say.score(value) for value in values]
    data["notes"] = [
        say("{score} (n = {n})", score=say.score(v), n=say.customers(n)) for v, n in zip(values, counts, strict=True)
    ]
    if finite(overall):
        data["reference"] = {"value": overall, "label": say("all customers: {score}", score=say.score(overall))}
    heads = (say("Segment"), say("Customers"), label(record, record.metric), say("Low"), say("High"))
    cells = tuple(zip(names, counts, values, low, high, strict=True))
    grid = Grid(heads, cells, formats=("text", "customers", "score", "score", "score"))
    title = say("{label} in the weakest and the strongest segments", label=label(record, record.metric))
    return Chart("dots", title, say("The weakest come first."), data, grid)
