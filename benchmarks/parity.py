"""How far exported models are from ``predict``: SQL of DuckDB and PostgreSQL, ONNX Runtime, MLflow.

    python benchmarks/parity.py                                       # a run of the sample telecom
    python benchmarks/parity.py reports/telco-churn customers.csv

Prints the largest difference of a probability for each export whose packages are installed; members
without a formula are named.  PostgreSQL is started for it.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import postgres

import custpred as cp
from custpred.errors import CustpredError
from custpred.lazy import installed
from custpred.recipe.file import from_keys
from custpred.source.sample import Sample

if TYPE_CHECKING:
    from custpred.results.result import Result

Export = Callable[["Result", pd.DataFrame, Path], "np.ndarray"]


def by_duckdb(result: Result, rows: pd.DataFrame, folder: Path) -> np.ndarray:
    """Return the probabilities of the exported statement, in the order of the rows."""
    statement = Path(result.export(folder / "score.sql", sql="duckdb")).read_text("utf-8")
    with duckdb.connect() as base:
        base.register("rows", rows)
        base.execute("CREATE TABLE customers AS SELECT * FROM rows")
        done = base.execute(statement)
        scored = base.table("custpred_scores").df() if "custpred_scores" in statement else done.df()
    return _ordered(result, rows, scored)


def by_postgres(result: Result, rows: pd.DataFrame, folder: Path) -> np.ndarray:
    """Return the probabilities of the exported statement on a server started for it."""
    import psycopg

    statement = Path(result.export(folder / "score.sql", sql="postgres")).read_text("utf-8")
    kinds = ["float8" if pd.api.types.is_numeric_dtype(each) else "text" for each in rows.dtypes]
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(rows, kinds, strict=True))
    cells = rows.astype(object).where(rows.notna(), None).values.tolist()
    password = secrets.token_hex(8)
    with postgres.started(password) as port:
        address = f"postgresql://{postgres.USER}:{password}@127.0.0.1:{port}/postgres"
        with psycopg.connect(address) as base, base.cursor() as cursor:
            cursor.execute(f"CREATE TABLE customers ({columns})".encode())
            cursor.executemany(f"INSERT INTO customers VALUES ({', '.join(['%s'] * len(kinds))})".encode(), cells)
            if "custpred_scores" in statement:
                cursor.execute(statement.encode())
                statement = "SELECT * FROM custpred_scores"
            done = cursor.execute(statement.encode())
            scored = pd.DataFrame(done.fetchall(), columns=[each.name for each in done.description or ()])
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
    "duckdb": ("duckdb", by_duckdb),
    "postgres": ("psycopg", by_postgres),
    "onnx": ("onnxruntime", by_onnx),
    "mlflow": ("mlflow", by_mlflow),
}


def _ordered(result: Result, rows: pd.DataFrame, scored: pd.DataFrame) -> np.ndarray:
    key = str(result.predictor.intake.key)
    names = [f"probability of {label}" for label in result.record.task.labels]
    scored = scored.assign(**{key: scored[key].astype(str)})
    return np.asarray(scored.set_index(key).loc[rows[key].astype(str), names], dtype=float)


def differences(result: Result, rows: pd.DataFrame) -> Iterator[str]:
    """Yield one line for each export."""
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


def sample(home: Path) -> tuple[Result, pd.DataFrame]:
    """Run a recipe on the sample telecom; return the result and 1,500 new customers."""
    keys = {"customers": {"sample": "telecom", "rows": 2000, "key": "customer_id"}, "target": "churn"}
    made = from_keys({**keys, "models": ["logistic", "lightgbm", "xgboost", "extra_trees"], "budget": {"work": 16}})
    new = Sample(sample="telecom", rows=1500, seed=8).with_outcome(None)
    new.to_csv(home / "new.csv", index=False)
    return cp.run(made, out=home / "run"), pd.read_csv(home / "new.csv")


def main() -> None:
    """Print a line for each export."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("run", type=Path, nargs="?", help="a run; one of the sample if left out")
    words.add_argument("data", type=Path, nargs="?", help="its new customers")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = sample(Path(folder)) if given.run is None else (cp.load(given.run), pd.read_csv(given.data))
        for line in differences(*found):
            print(line, flush=True)


if __name__ == "__main__":
    main()
