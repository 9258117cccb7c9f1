"""The list to act on: scores, decisions and reasons in words, and how it is read and written."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from custpred.errors import DataError
from custpred.events.assembly import CUTOFF
from custpred.points import ENDS, reasons, words
from custpred.scratch import scratch
from custpred.storage import write
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from custpred.predictor import Predictor
    from custpred.result import Record
    from custpred.table import Finding

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell as a formula (CVE-2022-24770)."""


def read_new(record: Record, path: Path, as_of: str | None = None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Read new customers as the recipe's own table was read: same separator, names and marks for 'missing'.

    Where the question is about events, ``path`` holds events, and the customers are those eligible at ``as_of``.
    """
    from custpred.source.base import Source

    if record.data.events:
        return gathered(record, path, as_of)
    was = {
        key: value for key, value in record.recipe["customers"].items() if key not in {"path", "url", "query", "origin"}
    }
    guessed = Source.parse({"path": str(path)})
    same = was.get("kind") == guessed.kind()
    source = Source.parse({**was, "path": str(path)}) if same else guessed
    raw = source.raw()
    return raw.frame, raw.findings


def gathered(record: Record, data: Any = None, as_of: str | None = None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Gather the customers to be scored from new events, or from the recipe's own where None."""
    from custpred.later import customers_at
    from custpred.recipe import Recipe

    table = customers_at(Recipe.model_validate(record.lock), data, as_of)
    return table.frame.drop(columns=CUTOFF), table.findings


def action_list(
    record: Record, predictor: Predictor, new: Any, *, count: int = 3
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return key, probability of each label or value, decision and reasons of new customers, in their order."""
    import pandas as pd

    frame, notes = predictor.conform(new)
    answer = predictor.answer(frame)
    table = pd.DataFrame(index=frame.index)
    key = key_of(record)
    keys = _keys(new, key, len(frame))
    if keys is not None:
        table[key] = keys
    if record.task.kind == "regression":
        table["prediction"] = answer
    else:
        for i, label in enumerate(record.task.labels):
            table[f"probability of {label}"] = answer[:, i]
        table["decision"] = decisions(record, predictor, answer)
    if count and len(frame):
        _add_reasons(table, reasons(predictor, frame), frame, count)
    return table, notes


def decisions(record: Record, predictor: Predictor, answer: np.ndarray) -> np.ndarray:
    """Return the label that each customer is treated as; binary: positive from the run's threshold up."""
    import numpy as np

    labels = np.asarray(record.task.labels, dtype=object)
    if record.task.kind == "binary":
        chosen: np.ndarray = labels[(answer[:, 1] >= predictor.threshold).astype(int)]
        return chosen
    likeliest: np.ndarray = labels[answer.argmax(axis=1)]
    return likeliest


def write_list(table: pd.DataFrame, path: Path) -> None:
    """Write a list as CSV, safe to open in a spreadsheet, or as Parquet.

    Raises
    ------
    DataError
        If the ending is neither ``.csv`` nor ``.parquet``.
    """
    if path.suffix == ".parquet":
        write(path, _parquet(table))
        return
    if path.suffix != ".csv":
        raise DataError(
            f"A list is written as .csv or .parquet, got {path.suffix or 'no ending'!r}.",
            code="CP2402",
            remedy="Change the ending of --out.",
        )
    text = io.StringIO()
    writer = csv.writer(text)  # lines end as RFC 4180 says; else a carriage return in a cell would not be quoted
    writer.writerow([_harmless(name) for name in table.columns])
    columns = [_cells(table[name]) for name in table.columns]
    writer.writerows(zip(*columns, strict=True))
    write(path, text.getvalue())


def _parquet(table: pd.DataFrame) -> bytes:
    import duckdb

    with scratch() as folder:
        part = folder / "list.parquet"
        duckdb.from_df(table).write_parquet(str(part))
        return part.read_bytes()


def customer_lines(
    record: Record, predictor: Predictor, key: str, data: Path | None, as_of: str | None = None
) -> Iterator[str]:
    """Yield one customer's answer and all reasons in words, largest first, then the words of texts that move it.

    Raises
    ------
    DataError
        If there is no such customer.
    """
    from custpred.explain.reasons import sentences
    from custpred.explain.words import lines

    row = customer(record, key, data, as_of)
    frame, _ = predictor.conform(row)
    why = reasons(predictor, frame).iloc[0]
    names = list(frame.columns)
    values = [frame[name].iloc[0] for name in names]
    unit = "" if record.task.kind == "regression" else " %"
    yield f"{plain(key)}: {why['answer']:.2f}{unit} (average customer: {why['start']:.2f}{unit})"
    yield from sentences(
        names, values, why.iloc[len(ENDS) :].to_numpy(float), most=len(names), scale=1.0, unit=_unit(record)
    )
    for column, told in words(predictor, frame).groupby("column", sort=False):
        named, rest = told.iloc[:-1], float(told["part"].iloc[-1])
        yield from lines(str(column), list(named["word"]), named["part"].to_numpy(), rest, _unit(record))


def _unit(record: Record) -> str:
    return "" if record.task.kind == "regression" else "points"


def customer(record: Record, key: str, data: Path | None = None, as_of: str | None = None) -> pd.DataFrame:
    """Return the raw row of one customer, from ``data`` or from the run's own table.

    Raises
    ------
    DataError
        If the run knows no key column, or no row has this id.
    """
    from custpred.source.base import Source

    column = key_of(record)
    if column is None:
        raise DataError(
            "The recipe names no column with the customer's id.",
            code="CP2403",
            remedy="Add 'key' to 'customers' in the recipe and run it again.",
        )
    if record.data.events:
        frame = gathered(record, data, as_of)[0]
    else:
        frame = read_new(record, data)[0] if data else Source.parse(record.recipe["customers"]).raw().frame
    if column not in frame.columns:
        raise DataError.missing_columns([column], [str(name) for name in frame.columns])
    ids = frame[column].astype(str).str.strip()
    found = frame[(ids == key.strip()).to_numpy()]
    if found.empty:
        raise DataError(
            f"No customer has the id {plain(key)!r}.",
            code="CP2404",
            column=column,
            remedy="Look it up in the table of customers; with events, only eligible customers are scored.",
        )
    return found.iloc[[0]]


def key_of(record: Record) -> str | None:
    """Return the column with the customer's id: the recipe's key, or the table's only column of ids."""
    if record.data.events:
        return str(record.data.events["key"])
    named: str | None = record.recipe["customers"].get("key")
    ids = [name for name, kind in record.data.kinds.items() if kind == "id"]
    return named or (ids[0] if len(ids) == 1 else None)


def _keys(new: Any, key: str | None, rows: int) -> Any:
    """Return the ids as they stand in the new customers; None where there are none."""
    import narwhals as nw

    if key is None:
        return None
    frame = nw.from_native(new, eager_only=True, pass_through=True)
    names = list(getattr(frame, "columns", []))
    return frame[key].to_list() if key in names and rows == len(frame) else None


def _add_reasons(table: pd.DataFrame, why: pd.DataFrame, frame: pd.DataFrame, count: int) -> None:
    """Add the strongest reasons as columns ``reason 1``, ``reason 2``, ..."""
    import numpy as np

    from custpred.explain.reasons import sentences

    names = np.asarray(frame.columns, dtype=object)
    shares = why.iloc[:, len(ENDS) :].to_numpy()
    order = np.argsort(-np.abs(shares), axis=1)[:, :count]
    cells = [frame[name].astype(object).to_numpy() for name in names]
    unit = "points" if "decision" in table else ""
    texts = [
        sentences(names[row], [cells[j][i] for j in row], shares[i, row], most=count, scale=1.0, unit=unit)
        for i, row in enumerate(order)
    ]
    for place in range(min(count, len(names))):
        table[f"reason {place + 1}"] = [text[place] if place < len(text) else "" for text in texts]


def _cells(column: pd.Series) -> list[Any]:
    return [_harmless(value) if isinstance(value, str) else value for value in column.tolist()]


def _harmless(text: object) -> str:
    """Return text that no spreadsheet runs as a formula."""
    shown = str(text)
    return f"'{shown}" if shown.startswith(DANGEROUS) else shown
