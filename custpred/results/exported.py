"""A run's model as a file for programs without custpred: SQL or an ONNX graph."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import CustpredWarning, DataError, ModelFault
from custpred.inference.incoming import batch
from custpred.inference.onnx_export import onnx_inputs, onnx_of
from custpred.inference.sql_export import rescaled, sql_of
from custpred.lazy import need
from custpred.results.mlflow_export import example
from custpred.results.out_of_fold import OutOfFold
from custpred.spec import Plugins
from custpred.storage.files import write
from custpred.text import listed, plain

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.inference.predictor import Predictor
    from custpred.inference.sql_export import Fewer
    from custpred.results.result import Result

MEMBERS = ("all", "sql", "onnx")
CLOSE = 1e-5
"""Maximum difference of the graph's scores, relative to the larger of 1 and the score."""


def write_sql(result: Result, path: Path, sql: str, table: str, members: str) -> Path:
    """Write the model as SQL, and warn about members that are left out."""
    known, fewer = _fewer(result, members)
    made = sql_of(result.predictor, sql, table=table, fewer=fewer)
    _warn(made.without, "the SQL", _compared(known, result.predictor, made.predictor))
    write(path, made.script())
    return path


def write_onnx(result: Result, path: Path, members: str) -> Path:
    """Write the model as an ONNX graph after checking its scores; warn about omitted members.

    Raises
    ------
    ModelFault
        CP2449 if the graph's scores differ for a typical customer, or for one without any values.
    """
    runtime = need("onnxruntime", purpose="custpred export --onnx", extra="onnx")
    (known, fewer), predictor = _fewer(result, members), result.predictor
    made = onnx_of(predictor, fewer=fewer)
    _warn(made.without, "the graph", _compared(known, predictor, made.predictor))
    frame = batch(predictor, example(predictor).reindex([0, 1])).frame
    session = runtime.InferenceSession(made.model, providers=["CPUExecutionProvider"])
    found, *_ = session.run(None, onnx_inputs(frame, predictor.columns, [each.name for each in session.get_inputs()]))
    wanted = made.predictor.predict(frame).reshape(found.shape)
    off = float((np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))).max())
    if not off <= CLOSE:
        raise ModelFault(f"The graph's scores are {off:.2g} off the model's.", code="CP2449")
    write(path, made.model)
    return path


def _fewer(result: Result, members: str) -> tuple[OutOfFold | None, Fewer | None]:
    """Return how members are left out: blended again if the folder has out-of-fold scores."""
    if members not in MEMBERS:
        text = f"Expected the members {listed(MEMBERS)}, got {plain(members, 40)!r}."
        raise DataError(text, code="CP2448", remedy="Write members='all', or leave it out.")
    with Plugins.may(result.plugins):
        known = None if members == "all" else OutOfFold.load(result.folder)
    return known, None if members == "all" else known.blended if known else rescaled


def _compared(known: OutOfFold | None, before: Predictor, after: Predictor) -> str:
    if known is None:
        return "The other weights are scaled to sum to 1: the run folder has no out-of-fold scores."
    return known.compared(before, after)


def _warn(without: dict[str, str], where: str, others: str) -> None:
    for text in [*(f"{name} is not in {where}: {reason}." for name, reason in without.items()), others]:
        if without:
            warnings.warn(text, CustpredWarning, stacklevel=4)
