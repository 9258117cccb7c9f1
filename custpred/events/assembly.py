"""The gathered rows as a table of customers, joined with static columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.events.columns import DAY
from custpred.table import Column, Finding, Table
from custpred.text import plural

if TYPE_CHECKING:
    from custpred.storage.plain import JSON
    from custpred.table import Kind

SOME, FEW = 10_000, 30
GATHERED = "gathered"
"""Key of the fact that names the columns gathered from events."""
BEYOND = "beyond"
"""Key of the fact with the rows in which a customer's date is not before the cutoff."""
CUTOFF = "cutoff"
"""Name of the column with the cutoff of each row: used to split rows, never by models."""


def assembled(frame: pd.DataFrame, key: str, customers: Table | None) -> Table:
    """Return the gathered rows as a table; the columns of ``customers`` are joined by its key.

    Parameters
    ----------
    frame
        ``_customer``, ``cutoff``, then the gathered columns with the dtypes of a ``Table``.
    key
        The name of the id column.

    Raises
    ------
    DataError
        CP2227 if a customer has several rows in the table of customers.
    """
    named = frame.rename(columns={"_customer": key})
    columns = [
        Column(key, "id", "the customer's key"),
        Column(CUTOFF, "date", "the moment from which features look back"),
        *(_column(name, named[name]) for name in named.columns[2:]),
    ]
    own = [column.name for column in columns[1:]]
    facts: JSON = {GATHERED: own}
    findings: tuple[Finding, ...] = ()
    if customers is not None:
        facts |= {BEYOND: {}, "decimal": customers.facts.get("decimal")}
        named, static, findings = _joined(named, key, customers, facts[BEYOND])
        columns, findings = [*columns, *static], (*customers.findings, *findings)
    return Table(named, tuple(columns), key, findings, "events", facts)


def _column(name: str, values: pd.Series) -> Column:
    """Return the kind of a gathered column and the reason."""
    category = values.dtype.name == "category"
    distinct = values.nunique(dropna=False) if category else _few(values.to_numpy())
    if distinct <= 1:
        gap = bool(values.isna().iloc[:1].any())
        return Column(name, "empty" if gap else "constant", "no row holds a value" if gap else "the same in every row")
    kind: Kind = "category" if category else "code" if _are_codes(values.to_numpy()) else "number"
    return Column(name, kind, "gathered from events before the cutoff")


def _are_codes(values: np.ndarray) -> bool:
    """Return whether numbers are integers with few distinct values, like codes."""
    known = values[~np.isnan(values)]
    if len(np.unique(known[:SOME])) > FEW or not bool((known == np.floor(known)).all()):
        return False
    return len(np.unique(known)) <= FEW


def _few(values: np.ndarray) -> int:
    """Return 1 if all numbers are equal or all are missing, 2 otherwise."""
    missing = np.isnan(values)
    if not len(values) or missing.any():
        return 1 if missing.all() else 2
    return 1 if (values == values[0]).all() else 2


def _joined(
    frame: pd.DataFrame, key: str, customers: Table, beyond: dict[str, np.ndarray]
) -> tuple[pd.DataFrame, list[Column], tuple[Finding, ...]]:
    ids = pd.Index(_plain(customers.frame[_key(customers)]))
    known = ids.notna()
    if ids[known].has_duplicates:
        raise DataError(
            f"Expected one row for each customer in 'customers', but {_key(customers)!r} has duplicates.",
            code="CP2227",
            column=_key(customers),
            remedy="Keep one row for each customer, or list the table under 'events'.",
        )
    # Rows without an id belong to nobody: there may be several.
    own = np.append(np.flatnonzero(known), -1)
    place = own[ids[known].get_indexer(frame[key].to_numpy())]
    lost = int((place < 0).sum())
    static, columns = {}, []
    for column in customers.columns:
        if column.name == _key(customers) or column.kind == "id":
            continue
        taken = customers.frame[column.name].reindex(place).reset_index(drop=True)
        made = _since(column, taken, frame[CUTOFF]) if column.kind == "date" else (column, taken)
        name = made[0].name if made[0].name not in frame else f"{made[0].name} (customers)"
        static[name] = made[1]
        if column.kind == "date":
            beyond[name] = (taken >= frame[CUTOFF]).to_numpy()
        columns.append(Column(name, made[0].kind, made[0].reason, made[0].written))
    text = f"{plural(lost, 'row')} of {len(frame):,} belong to customers who are not in the table of customers."
    notes = (Finding("D152", "warning", text, None, {"rows": lost}),) if lost else ()
    return pd.concat([frame, pd.DataFrame(static, index=frame.index)], axis=1), columns, notes


def _since(column: Column, dates: pd.Series, cutoff: pd.Series) -> tuple[Column, pd.Series]:
    """Return the days from a date to the cutoff; later dates, unknown then, become missing."""
    waited = (cutoff - dates).to_numpy().astype("timedelta64[us]")
    days = np.where(np.isnat(waited), np.nan, waited.astype(np.int64) / DAY)
    days[~(days > 0)] = np.nan
    name = f"days_since_{column.name}"
    return Column(name, "number", f"days from {column.name} to the cutoff"), type(dates)(days, index=dates.index)


def _key(customers: Table) -> str:
    if customers.key is None:
        raise DataError(
            "Expected 'key' in 'customers': with events, its rows are joined by the customer's id.",
            code="CP2227",
            remedy="Name the column with the customer's id.",
        )
    return customers.key


def _plain(ids: pd.Series) -> object:
    """Return ids in the form used for events: 17850.0 becomes 17850."""
    return ids.astype(object).where(ids.notna(), None).str.strip().str.replace(r"^(-?\d+)\.0$", r"\1", regex=True)
