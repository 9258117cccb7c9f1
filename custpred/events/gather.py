"""Gathering: one row per customer and cutoff, only from data visible before the cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.events.columns import DAY, MICRO, Gathered, Steps
from custpred.events.spans import moved
from custpred.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from custpred.events.database import Database
    from custpred.storage.plain import JSON

_SINCE, _ELIGIBLE, _THIS = "since", "eligible", "$cutoff"


@dataclass(frozen=True)
class Window:
    """Eligibility of customers and the label's window, in spans (``custpred.events.spans``).

    Parameters
    ----------
    table
        The table whose events determine eligibility and the label.
    history
        How far features look back; None for the whole history.
    gap, horizon
        The label covers [cutoff + gap, cutoff + gap + horizon).
    active
        Eligible customers have events in this span before the cutoff; None: at any time.
    at_least
        Minimum number of such events.
    """

    table: str
    history: str | None
    gap: str
    horizon: str
    active: str | None = None
    at_least: int = 1

    def ends(self, cutoff: datetime) -> datetime:
        """Return the end of the label's window, from which the label is known."""
        return moved(moved(cutoff, self.gap), self.horizon)

    def starts(self, cutoff: datetime) -> datetime:
        """Return the start of the label's window."""
        return moved(cutoff, self.gap)

    def latest(self, end: datetime) -> datetime:
        """Return the latest cutoff whose label is known if events end at ``end``."""
        cutoff = moved(moved(end, self.horizon, -1), self.gap, -1)
        while self.ends(cutoff) > end:  # months differ in length
            cutoff -= timedelta(days=1)
        while self.ends(cutoff + timedelta(days=1)) <= end:
            cutoff += timedelta(days=1)
        return cutoff


def place_cutoffs(base: Database, cutoffs: Sequence[datetime], window: Window, spans: Sequence[str]) -> None:
    """Create the table of cutoffs: starts of history, spans and eligibility, the label's window."""
    names = ["cutoff", _SINCE, _ELIGIBLE, "starts", "ends", *spans]
    rows = []
    for cutoff in cutoffs:
        since = moved(cutoff, window.history, -1) if window.history else None
        active = moved(cutoff, window.active, -1) if window.active else since
        moments = [cutoff, since, active, window.starts(cutoff), window.ends(cutoff)]
        moments += [moved(cutoff, each, -1) for each in spans]
        rows.append("(" + ", ".join(_moment(each) for each in moments) + ")")
    listed = ",\n  ".join(rows)
    base.run(f"CREATE TABLE cutoffs AS SELECT * FROM (VALUES\n  {listed}\n) AS t({', '.join(map(quoted, names))})")


def _moment(of: datetime | None) -> str:
    return f"TIMESTAMP '{of:%Y-%m-%d}'" if of else "TIMESTAMP '0001-01-01'"


def gather(base: Database, window: Window, columns: Sequence[Gathered], cutoffs: Sequence[datetime]) -> None:
    """Aggregate the loaded events, and number the eligible customers in ``customers_at``.

    Cutoffs are aggregated one by one, so that the states of a few hundred thousand customers fit in
    memory (all together took 3 times as long with 1 GB).  Rows are ordered by cutoff and customer.
    """
    for table in dict.fromkeys([window.table, *(each.table for each in columns)]):
        own = [each for each in columns if each.table == table]
        for rows in ("days", "events"):
            some = [each for each in own if each.rows == rows]
            first = rows == "days" and table == window.table
            if some or first:
                _fill(base, (table, rows), _aggregated(table, rows, some, window if first else None), cutoffs)
    base.run(
        "CREATE TABLE customers_at AS SELECT row_number() OVER (ORDER BY cutoff, _customer) - 1 AS row,"
        f" _customer, cutoff FROM {quoted(f'{window.table} by days')} WHERE _eligible"
    )


def _fill(base: Database, place: tuple[str, str], select: str, cutoffs: Sequence[datetime]) -> None:
    """Create the table of one aggregation, cutoff by cutoff."""
    name = quoted(" by ".join(place))
    for number, cutoff in enumerate(cutoffs):
        into = f"INSERT INTO {name}" if number else f"CREATE TABLE {name} AS"
        base.run(f"{into} {select.replace(_THIS, _moment(cutoff))}")


def _aggregated(table: str, rows: str, columns: Sequence[Gathered], window: Window | None) -> str:
    letter, source = ("d", f"{table}_days") if rows == "days" else ("e", table)
    when = f"{letter}._day" if rows == "days" else f"{letter}._at"
    made = [f"{each.sql} AS {quoted(each.name)}" for each in columns]
    if window is not None:
        counted = f"sum(d._sales) FILTER (WHERE d._day >= c.{_ELIGIBLE})"
        made.append(f"coalesce({counted}, 0) >= {window.at_least} AS _eligible")
    listed = ",\n  ".join(made)
    return f"""SELECT {letter}._customer, c.cutoff,
  {listed}
FROM {quoted(source)} {letter} JOIN cutoffs c
  ON {letter}._seen < c.cutoff AND {when} < c.cutoff AND {when} >= c.{_SINCE} AND c.cutoff = {_THIS}
GROUP BY {letter}._customer, c.cutoff"""


