"""A run's model as a file for programs without custpred: SQL or an ONNX graph."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import CustpredWarning, ModelFault
from custpred.inference.incoming import batch
from custpred.inference.onnx_export import onnx_inputs, onnx_of
from custpred.inference.sql_export import sql_of
from custpred.lazy import need
from custpred.results.mlflow_export import example
from custpred.storage.files import write

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.inference.predictor import Predictor

CLOSE = 1e-5
"""Maximum difference of the graph's scores, relative to the larger of 1 and the score."""


def write_sql(predictor: Predictor, path: Path, sql: str, table: str, members: str) -> Path:
    """Write the model as SQL, and warn about members that are left out."""
    made = sql_of(predictor, sql, table=table, members=members)
    _warn(made.without, "the SQL")
    write(path, made.script())
    return path


def write_onnx(predictor: Predictor, path: Path, members: str) -> Path:
    """Write the model as an ONNX graph after checking its scores; warn about omitted members.

    Raises
    ------
    ModelFault
        CP2449 if the graph's scores differ for a typical customer, or for one without any values.
    """
    runtime = need("onnxruntime", purpose="custpred export --onnx", extra="onnx")
    made = onnx_of(predictor, members=members)
    _warn(made.without, "the graph")
    frame = batch(predictor, example(predictor).reindex([0, 1])).frame
    session = runtime.InferenceSession(made.model, providers=["CPUExecutionProvider"])
    found, *_ = session.run(None, onnx_inputs(frame, predictor.columns, [each.name for each in session.get_inputs()]))
    wanted = _less(predictor, made.without).predict(frame).reshape(found.shape)
    off = float((np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))).max())
    if not off <= CLOSE:
        raise ModelFault(f"The graph's scores are {off:.2g} off the model's.", code="CP2449")
    write(path, made.model)
    return path


def _less(predictor: Predictor, without: dict[str, str]) -> Predictor:
    """Return a predictor without some members, with the others' weights scaled to sum to 1."""
    kept = [each for each in predictor.members if each.name not in without]
    total = sum(each.weight for each in kept)
    return replace(predictor, members=tuple(replace(each, weight=each.weight / total) for each in kept))


def _warn(without: dict[str, str], where: str) -> None:
    for name, reason in without.items():
        warnings.warn(f"{name} is not in {where}: {reason}.", CustpredWarning, stacklevel=4)
