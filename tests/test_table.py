"""A table of customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.table import Column, Finding, Table

COLUMNS = (Column("id", "id"), Column("age", "number"), Column("plan", "category"), Column("same", "constant"))


def _table() -> Table:
    frame = pd.DataFrame({"id": list("abcd"), "age": [1.0, 2.0, 3.0, 4.0], "plan": list("xyxy"), "same": [1.0] * 4})
    return Table(frame, COLUMNS, key="id", known=np.array([0.1, 0.2, 0.3, 0.4]))


def test_rows_are_taken_with_their_truth() -> None:
    """They get a default index, in the requested order, with their known probabilities."""
    part = _table().take([3, 1])
    assert part.frame["id"].tolist() == ["d", "b"]
    assert list(part.frame.index) == [0, 1]
    assert part.known is not None
    assert part.known.tolist() == [0.4, 0.2]
    assert len(part) == 2


def test_dropping_ignores_unknown_columns() -> None:
    """Columns are dropped from the frame and the description."""
    part = _table().drop("age", "nothing")
    assert part.names == ["id", "plan", "same"] == list(part.frame.columns)


def test_an_unknown_column_suggests_the_nearest() -> None:
    """A column that is not there is an error with the nearest name."""
    assert _table().column("age").kind == "number"
    with pytest.raises(DataError, match="Did you mean 'plan'"):
        _table().column("plann")


def test_kinds_say_what_a_model_may_use() -> None:
    """Ids, constants and empty columns are never used."""
    assert [column.name for column in _table().columns if column.usable] == ["age", "plan"]
    assert not Column("x", "empty").usable
    assert _table().of_kind("id", "number") == ["id", "age"]


def test_findings_are_added_to_a_copy() -> None:
    """The original table is unchanged."""
    table = _table()
    more = table.with_findings(Finding("D1", "info", "Something."))
    assert [each.code for each in more.findings] == ["D1"]
    assert table.findings == ()


def test_customers_are_counted_once() -> None:
    """Rows with one key are one customer; rows without a key count separately."""
    table = Table(pd.DataFrame({"id": ["a", "a", "b", None, None]}), (Column("id", "id"),), key="id")
    assert (table.customers(), table.customers([0, 1])) == (4, 1)
    assert Table(table.frame, table.columns).customers() == 5
