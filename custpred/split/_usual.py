"""The splits chosen by ``auto``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.split.base import Split
from custpred.text import plural

if TYPE_CHECKING:
    from custpred.table import Table


def rows(folds: int) -> Split:
    """Return a stratified split of single rows."""
    return Split.parse({"kind": "stratified", "folds": folds})


def customers(key: str, folds: int | None, **options: object) -> Split:
    """Return a split of whole customers, identified by the column ``key``."""
    return Split.parse({"kind": "group", "column": key, **options, "folds": folds})


def latest(folds: int) -> Split:
    """Return a split whose test is the latest time."""
    return Split.parse({"kind": "time", "test": {"last": 1}, "folds": folds})


def usual(table: Table, folds: int, typical: int) -> tuple[Split, str]:
    """Return the split of a table of customers, and why, with the folds unless ``typical``."""
    if table.key is not None and bool(table.frame[table.key].dropna().duplicated().any()):
        split = customers(table.key, folds)
        reason = f"customers in {table.key!r} have several rows; a customer must not be on both sides"
    else:
        split = rows(folds)
        reason = "rows are single customers; class shares are kept in every part"
    return split, reason if folds == typical else f"{reason}; {folds} folds suit {plural(len(table), 'row')}"
