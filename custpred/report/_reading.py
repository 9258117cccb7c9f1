"""Access to measures, findings and facts of a record, and the reasons for missing ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from custpred.report._blocks import Absent
from custpred.report._text import Text
from custpred.text import DASH, MINUS, finite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custpred.results.record import BoardRow, Record, Score
    from custpred.storage.plain import JSON
    from custpred.table import Finding

PERSONS = ("Brier", "Gini")
"""Metrics that are named after a person."""


def first(data: Mapping[str, object], *names: str) -> Any:
    """Return the first value of some keys that is not None."""
    return next((data[name] for name in names if data.get(name) is not None), None)


def rows(record: Record, kind: str, **having: object) -> list[JSON]:
    """Return a measure's rows with the given values; none if it was not taken."""
    measure = record.measures.get(kind)
    every = measure.rows if measure else ()
    return [row for row in every if all(row.get(key) == value for key, value in having.items())]


def facts(record: Record, kind: str) -> JSON:
    """Return the summary numbers of a measure."""
    measure = record.measures.get(kind)
    return measure.facts if measure else {}


def column(data: Sequence[Mapping[str, object]], *names: str) -> list[Any]:
    """Return one value per row, None if missing."""
    return [first(row, *names) for row in data]


def absent(record: Record, kind: str, say: Text) -> Absent:
    """Return why a measure is empty."""
    measure = record.measures.get(kind)
    reason = measure.reason if measure else ""
    return Absent(say.message(reason) if reason else say("This was not measured in this run."))


def label(record: Record, metric: str) -> str:
    """Return a metric's display name, in the language of the report."""
    return Text.of(record).message(record.metrics.get(metric, {}).get("label") or metric.replace("_", " "))


def higher_is_better(record: Record, metric: str) -> bool:
    """Return whether a higher value of the metric is better; True for unknown ones."""
    return str(record.metrics.get(metric, {}).get("better", "higher")) == "higher"


def members_of(record: Record) -> list[BoardRow]:
    """Return the rows of the leaderboard with a weight in the blend."""
    return [row for row in record.leaderboard if row.weight and row.kind != "blend"]


def inside(name: str) -> str:
    """Return a metric's name inside a sentence: small, but abbreviations and persons' names.

    >>> inside("Mean absolute error"), inside("ROC AUC"), inside("Brier score")
    ('mean absolute error', 'ROC AUC', 'Brier score')
    """
    proper = name[1:2].upper() == name[1:2] or name.startswith(PERSONS)
    return name if proper else name[:1].lower() + name[1:]


def interval(say: Text, low: object, high: object, form: str = "score") -> str:
    """Return both ends in a format, joined by a dash; empty if either end is unknown."""
    if not finite(low) or not finite(high):
        return ""
    return between(*say.alike([low, high], form))


def between(*ends: str) -> str:
    """Join both ends of a range by a dash, with blanks next to a sign.

    >>> between("1%", "2%"), between("< 0.1%", "2%")
    ('1%\N{EN DASH}2%', '< 0.1% \N{EN DASH} 2%')
    """
    return (f" {DASH} " if any(end[:1] in f"<>{MINUS}" for end in ends) else DASH).join(ends)


def of_actual(row: JSON, end: str) -> float:
    """Return the mean or an outer quantile of a group's amounts.

    Runs of earlier versions have quantiles of the errors only, here taken at the mean prediction.
    """
    own = row.get(f"actual_{end}")
    return own if finite(own) else float(row["predicted"] + row[end])


def ends(score: Score | None, value: object, within: float = 1e-9) -> tuple[float | None, float | None]:
    """Return a metric's interval if the value is the metric's: one number has one interval."""
    same = score is not None and finite(value) and math.isclose(score.value, value, rel_tol=0, abs_tol=within)
    return (score.low, score.high) if score is not None and same else (None, None)


def headline(record: Record) -> tuple[str, Score] | None:
    """Return kind and test score of the optimised metric, or of the first available one."""
    if record.metrics and record.metric in record.test:
        return record.metric, record.test[record.metric]
    return next(iter(record.test.items()), None)


def findings(record: Record) -> list[Finding]:
    """Return every finding of reading and profiling, the most severe first."""
    weight = {"alarm": 0, "warning": 1, "info": 2}
    return sorted((*record.data.findings, *record.profile_findings), key=lambda each: weight[each.severity])


def scored(record: Record) -> int:
    """Return the number of scored test rows: all, or as many as there was time for."""
    return record.data.scored_rows or record.data.test_rows


def evaluated(record: Record, count: object, say: Text) -> str:
    """Return the customers that the numbers refer to: those of the test, or those out of fold."""
    if repeated(record.data.test_rows, record.data.test_customers):
        return say.customers(count, "test row")
    return say.customers(count, "test customer" if record.data.test_rows else "held-out customer")


def repeated(rows: int, customers: int) -> bool:
    """Return whether some customers have several rows, such as one per cutoff."""
    return 0 < customers < rows


def of_customers(rows: int, customers: int, say: Text, noun: str = "customer") -> str:
    """Return the number of customers, preceded by that of rows if customers have several."""
    if not repeated(rows, customers):
        return say.count(rows, noun)
    words = {"rows": say.count(rows, "row"), "customers": say.count(customers, "different customer")}
    return say("{rows} ({customers})", **words)
