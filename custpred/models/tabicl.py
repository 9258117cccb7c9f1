"""``models: tabicl`` (optional extra)."""

from __future__ import annotations  # light: imports inside functions are deliberate

import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from custpred.errors import MissingDependency, ModelFileError, NotApplicable
from custpred.lazy import installed, need
from custpred.models.base import Model
from custpred.storage.files import digest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from tabicl import TabICLClassifier, TabICLRegressor

    from custpred.storage.plain import State
    from custpred.task import Fit, Rows

_CHECKPOINTS = {True: "tabicl-classifier-v2-20260212.ckpt", False: "tabicl-regressor-v2-20260212.ckpt"}
_REPOSITORY = "jingang/TabICL"
_TIMED = 16
"""Rows that are predicted to find out how long all will take."""


class Context:
    """Training rows that a pretrained transformer reads together with the rows to predict.

    Parameters
    ----------
    values : ndarray of shape (n, p), float32
        Prepared columns; categories as codes, NaN where missing.
    truth : ndarray of shape (n,)
        Class codes or values.
    weights : Path
        The checkpoint.
    """

    def __init__(self, values: np.ndarray, truth: np.ndarray, weights: Path, spec: TabICL, fit: Fit) -> None:
        self.values, self.truth, self.weights = values, truth, weights
        self._spec, self._fit = spec, fit

    @cached_property
    def learner(self) -> TabICLClassifier | TabICLRegressor:
        """The library's estimator with the rows read; read again where a model is first used."""
        tabicl = need("tabicl", purpose="models: tabicl", extra="tabicl")
        classes = self._fit.task.kind != "regression"
        made = (tabicl.TabICLClassifier if classes else tabicl.TabICLRegressor)(
            n_estimators=self._spec.estimators,
            # its limit of cached classes
            kv_cache="repr" if self._fit.task.classes <= 10 else False,
            model_path=self.weights,
            allow_auto_download=False,
            random_state=self._fit.seed,
            n_jobs=self._fit.threads,
        )
        return made.fit(self.values, self.truth)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return class shares (n, n_classes), 0 for absent classes, or mean values (n,)."""
        import numpy as np

        if self._fit.task.kind == "regression":
            return np.asarray(self.learner.predict(values), float)
        shares = np.zeros((len(values), self._fit.task.classes))
        shares[:, self.learner.classes_] = self.learner.predict_proba(values)
        return shares


class TabICL(Model):
    """A pretrained transformer with the training customers as context; up to some 10,000 rows.

    Nothing is trained: the model folder holds the rows, and predictions take about 5 ms of CPU per
    row and estimator.  custpred neither contains nor downloads the weights; read their licence
    where you get them.  ``auto`` never tries this model, as it keeps training rows: recipes have to
    name it.

    References
    ----------
    Qu, Holzmüller, Varoquaux & Le Morvan (2025), TabICL: A Tabular Foundation Model for In-Context
    Learning on Large Data, ICML.

    Examples
    --------
    >>> TabICL(estimators=2).dump(), TabICL.keeps_rows
    ({'kind': 'tabicl', 'estimators': 2}, True)
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"missing", "category"})
    packages: ClassVar[tuple[str, ...]] = ("tabicl", "torch")
    keeps_rows: ClassVar[bool] = True
    no_formula: ClassVar[str] = "it is a transformer that reads training customers"

    checkpoint: str | None = Field(
        None,
        description="Absolute path of the file with the weights; default: the one of your own Hugging Face download.",
    )
    estimators: int = Field(4, ge=1, le=64, description="Views of the table whose predictions are averaged.")
    rows: int = Field(10_000, ge=10, description="Maximum number of training customers to read, sampled.")

    @field_validator("checkpoint")
    @classmethod
    def _absolute(cls, path: str | None) -> str | None:
        if path is not None and not Path(path).is_absolute():
            raise PydanticCustomError("relative", "expected an absolute path: workers have another current folder")
        return path

    def unavailable(self) -> MissingDependency | None:
        """Return the error that says what to install or download; None if all is there."""
        if not installed("tabicl"):
            return MissingDependency.of("tabicl", "models: tabicl", "tabicl")
        if self._file(classes=True) or self._file(classes=False):
            return None
        return MissingDependency(
            f"No checkpoint of TabICL was found at {self.checkpoint or 'the Hugging Face cache'}.",
            code="CP1107",
            remedy=f"Download one of {_REPOSITORY} : hf download {_REPOSITORY} {_CHECKPOINTS[True]} for "
            f"classes, {_CHECKPOINTS[False]} for amounts; or set 'checkpoint' to its path.",
        )

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Context:
        """Read the training rows, a sample of them if there are too many.

        Raises
        ------
        NotApplicable
            If the rows have weights or one label only, there is no checkpoint for the task, or the
            predictions of ``valid`` would take longer than the time limit.
        """
        import numpy as np

        from custpred.columns.sampling import sampled
        from custpred.models._frame import coded

        began, weights = time.monotonic(), self._file(classes=fit.task.kind != "regression")
        if weights is None:
            raise NotApplicable(f"No checkpoint of TabICL for {fit.task.kind} targets was found.")
        if rows.weight is not None and np.ptp(rows.weight) > 0:
            raise NotApplicable("TabICL does not support row weights.")
        if np.ptp(rows.y) == 0:
            raise NotApplicable("TabICL needs two different labels, but these training rows have only one.")
        chosen = sampled(len(rows.y), self.rows, fit.seed)
        context = Context(coded(rows.X.iloc[chosen])[0], rows.y[chosen], weights, self, fit)
        if valid is not None and fit.seconds is not None:
            _in_time(context, coded(valid.X)[0], fit.seconds - (time.monotonic() - began))
        return context

    def raw(self, fitted: Context, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits, log-probabilities or values."""
        import numpy as np

        from custpred.models._frame import coded
        from custpred.models._scores import of_probabilities

        classes = fit.task.classes
        if not len(X):
            return np.empty((0, classes) if fit.task.kind == "multiclass" else 0)
        means = fitted.mean(coded(X)[0])
        return means if fit.task.kind == "regression" else of_probabilities(means, 1e-6)

    def pack(self, fitted: Context) -> State:
        """Return the rows as numbers, and the hash of the checkpoint, which stays where it is."""
        return {"values": fitted.values, "truth": fitted.truth, "checkpoint": digest(fitted.weights)}

    def unpack(self, packed: State, fit: Fit) -> Context:
        """Return the rows with the same checkpoint.

        Raises
        ------
        ModelFileError
            If this machine has no such checkpoint.
        """
        weights = self._file(classes=fit.task.kind != "regression")
        if weights is None or digest(weights) != packed["checkpoint"]:
            raise ModelFileError(
                f"The model needs the checkpoint of TabICL with SHA-256 {packed['checkpoint'][:12]}..., which was not "
                f"found at {self.checkpoint or 'the Hugging Face cache'}.",
                code="CP5204",
                remedy="Copy it there from the machine of the run.",
            )
        return Context(packed["values"], packed["truth"], weights, self, fit)

    def _file(self, *, classes: bool) -> Path | None:
        """Return the checkpoint's path, None if there is no such file."""
        if self.checkpoint is not None:
            return Path(self.checkpoint) if Path(self.checkpoint).is_file() else None
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(_REPOSITORY, _CHECKPOINTS[classes])
        return Path(found) if isinstance(found, str) else None


def _in_time(context: Context, values: np.ndarray, seconds: float) -> None:
    """Predict a few rows, and decline if all of them would take too long."""
    began = time.monotonic()
    context.mean(values[:_TIMED])  # reads the context too
    ready = time.monotonic()
    context.mean(values[:_TIMED])
    needed = (ready - began) + (time.monotonic() - ready) * max(0, len(values) / _TIMED - 1)
    if needed > seconds:
        raise NotApplicable(
            f"TabICL would take about {needed:.0f} s for {len(values):,} predictions, and {max(0.0, seconds):.0f} s "
            "are left. Set fewer estimators or rows."
        )
