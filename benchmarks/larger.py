"""A table larger than the memory: a run on a sample of it, and its final model on all rows.

    pip install 'custpred[dask]'
    python benchmarks/larger.py                          # 1,500,000 customers, memory of 850 MB

Two local Dask workers share the cores with the run.  The outcome's probability is known, so the ROC
AUC on new customers can be compared with the best possible.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
from cluster import cluster
from sklearn.metrics import roc_auc_score

import custpred as cp

NUMBERS, NEW = 16, 200_000


def customers(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return customers with 16 numbers and an outcome, and its probability."""
    draw = np.random.default_rng(seed)
    values = draw.standard_normal((rows, NUMBERS))
    logit = values[:, :6] @ np.array([0.9, -0.7, 0.5, 0.4, -0.3, 0.2])
    logit += 0.8 * np.maximum(values[:, 6], 0) * values[:, 7] - 1.5 + 0.6 * np.abs(values[:, 8])
    share = 1 / (1 + np.exp(-logit))
    frame = pd.DataFrame(values, columns=[f"n{place:02d}" for place in range(NUMBERS)])
    frame.insert(0, "customer", np.arange(rows))
    frame["left"] = np.where(draw.random(rows) < share, "yes", "no")
    return frame, share


def run(recipe: Path, out: Path) -> tuple[float, int]:
    """Run a recipe in a process of its own; return its seconds and its largest size in bytes.

    The size is the proportional set size, that is memory shared with other processes by halves.
    """
    began, peak = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", "custpred", "run", str(recipe), "--out", str(out)])
    while process.poll() is None:
        with suppress(OSError, IndexError):  # the process may have just ended
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            peak = max(peak, 1024 * int(text.split("\nPss:")[1].split()[0]))
        time.sleep(0.2)
    if process.returncode:
        sys.exit(process.returncode)
    return time.perf_counter() - began, peak


def measure(home: Path, given: argparse.Namespace) -> None:
    """Run the recipe, and print rows read and fitted, seconds, memory, and ROC AUC."""
    customers(given.rows, 0)[0].to_parquet(home / "customers.parquet", row_group_size=100_000)
    keys = {
        "recipe": 1,
        "customers": {"path": str(home / "customers.parquet"), "key": "customer"},
        "target": {"column": "left", "positive": "yes"},
        "models": [{"kind": "xgboost", "rounds": 120}],
        "search": "none",
        "budget": {"work": 1, "memory": given.memory},
    }
    load = os.getloadavg()[0]
    with cluster(2) as address:
        own = {**keys, "engine": {"kind": "dask", "address": address}}
        (home / "larger.yaml").write_text(json.dumps(own), "utf-8")
        seconds, peak = run(home / "larger.yaml", home / "run")
    result = cp.load(home / "run")
    final, test = result.record.final, result.record.test[result.record.metric]
    for each in result.record.decisions:
        if each.key == "customers":
            print(f"{each.key}: {each.choice}  # {each.reason}")
    print(f"final: {final and final.kind}, {final and final.rows:,} rows, {final and final.reason}")
    print(f"{seconds:.0f} s, load {load:.1f}, peak of the run's own process {peak / 1e6:,.0f} MB")
    new, share = customers(NEW, 1)
    truth = new.pop("left") == "yes"
    score = roc_auc_score(truth, result.predict_proba(new)["yes"])
    print(f"test {test.value:.4f}, new customers {score:.4f}, best possible {roc_auc_score(truth, share):.4f}")


def main() -> None:
    """Read the arguments and measure."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rows", type=int, default=1_500_000)
    words.add_argument("--memory", default="850MB")
    with tempfile.TemporaryDirectory() as home:
        measure(Path(home), words.parse_args())


if __name__ == "__main__":
    main()
