"""Export of a model as an ONNX graph of raw columns, by the expressions of the SQL export."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from custpred import __version__
from custpred.inference.scored import OURS
from custpred.inference.sql_decision import decision
from custpred.inference.sql_export import predictions
from custpred.inference.sql_reading import number_of
from custpred.lazy import need
from custpred.sql.onnx_graph import Graph
from custpred.sql.rows import Cell, SqlRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custpred.inference.predictor import Predictor
    from custpred.inference.sql_export import Fewer
    from custpred.table import Column

_HELD = {"number": "number", "code": "number", "date": "date"}
"""Input types by kind of column; other kinds are strings, and empty columns have no input."""


class OnnxFile(NamedTuple):
    """An ONNX file, the omitted members with the reasons, and what the graph computes."""

    model: bytes
    without: dict[str, str]
    predictor: Predictor


def onnx_of(predictor: Predictor, *, fewer: Fewer | None = None) -> OnnxFile:
    """Return a model as an ONNX graph.

    Its inputs have the names of the columns and the shape (n_rows, 1): numbers as ``double`` with
    NaN for missing values, dates as days since 1970, others as texts, empty for missing values.
    The first output is ``probabilities``, (n_rows, n_classes), or ``prediction``, (n_rows, 1).  If
    the policy decides on each customer alone, by columns that are inputs, the second is
    ``decision``, (n_rows, 1): a label, for amounts ``yes`` or ``no``.

    Parameters
    ----------
    fewer
        Returns the predictor without the members that have no formula; None: refuse them.

    Raises
    ------
    DataError
        CP2422 if a member, or the whole model, has no formula, with reasons.
    MissingDependency
        CP1107 if onnx or SQLGlot is not installed.
    """
    for module in ("onnx", "sqlglot"):
        need(module, purpose="custpred export --onnx", extra="onnx")
    made, task = Graph(), predictor.task
    own, predicted, without = predictions(predictor, made, fewer, lambda: _rows(predictor, made))
    inputs = {each.name: _HELD.get(each.kind, "text") for each in predictor.columns if each.kind != "empty"}
    name = "prediction" if task.kind == "regression" else "probabilities"
    value = own.policy.column(task)
    known = value is None or inputs.get(value) == "number"
    decided = decision(own, predicted, made) if known else None
    texts = {f"decision ({OURS})" if "decision" in inputs else "decision": decided} if decided else {}
    facts = {"custpred": __version__, "task": task.kind, "labels": json.dumps(list(map(str, task.labels)))}
    name = f"{name} ({OURS})" if name in inputs else name
    return OnnxFile(made.model(inputs, (name, predicted), facts, texts), without, own)


def onnx_inputs(frame: pd.DataFrame, columns: Iterable[Column], names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return columns of conforming rows as inputs of a graph, arrays of shape (n_rows, 1)."""
    held = {each.name: _HELD.get(each.kind, "text") for each in columns}
    return {name: _array(frame[name], held[name]).reshape(-1, 1) for name in names}


def _array(column: pd.Series, kind: str) -> np.ndarray:
    if kind == "text":
        return np.asarray(column.astype(object).where(column.notna(), ""), dtype=object)
    if kind == "date":
        local = column.dt.tz_localize(None)
        return np.asarray((local - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=float)
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def _rows(predictor: Predictor, made: Graph) -> SqlRows:
    """Return the model's columns: finite numbers, dates, and texts without missing marks."""
    rows = SqlRows(made)
    for column in predictor.columns:
        rows.put(column.name, _cell(column, predictor.missing, made))
    return rows


def _cell(column: Column, missing: tuple[str, ...], made: Graph) -> Cell:
    write = made.dialect
    if column.kind == "empty":
        return Cell("number", f"CAST(NULL AS {write.double})")
    if column.kind in {"number", "code"}:
        return Cell("number", number_of(column.name, missing, {}, made))
    x = made.name(write.named(column.name))
    if column.kind == "date":
        return Cell("date", x)
    marks = f"CASE WHEN {x} IN ({', '.join(map(write.quoted, ('', *missing)))}) THEN NULL ELSE {x} END"
    return Cell("level" if column.kind == "category" else "text", marks)