def collected(base: Database, columns: Sequence[Gathered]) -> pd.DataFrame:
    """Return the eligible customers: ``_customer``, ``cutoff``, then the gathered columns."""
    joins, chosen, known = "", ["r._customer", "r.cutoff"], set()
    for each in columns:
        source = quoted(f"{each.table} by {each.rows}")
        if source not in known:
            known.add(source)
            joins += f"\n  LEFT JOIN {source} USING (_customer, cutoff)"
        column = f"{source}.{quoted(each.name)}"
        number = f"CAST({column} AS DOUBLE)"
        sql = {"count": f"coalesce({number}, 0)", "number": number, "category": column}[each.kind]
        chosen.append(f"{sql} AS {quoted(each.name)}")
    listed = ",\n  ".join(chosen)
    found = base.arrays(f"SELECT {listed}\nFROM customers_at r{joins}\nORDER BY r.row")
    kinds = {each.name: each.kind for each in columns}
    data = {name: _column(values, kinds.get(name, "key")) for name, values in found.items()}
    return pd.DataFrame(data, copy=False)


def _column(values: Any, kind: str) -> object:
    """Return an array with the dtype of its column kind."""
    data, gaps = np.ma.getdata(values), np.ma.getmaskarray(values)
    if kind == "category":
        texts = data.astype(object)
        texts[gaps] = None
        return categorical(texts)
    if data.dtype.kind == "M":
        return pd.Series(data.astype("datetime64[us]"))
    if data.dtype.kind == "f":
        return np.where(gaps, np.nan, data) if gaps.any() else data
    return pd.Series(data.astype(object), dtype=object)


def categorical(texts: object) -> Any:
    """Return texts as a categorical with sorted levels, as in a ``Table``.

    >>> categorical(np.array(["b", None, "a"], dtype=object)).codes.tolist()
    [1, -1, 0]
    """
    levels = sorted({each for each in pd.unique(texts) if each is not None})
    return pd.Categorical(texts, categories=pd.Index(levels, dtype=object))


def outcomes_of(base: Database, window: Window, outcomes: dict[str, str]) -> JSON:
    """Return each eligible customer's outcomes in the label's window, ordered as ``customers_at``.

    Parameters
    ----------
    outcomes
        Aggregates over the events ``e`` in [starts, ends), by name; missing without events.
    """
    made = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in outcomes.items())
    chosen = ", ".join(f"a.{quoted(name)}" for name in outcomes)
    return base.arrays(f"""SELECT {chosen} FROM customers_at r LEFT JOIN (
  SELECT e._customer, c.cutoff, {made}
  FROM {quoted(window.table)} e JOIN cutoffs c ON e._at >= c.starts AND e._at < c.ends
  GROUP BY e._customer, c.cutoff
) a USING (_customer, cutoff) ORDER BY r.row""")


def steps(base: Database, wanted: Steps, labels: Sequence[str]) -> JSON:
    """Return the columns ``<stem>@-<k>`` of the latest events: numbers with NaN, or categories.

    Parameters
    ----------
    labels
        The table's label columns; such inputs are categories with equal levels in each step.
    """
    inputs = {each: _input(each, labels) for each in wanted.inputs}
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in inputs.items())
    ties = "".join(f", e.{quoted(f'label {each}')} DESC NULLS LAST" for each in labels)
    names = ", ".join(f"s.{quoted(name)}" for name in inputs)
    found = base.arrays(f"""SELECT r.row, s.back, {names} FROM customers_at r JOIN (
  SELECT e._customer, c.cutoff, row_number() OVER latest - 1 AS back, {listed}
  FROM {quoted(wanted.table)} e JOIN cutoffs c ON e._seen < c.cutoff AND e._at < c.cutoff AND e._at >= c.{_SINCE}
  WINDOW latest AS (PARTITION BY e._customer, c.cutoff ORDER BY e._at DESC, e._micro DESC NULLS LAST{ties})
) s USING (_customer, cutoff) WHERE s.back < {wanted.last}""")
    size = int(base.one("SELECT count(*) FROM customers_at")[0])
    return {
        f"{wanted.prefix}{name}@-{back}": column
        for name in inputs
        for back, column in enumerate(_spread(found, name, (wanted.last, size), name in labels))
    }


def _input(name: str, labels: Sequence[str]) -> str:
    if name in labels:
        return f"e.{quoted(f'label {name}')}"
    return {
        "amount": f"e._micro / {MICRO}",
        "days_since_previous": f"(epoch_us(e._at) - epoch_us(lead(e._at) OVER latest)) / {DAY:.0f}",
        "days_before_cutoff": f"(epoch_us(c.cutoff) - epoch_us(e._at)) / {DAY:.0f}",
    }[name]


def _spread(found: JSON, name: str, shape: tuple[int, int], label: bool) -> list[object]:
    """Return one array per step, newest first, from rows in long format."""
    back, row = (np.ma.getdata(found[each]).astype(np.intp) for each in ("back", "row"))
    values, gaps = np.ma.getdata(found[name]), np.ma.getmaskarray(found[name])
    if not label:
        matrix = np.full(shape, np.nan)
        matrix[back, row] = np.where(gaps, np.nan, values.astype(float))
        return list(matrix)
    texts = values.astype(object)
    texts[gaps] = None
    coded = categorical(texts)
    codes = np.full(shape, -1, dtype=np.int32)
    codes[back, row] = coded.codes
    return [pd.Categorical.from_codes(each, dtype=coded.dtype) for each in codes]
