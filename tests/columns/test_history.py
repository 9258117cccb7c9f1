"""The names of purchase histories."""

from __future__ import annotations

from custpred.columns.history import PARTS, histories, history_name


def test_names_are_parsed() -> None:
    """Every part of every table is found, also if a table's name contains underscores."""
    names = [history_name(table, part) for table in ("orders", "web_visits") for part in PARTS]
    found = histories([*names, "age", "repeats"])
    assert set(found) == {"orders", "web_visits"}
    assert all(tuple(parts) == PARTS for parts in found.values())
