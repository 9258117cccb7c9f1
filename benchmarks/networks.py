"""Small networks with and without the piecewise linear encoding, alone and blended with LightGBM.

    python benchmarks/networks.py telco_churn customer_segmentation ibm_clv
    BENCH_TABLES=~/tables python benchmarks/networks.py public_bike public_obesity

Three splits of at most 8,000 rows: 70 % to train, 10 % to stop by and to weigh, 20 % to score.
Prints means: log loss or RMSE, CPU seconds, and score and share in a blend with LightGBM.
Needs the harness, as ``peers.py`` does.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from peers import HOME

from custpred.metrics.base import Metric
from custpred.models.lightgbm import LightGBM
from custpred.models.mlp import MLP
from custpred.task import Fit, Predictions, Rows, Task

if TYPE_CHECKING:
    from custpred.models.base import Model

MOST_ROWS, MOST_LEVELS = 8_000, 20
SHARES, SPLITS = (0.7, 0.8), 3
COMMON = {"weight_decay": 0.2, "batch": 128, "epochs": 60, "patience": 15, "members": 1}
MODELS: dict[str, Model] = {
    "LightGBM": LightGBM(num_leaves=31, learning_rate=0.1),
    "64 units, no pieces": MLP(pieces=0, members=1),
    "128 units, no pieces": MLP(width=128, pieces=0, **COMMON),
    "128 units, 16 pieces": MLP(width=128, **COMMON),
    "128 units, 8 pieces": MLP(width=128, **{**COMMON, "pieces": 8, "dropout": 0.1, "weight_decay": 0.05}),
}


def numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return numeric columns: indicators of the frequent levels, medians for missing values."""
    found = []
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
            found += [column.astype(float).fillna(column.median())]
            found += [column.isna().astype(float).rename(f"{name} missing")] if column.isna().any() else []
        else:
            levels = column.astype(str).value_counts().index[:MOST_LEVELS]
            found += [(column.astype(str) == level).astype(float).rename(f"{name}={level}") for level in levels]
    return pd.concat(found, axis=1).astype(np.float32)


def compare(name: str, datasets: object) -> None:
    """Fit LightGBM and each network to some splits of a table, and print their mean scores."""
    made = datasets.LOADERS[name]()  # type: ignore[attr-defined]
    frame = made.frame.sample(min(MOST_ROWS, len(made.frame)), random_state=0).reset_index(drop=True)
    labels = frame[made.target]
    names = () if made.task == "regression" else tuple(sorted(labels.astype(str).unique()))
    truth = pd.Categorical(labels.astype(str), names).codes.astype(int) if names else labels.to_numpy(float)
    X, task = numbers(frame.drop(columns=made.target)), Task(made.task, made.target, names)
    found = [split_scores(X, truth, task, seed) for seed in range(SPLITS)]
    print(f"{name}, {len(X):,} rows")
    for label in found[0]:
        print(f"{label:22}", *(f"{value:11.4f}" for value in np.mean([each[label] for each in found], axis=0)))


def split_scores(X: pd.DataFrame, truth: np.ndarray, task: Task, seed: int) -> dict[str, list[float]]:
    """Return each model's score, CPU seconds, and score and share in a blend with LightGBM."""
    metric, fit = Metric.parse("log_loss" if task.labels else "rmse"), Fit(task)
    order = np.random.default_rng(seed).permutation(len(X))
    train, valid, test = (
        Rows(X.iloc[each], truth[each]) for each in np.split(order, [int(s * len(X)) for s in SHARES])
    )

    def score(raw: np.ndarray, rows: Rows) -> float:
        return float(metric.score(Predictions(task, rows.y, task.inverse_link(raw))))

    found: dict[str, list[float]] = {}
    trees: list[np.ndarray] = []
    for label, model in MODELS.items():
        began = time.process_time()
        fitted = model.train(train, valid, fit)
        spent = time.process_time() - began
        own = [model.raw(fitted, rows.X, fit) for rows in (valid, test)]
        trees = trees or own
        mixed = [(score((1 - w) * trees[0] + w * own[0], valid), w) for w in np.linspace(0, 1, 21)]
        weight = min(mixed)[1]
        blended = score((1 - weight) * trees[1] + weight * own[1], test)
        found[label] = [score(own[1], test), spent, blended, weight]
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(HOME))
    import datasets
    import held_out

    held_out.add(datasets)
    for each in sys.argv[1:]:
        compare(each, datasets)
