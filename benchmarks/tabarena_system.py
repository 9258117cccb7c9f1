"""custpred as a system for TabArena's tasks; needs ``tabarena``.

    from tabarena.benchmark.experiment import Experiment
    experiment = Experiment("custpred_1h", CustpredSystem, {"seconds": 3600, "cores": 8})

TabArena passes raw columns and labels, and requests predictions, within custpred's budget.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from tabarena.benchmark.models.wrapper.abstract_class import AbstractExecModel

import custpred

if TYPE_CHECKING:
    import pandas as pd

METRICS = {"roc_auc": "roc_auc", "log_loss": "log_loss", "root_mean_squared_error": "rmse", "rmse": "rmse"}
TARGET = "target of this task"


class CustpredSystem(AbstractExecModel):
    """Fits within a budget; labels and columns reach it as they are."""

    def __init__(self, *, seconds: float = 3600, cores: int = 8, seed: int = 0, **others: Any) -> None:
        super().__init__(preprocess_data=False, preprocess_label=False, **others)
        self._options: dict[str, Any] = {"budget": {"time": f"{seconds:g}s", "cores": cores}, "seed": seed}
        self._folder = tempfile.TemporaryDirectory(prefix="custpred-")

    def _fit(self, X: pd.DataFrame, y: pd.Series, **_: Any) -> CustpredSystem:
        self._result = custpred.fit(
            X.assign(**{TARGET: y.to_numpy()}),
            target=TARGET,
            metrics=[METRICS[self.eval_metric.name]],
            split={"kind": "stratified", "test": 0},
            out=self._folder.name,
            verbose=0,
            **self._options,
        )
        return self

    def _predict(self, X: pd.DataFrame) -> pd.Series:
        return self._result.predict(X).set_axis(X.index)

    def _predict_proba(self, X: pd.DataFrame) -> pd.DataFrame:
        return self._result.predict_proba(X).set_axis(X.index)

    def cleanup(self) -> None:
        """Remove the run's folder."""
        self._folder.cleanup()
