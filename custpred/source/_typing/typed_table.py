"""Convert raw values to a typed table, and new values to the columns of a saved table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._reading.native import to_pandas
from custpred.source._typing import typing_notes
from custpred.source._typing.kinds import Hints, Typed, type_column
from custpred.source._typing.label_type import label_type
from custpred.source._typing.names import clean_names
from custpred.table import Column, Finding, Table
from custpred.text import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from custpred.source._raw import Raw
    from custpred.source.base import Source

_KINDS = ("number", "code", "category", "date", "text", "id")
_MANY = 100_000
"""Number of rows from which two columns are typed in parallel."""


class Reading(TypedDict, total=False):
    """How a frame is read; the names are those of ``Source``'s options."""

    key: str | None
    types: dict[str, str]
    drop: Sequence[str]
    missing: Sequence[str]
    target: str | None
    origin: str
    decimal: str | None


def table_of(raw: Raw, source: Source, target: str | None) -> Table:
    """Type the content of a source, according to the source's options."""
    table = typed(
        raw.frame,
        key=source.key,
        types=source.types,
        drop=source.drop,
        missing=source.missing,
        target=target,
        origin=raw.origin,
        decimal=raw.facts.get("decimal"),
    )
    table = without_repeats(table, source.duplicates)
    own = None if source.text_only else table.label_type
    return replace(table, findings=(*raw.findings, *table.findings), facts={**raw.facts, **table.facts}, label_type=own)


def without_repeats(table: Table, duplicates: str | list[str]) -> Table:
    """Drop rows that repeat an earlier one in all or the named columns, missing values too."""
    if duplicates == "keep":
        return table
    columns = None if isinstance(duplicates, str) else duplicates
    DataError.require_columns(columns or (), table.names)
    repeats = table.frame.duplicated(columns).to_numpy()
    kept = table.take(np.flatnonzero(~repeats))
    finding = typing_notes.repeats(int(repeats.sum()), len(table), columns)
    return replace(kept, facts={**table.facts, "rows": len(kept)}).with_findings(finding)


def typed(frame: object, **how: Unpack[Reading]) -> Table:
    """Turn a frame of raw values, texts or typed, into a table.

    Parameters
    ----------
    frame : pandas, polars or Arrow table, DuckDB relation
        The raw values, shape (n_rows, n_columns); never modified.
    **how
        ``key``, ``types``, ``drop``, ``missing`` as in a recipe; ``target`` is kept and is never an
        id; ``origin`` names the source; ``decimal`` is "," or "." if known.

    Raises
    ------
    DataError
        Without rows, for a repeated or unknown name, a nested cell, or an ambiguous date.
    """
    named, findings = named_frame(frame)
    _check_names(how, list(named.columns))
    gone = set(how.get("drop", ()))
    kept = named[[name for name in named.columns if name not in gone]] if gone else named
    _check_size(kept, how.get("origin", "frame"))
    found, target = _types(kept, how), how.get("target")
    return Table(
        frame=pd.DataFrame({each.column.name: each.values for each in found}),
        columns=tuple(each.column for each in found),
        key=how.get("key"),
        findings=(*findings, *_findings(kept, found, how), *_dropped(sorted(gone))),
        origin=how.get("origin", "frame"),
        facts={"rows": len(kept), "columns": len(kept.columns)},
        label_type=label_type(kept[target]) if target in kept.columns else None,
    )


def named_frame(frame: object) -> tuple[pd.DataFrame, list[Finding]]:
    """Return any table as a pandas frame with clean names, and findings about changed names."""
    raw = to_pandas(frame)
    if isinstance(raw.columns, pd.MultiIndex):
        raise DataError(
            "Expected one name for each column, but the frame's columns have several levels (a MultiIndex).",
            code="CP2125",
            remedy="Join the levels, such as with `frame.columns = ['_'.join(name) for name in frame.columns]`.",
        )
    names, findings = clean_names(list(raw.columns))
    return raw.set_axis(pd.Index(names, dtype=object), axis=1), findings


def _check_names(how: Reading, names: list[str]) -> None:
    key = how.get("key")
    wanted = [*([key] if key else []), *how.get("types", {}), *how.get("drop", ())]
    DataError.require_columns(wanted, names)
    for name, kind in how.get("types", {}).items():
        if kind.partition(" ")[0] not in _KINDS:
            raise DataError(
                f"Expected one of {', '.join(_KINDS)} as the type of column {name!r}, got {kind!r}.",
                code="CP2101",
                column=name,
                remedy="Correct it under `types`.",
            )


def _check_size(frame: pd.DataFrame, origin: str) -> None:
    if len(frame) == 0 or len(frame.columns) == 0:
        what = "no rows" if len(frame.columns) else "no columns"
        raise DataError(
            f"Expected customers in rows, but {origin} has {what}.",
            code="CP2110",
            found=f"{plural(len(frame), 'row')}, {plural(len(frame.columns), 'column')}",
            remedy="Pass a table with a header and at least one row.",
        )


def _types(frame: pd.DataFrame, how: Reading) -> list[Typed]:
    """Type each column; with many rows two in parallel, as half of the work releases the GIL."""
    if len(frame) < _MANY:
        return [_type(name, frame[name], how) for name in frame.columns]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda name: _type(name, frame[name], how), frame.columns))


def _type(name: str, series: pd.Series, how: Reading) -> Typed:
    is_key, is_target = name == how.get("key"), name == how.get("target")
    kind = "id" if is_key and not is_target else how.get("types", {}).get(name)
    hints = Hints(tuple(how.get("missing", ())), how.get("decimal"), kind, is_target)
    each = type_column(name, series.reset_index(drop=True), hints)
    if kind == "id" and is_key:
        return replace(each, column=Column(name, "id", "the recipe's key"))
    return each


def _findings(frame: pd.DataFrame, found: Collection[Typed], how: Reading) -> list[Finding]:
    aside = {how.get("key"), how.get("target")}
    of_kind = {kind: [e.column.name for e in found if e.column.kind == kind] for kind in ("constant", "id")}
    endless = {name: count for name, count in frame.attrs.get("infinite", {}).items() if name in frame}
    empty = {str(name): int(count) - endless.get(name, 0) for name, count in frame.isna().sum().items()}
    return [
        *typing_notes.empty_cells(empty),
        *(typing_notes.infinite(name, count, dates=True) for name, count in endless.items()),
        *typing_notes.together([finding for each in found for finding in each.findings]),
        *(
            note
            for kind, names in of_kind.items()
            for note in typing_notes.unused([n for n in names if n not in aside], kind)
        ),
    ]


def _dropped(names: Sequence[str]) -> list[Finding]:
    if not names:
        return []
    text = f"The recipe drops {plural(len(names), 'column')}: {', '.join(names)}."
    return [Finding("D129", "info", text, names[0], {"columns": len(names)})]
