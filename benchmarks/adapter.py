"""custpred as a framework of the peers' harness: train.csv in, predictions.csv and model/ out.

``benchmarks/peers.py`` starts it; the harness's README describes its inputs and outputs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(os.environ["BENCH_HOME"]) / "kit"))

from adapter_kit import Fitted, main

METRICS = {"auc": "roc_auc", "logloss": "log_loss", "rmse": "rmse"}


def fit(job: Any) -> Any:
    """Fit on all rows: the harness keeps the test rows for itself.

    Its tables name no key, and custpred would take whole numbers that are all distinct for ids.
    All frameworks get the same columns, so these are declared to be numbers.
    """
    import pandas as pd

    import custpred

    whole = [name for name, column in job.X.items() if pd.api.types.is_integer_dtype(column)]
    types = {name: "number" for name in whole if job.X[name].is_unique}

    result = custpred.fit(
        job.train,
        target=job.target,
        customers={"types": types},
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

    found = result.record.cv[METRICS[job.metric]]
    members = [row for row in result.record.leaderboard if row.weight]
    behind = [row.behind for row in members if row.behind]
    nearest = min(behind) if behind else None
    info = {**result.record.timing, "cores": job.threads, "score": [found.value, found.low, found.high]}
    info["ahead"] = nearest  # how far the blend is ahead of its best member out of fold: gain, low, high
    return Fitted(predict, None, info=info)


if __name__ == "__main__":
    main(fit, packages=("custpred", "lightgbm", "xgboost", "catboost"))
