"""custpred as one of the frameworks of the peers' harness: train.csv in, predictions.csv and model/ out.

``benchmarks/peers.py`` starts it; the harness's README says what it is given and what it must leave.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(os.environ["BENCH_HOME"]) / "kit"))

from adapter_kit import Fitted, main  # noqa: E402

METRICS = {"auc": "roc_auc", "logloss": "log_loss", "rmse": "rmse"}


def fit(job: Any) -> Any:
    """Fit on all rows: the harness keeps the test rows for itself."""
    import custpred

    result = custpred.fit(
        job.train,
        target=job.target,
        out=job.model_dir,
        metrics=[METRICS[job.metric]],
        split={"kind": "stratified", "test": 0},
        budget={"time": f"{job.budget}s", "jobs": job.threads},
        seed=job.seed,
    )

    def predict(frame: Any) -> Any:
        if job.task == "regression":
            return result.predict(frame).to_numpy()
        return result.predict_proba(frame)

    return Fitted(predict, None)


if __name__ == "__main__":
    main(fit, packages=("custpred", "lightgbm", "xgboost", "catboost"))
