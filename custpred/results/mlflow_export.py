"""A run as an MLflow model: a pyfunc with a code file and the run's files, without a pickle."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd

from custpred import __version__
from custpred.errors import DataError
from custpred.inference.action_list import action_list
from custpred.inference.incoming import batch
from custpred.lazy import need
from custpred.storage.files import write
from custpred.storage.run_folder import check_vacant
from custpred.storage.scratch import scratch
from custpred.table import Column

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.columns.contract import Expected
    from custpred.inference.predictor import Predictor
    from custpred.results.result import Result

CODE = '''\
"""A run of custpred for MLflow: its files are plain data, and no code in them is executed."""

import custpred
import mlflow.pyfunc
from custpred.results.mlflow_export import scores
from mlflow.models import set_model


class Run(mlflow.pyfunc.PythonModel):
    """Scores customers as `custpred predict` does."""

    def load_context(self, context):
        """Read the run."""
        self.run = custpred.load(context.artifacts["run"], plugins={plugins})

    def predict(self, context, model_input, params=None):
        """Return the columns of a scored file without reasons."""
        return scores(self.run, model_input)


set_model(Run())
'''
"""The file that MLflow runs ("models from code")."""
KEPT = ("report.json", "report.html", "report.md", "recipe.yaml", "recipe.lock.yaml")
"""Files of a run that are part of the MLflow model."""


def scores(result: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a scored file without reasons; the customers are one scoring round."""
    return action_list(batch(result.predictor, frame), count=0)[0]


def save(result: Result, folder: Path) -> Path:
    """Save a run as an MLflow model with signature, input example and the report.

    Raises
    ------
    MissingDependency
        CP1107 if MLflow is not installed.
    RunError
        CP4101 if there is a file, or a folder that is not empty.
    DataError
        CP2447 if the run's customers are gathered from events.
    """
    need("mlflow", purpose="custpred export --mlflow", extra="mlflow")
    import mlflow.pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    if result.predictor.intake.events:
        raise DataError(
            "The customers of this run are gathered from events, which an MLflow model does not receive.",
            code="CP2447",
            remedy="Score its events with 'custpred predict'.",
        )
    check_vacant(folder)
    one = example(result.predictor)
    types = {"i": DataType.long, "f": DataType.double, "b": DataType.boolean}
    texts = {each.name for each in result.predictor.columns if each.kind == "text"}
    # MLflow refuses whole numbers as doubles and numbers as strings, which 'predict' reads.
    wanted = [ColSpec(DataType.string if name in texts else AnyType(), name) for name in one]
    if key := result.predictor.intake.key:
        wanted.append(ColSpec(AnyType(), key, required=False))
    given = scores(result, one)
    returned = [ColSpec(types.get(given[name].dtype.kind, DataType.string), name) for name in given]
    with scratch() as home:
        write(home / "model.py", CODE.format(plugins=result.plugins))
        shutil.copytree(result.folder / "model", home / "run" / "model")
        for name in KEPT:
            if (result.folder / name).exists():
                shutil.copy2(result.folder / name, home / "run" / name)
        mlflow.pyfunc.save_model(
            str(folder),
            python_model=str(home / "model.py"),
            artifacts={"run": str(home / "run"), "report": str(home / "run" / "report.html")},
            signature=ModelSignature(Schema(wanted), Schema(returned)),
            input_example=one,
            pip_requirements=[f"custpred=={__version__}", f"mlflow=={mlflow.__version__}"],
        )
    return folder


def example(predictor: Predictor) -> pd.DataFrame:
    """Return a synthetic customer: medians of training, and the most common levels."""
    known, amount = predictor.intake.by_name, predictor.policy.column(predictor.task)
    columns = {each.name: each for each in predictor.columns if each.usable}
    if amount is not None:
        columns.setdefault(amount, Column(amount, "number"))
    return pd.DataFrame({name: [_typical(each, known.get(name))] for name, each in columns.items()})


def _typical(column: Column, expected: Expected | None) -> object:
    if column.kind in {"number", "code"}:
        return float(expected.edges[len(expected.edges) // 2]) if expected and expected.edges else 0.0
    if column.kind == "date":
        return "2024-01-01"
    return expected.levels[0] if expected and expected.levels else "text"
