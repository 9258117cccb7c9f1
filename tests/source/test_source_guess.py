"""A map without a kind finds its source."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from custpred.source._reading import layout
from custpred.source.base import Source


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"path": "a.csv"}, "csv"),
        ({"path": "A.TSV"}, "csv"),
        ({"path": "a.txt"}, "csv"),
        ({"path": "german.data"}, "csv"),
        ({"path": "a.csv.gz"}, "csv"),
        ({"path": "a.zip"}, "csv"),
        ({"path": "orders/*.csv"}, "csv"),
        ({"path": "a.parquet"}, "parquet"),
        ({"path": "orders/*.parquet"}, "parquet"),
        ({"path": "orders/"}, "parquet"),
        ({"path": "orders"}, "parquet"),
        ({"path": "a.xlsx"}, "excel"),
        ({"path": "a.v2.xlsm"}, "excel"),
        ({"url": "sqlite:///a.db", "query": "select 1"}, "sql"),
        ({"path": "a.sqlite"}, "sql"),
        ({"sample": "telecom"}, "sample"),
    ],
)
def test_guess_finds_the_kind(options: dict[str, Any], kind: str) -> None:
    """The extension of a path, an address or a sample determines the kind."""
    assert Source.parse(options).kind() == kind


def test_guess_without_a_hint_is_an_error() -> None:
    """The message asks for a kind."""
    with pytest.raises(PydanticCustomError, match="kind"):
        Source.parse({"key": "id"})


@pytest.mark.parametrize(
    ("text", "separator"), [("a b\n1 2\n3 4\n", r"\s+"), ("word\nred apple\nblue\n", ","), ("a\n1\n", ",")]
)
def test_guess_separator_of_blanks_needs_agreement(text: str, separator: str) -> None:
    """Blanks separate fields only if all lines agree; one column of words stays one column."""
    assert layout.sniff(text, None, quotes=True) == separator


@pytest.mark.parametrize("path", ["orders.csv", "data/고객.xlsx", "shop.db::orders", "a.csv.gz"])
def test_a_file_instead_of_a_map_says_what_to_write(path: str) -> None:
    """``customers: orders.csv`` is refused with the map that works, not with plug-ins."""
    with pytest.raises(PydanticCustomError, match="For a file, write") as caught:
        Source.parse(path)
    assert f"{{path: {path}}}" in str(caught.value)
    assert "plugins" not in str(caught.value)
