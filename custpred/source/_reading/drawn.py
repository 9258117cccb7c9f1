"""A sample of the customers of a table too large for the memory, drawn by hashes of ids.

All rows of a customer are drawn, or none; the same table gives the same sample.  A row without an
id counts as one customer, and is drawn by its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.errors import DataError
from custpred.source._typing.names import clean_names
from custpred.table import Finding
from custpred.text import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

_NUMBER = "custpred row number"


def facts(rows: int, every: int) -> tuple[Finding, dict[str, int]]:
    """Return the finding about a sample, and the facts of its table."""
    text = f"The table is larger than the memory: a sample of its customers was read, {rows:,} of {every:,} rows."
    text += " Faults in the others, such as values of another type, are not noticed."
    return Finding("D135", "warning", text, None, {"rows": rows, "of": every}), {"drawn_from": every}


def bounds(share: float, first: float) -> tuple[str, str]:
    """Return two texts, lower and upper bound of the hexadecimal MD5 of a share of all ids.

    >>> bounds(0.5, 0.0), bounds(0.5, 0.5)
    (('00000000', '80000000'), ('80000000', 'g'))
    """
    low, high = (f"{int(each * (16**8 - 1) + 0.5):08x}" for each in (first, min(1.0, first + share)))
    return low, high if first + share < 1 - 1e-9 else "g"


def of_relation(relation: DuckDBPyRelation, key: str | None, share: float, first: float) -> DuckDBPyRelation:
    """Return the rows of a share of the customers of a DuckDB relation, in their order."""
    low, high = bounds(share, first)
    names, _ = clean_names(list(relation.columns))
    columns = dict(zip(names, relation.columns, strict=True))
    DataError.require_columns([] if key is None else [key], names)
    numbered = relation.project(f"*, 'row ' || row_number() OVER () AS {quoted(_NUMBER)}")
    own = quoted(_NUMBER) if key is None else f"coalesce(CAST({quoted(columns[key])} AS VARCHAR), {quoted(_NUMBER)})"
    drawn = numbered.filter(f"md5({own}) >= '{low}' AND md5({own}) < '{high}'")
    return drawn.project(f"* EXCLUDE ({quoted(_NUMBER)})")
