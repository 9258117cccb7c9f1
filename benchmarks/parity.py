"""How far exported models are from ``predict``: DuckDB's SQL, ONNX Runtime, MLflow.

    python benchmarks/parity.py reports/telco-churn customers.csv

Prints the largest difference of a probability for each export whose packages are installed; members
without a formula are named.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

import custpred as cp
from custpred.errors import CustpredError
from custpred.lazy import installed

if TYPE_CHECKING:
    from custpred.results.result import Result

Export = Callable[["Result", pd.DataFrame, Path], "np.ndarray"]


def by_sql(result: Result, rows: pd.DataFrame, folder: Path) -> np.ndarray:
    """Return the probabilities of the exported statement, in the order of the rows."""
    statement = Path(result.export(folder / "score.sql", sql="duckdb")).read_text("utf-8")
    with duckdb.connect() as base:
        base.register("rows", rows)
        base.execute("CREATE TABLE customers AS SELECT * FROM rows")
        done = base.execute(statement)
        scored = base.table("custpred_scores").df() if "custpred_scores" in statement else done.df()
    return _ordered(result, rows, scored)


def by_onnx(result: Result, rows: pd.DataFrame, folder: Path) -> np.ndarray:
    """Return the probabilities of the exported graph."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(result.export(folder / "model.onnx")))
    frame, _ = result.predictor.conform(rows)
    feed = {}
    for each in session.get_inputs():
        column = frame[each.name]
        if pd.api.types.is_datetime64_any_dtype(column):
            column = (column - pd.Timestamp(0)) / pd.Timedelta(days=1)
        text = each.type == "tensor(string)"
        values = column.astype(object).fillna("").astype(str) if text else column.astype(float)
        feed[each.name] = np.asarray(values, dtype=object if text else float).reshape(-1, 1)
    return np.asarray(session.run(["probabilities"], feed)[0])


def by_mlflow(result: Result, rows: pd.DataFrame, folder: Path) -> np.ndarray:
    """Return the probabilities of the exported MLflow model."""
    import mlflow

    from custpred.results.mlflow_export import save

    model = mlflow.pyfunc.load_model(str(save(result, folder / "mlflow")))
    return _ordered(result, rows, model.predict(rows))


EXPORTS: dict[str, tuple[str, Export]] = {
    "duckdb": ("duckdb", by_sql),
    "onnx": ("onnxruntime", by_onnx),
    "mlflow": ("mlflow", by_mlflow),
}


def _ordered(result: Result, rows: pd.DataFrame, scored: pd.DataFrame) -> np.ndarray:
    key = str(result.predictor.intake.key)
    names = [f"probability of {label}" for label in result.record.task.labels]
    scored = scored.assign(**{key: scored[key].astype(str)})
    return np.asarray(scored.set_index(key).loc[rows[key].astype(str), names], dtype=float)


def differences(run: Path, data: Path) -> Iterator[str]:
    """Yield one line for each export."""
    result, rows = cp.load(run), pd.read_csv(data)
    known = result.predict_proba(rows).to_numpy(float)
    models = [str(row.model) for row in result.leaderboard().itertuples() if row.weight > 0]
    members = [name for name in models if name != "blend"]
    yield f"{len(rows):,} customers, {', '.join(members)}"
    for name, (package, export) in EXPORTS.items():
        if not installed(package):
            yield f"{name}: {package} is not installed"
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                yield f"{name}: {np.abs(export(result, rows, Path(folder)) - known).max():.1e}"
            except CustpredError as error:
                yield f"{name}: {error}"


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("run", type=Path)
    words.add_argument("data", type=Path)
    given = words.parse_args()
    for line in differences(given.run, given.data):
        print(line)
