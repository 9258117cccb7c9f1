"""Duplicate rows: kept, or dropped and counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.source.base import Source
from custpred.table import Table

DATA = pd.DataFrame(
    {
        "id": ["a", "a", "b", "c", "d", "d"],
        "text": ["good", "good", "good", None, None, "bad"],
        "n": [1.0, 1.0, 1.0, np.nan, np.nan, 2.0],
        "y": ["yes", "yes", "yes", "no", "no", "no"],
    }
)


def read(**options: Any) -> Table:
    return Source.parse({"kind": "frame", "data": DATA, "key": "id", **options}).read(target="y")


@pytest.mark.parametrize(
    ("duplicates", "ids"),
    [
        ("keep", ["a", "a", "b", "c", "d", "d"]),
        ("drop", ["a", "b", "c", "d", "d"]),
        (["text"], ["a", "c", "d"]),
        (["id"], ["a", "b", "c", "d"]),
        (["text", "n"], ["a", "c", "d"]),
    ],
)
def test_duplicates_are_dropped_as_the_recipe_says(duplicates: Any, ids: list[str]) -> None:
    """The first row stays; by all columns, or by the key if the values are equal."""
    table = read(duplicates=duplicates)
    assert table.frame["id"].tolist() == ids and table.facts["rows"] == len(ids)
    found = [finding for finding in table.findings if finding.code == "D133"]
    assert [finding.numbers["rows"] for finding in found] == ([] if duplicates == "keep" else [6 - len(ids)])


def test_an_unknown_column_is_named() -> None:
    """An unknown name is an error with the nearest name."""
    with pytest.raises(DataError, match="text") as caught:
        read(duplicates=["texts"])
    assert caught.value.code == "CP2102"


def test_the_sample_keeps_the_truth_of_each_row() -> None:
    """Known probabilities are dropped with their rows."""
    table = Source.parse({"sample": "reviews", "rows": 200, "duplicates": ["language"]}).read(target="sentiment")
    assert len(table) == 2 and table.known is not None and len(table.known) == 2
