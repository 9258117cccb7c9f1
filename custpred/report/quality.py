"""Findings of reading and profiling: missing values, outliers, duplicates, leaks, drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.columns.sequence import is_step
from custpred.report._blocks import Chart, Facts, Grid, Group, Note, Prose
from custpred.report._columns import by_column, cards
from custpred.report._reading import findings
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import NOTHING, finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON
    from custpred.table import Finding

MOST_NOTES = 12
MOST_BARS = 12


class Quality(Section):
    """Before you trust it: all findings about the data, the most severe first."""

    title = "Before you trust it"
    order = 40
    readers = frozenset({"summary", "analyst", "operations", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return findings by weight, missing values and outliers."""
        say = Text.of(record)
        every = findings(record)
        return [
            Prose(_summary(every, say), "says"),
            *_advice(every, say),
            *_notes(every, say),
            *_overview(record, say),
            *_missing(record, say),
            *_outlying(record, say),
            *_drift(record, say),
        ]


def _summary(every: Sequence[Finding], say: Text) -> str:
    if not every:
        return say("Reading and profiling found no problems.")
    count = {weight: sum(each.severity == weight for each in every) for weight in ("alarm", "warning", "info")}
    if not count["alarm"] and not count["warning"]:
        return say("No alarm and no warning; {info} worth knowing.", info=say.count(count["info"], "point"))
    words = {
        "alarms": say.count(count["alarm"], "alarm"),
        "warnings": say.count(count["warning"], "warning"),
        "info": say.count(count["info"], "point"),
    }
    return say("{alarms}, {warnings} and {info} worth knowing.", **words)


def _advice(every: Sequence[Finding], say: Text) -> list[Block]:
    alarms = [each for each in every if each.severity == "alarm"]
    if not alarms:
        return []
    columns = sorted({each.column for each in alarms if each.column})
    if not columns:
        return [Prose(say("Resolve the alarms before anyone acts on this page."), "so")]
    words = {"columns": say.listed(columns)}
    return [Prose(say("Resolve the alarms before anyone acts on this page: look at {columns} first.", **words), "so")]


def _notes(every: Sequence[Finding], say: Text) -> list[Block]:
    """Return the severe findings; the others are folded if there are many."""
    notes = [Note(say.message(each.text), each.severity, each.code) for each in every]
    grave = sum(each.severity != "info" for each in every)
    shown = notes[: max(min(grave, MOST_NOTES), min(len(notes), 4))]
    rest = tuple(notes[len(shown) :])
    if not rest:
        return [*shown]
    return [*shown, Group(rest, "fold", say("{n} more", n=say.count(len(rest), "finding")))]


def _missing(record: Record, say: Text) -> list[Block]:
    with_missing = [card for card in cards(record, say) if finite(card.missing) and (card.missing or 0) > 0]
    with_missing.sort(key=lambda card: -(card.missing or 0))
    if not with_missing:
        return [Prose(say("No used column has missing values."))] if "missingness" in record.profile else []
    top = with_missing[:MOST_BARS]
    own = by_column(record.profile.get("missingness", {}))
    names, values = [card.name for card in top], [card.missing for card in top]
    data = {"labels": names, "values": values, "format": "percent", "top": 1.0}
    heads = (say("Column"), say("Missing"), say("Target among the missing"), say("Target among the others"))
    cells = tuple((card.name, card.missing, *_speaks(own.get(card.name, {}))) for card in with_missing)
    form = "number" if record.task.kind == "regression" else "percent"
    grid = Grid(heads, cells[:200], formats=("text", "percent", form, form))
    title = say("Missing values by column")
    text = say("Shares of customers; {n} with missing values in all.", n=say.count(len(with_missing), "column"))
    return [Chart("bars", title, text, data, grid)]


def _speaks(own: dict[str, object]) -> tuple[object, object]:
    """Return the target's rate for missing and for present values."""
    return own.get("target_missing"), own.get("target_present")


def _outlying(record: Record, say: Text) -> list[Block]:
    own = {name: row for name, row in by_column(record.profile.get("outlying", {})).items() if not is_step(name)}
    rows = max(record.data.rows, 1)
    cells = [(name, row.get("share"), (row.get("sd") or 0) / rows) for name, row in own.items()]
    if not cells:
        return []
    heads = (say("Column"), say("Outside the IQR fences"), say("Beyond 3 standard deviations"))
    cells.sort(key=lambda row: -(row[1] or row[2]))
    grid = Grid(heads, tuple(cells[:200]), formats=("text", "percent", "percent"))
    return [Group((grid,), "fold", say("Values far from the others: {n}", n=say.count(len(cells), "column")))]


def _drift(record: Record, say: Text) -> list[Block]:
    """Return the population stability index by column, the largest first."""
    own = record.profile.get("drift", {})
    cells = [(name, psi) for name, psi in (own.get("psi") or {}).items() if finite(psi) and not is_step(name)]
    if not cells:
        return []
    by = say("the order of the rows") if own.get("by") == "row order" else str(own.get("by"))
    text = say(
        "Late customers against early ones, by {by}: up to 0.1 is stable, from 0.25 the column has shifted strongly.",
        by=by,
    )
    grid = Grid((say("Column"), say("Stability index (PSI)")), tuple(cells[:200]), formats=("text", "times"))
    return [Group((Prose(text), grid), "fold", say("Drift: {n}", n=say.count(len(cells), "column")))]


def _overview(record: Record, say: Text) -> list[Block]:
    """Return the key numbers of a table."""
    profile = record.profile
    known = (
        (say("Empty cells"), say.percent(profile.get("missingness", {}).get("cells")), ""),
        (say("Repeated rows"), say.count(profile.get("duplicates", {}).get("rows")), ""),
        (say("Leak suspects"), say.count(_suspects(profile)), ""),
        (say("Drift"), say(str(profile.get("drift", {}).get("verdict", ""))), ""),
    )
    items = tuple(item for item in known if item[1] not in {"", NOTHING})
    return [Facts(items)] if items else []


def _suspects(profile: dict[str, JSON]) -> int | None:
    found = profile.get("leakage", {}).get("suspects")
    return len(found) if isinstance(found, list) else None
