"""Loading time, latency, throughput and size of a finished run's model.

    python benchmarks/latency.py reports/telco-churn reports/credit-risk --rows 1000000

One line per run: members, folder size, files, seconds to load, milliseconds for one customer (from
raw row to prediction) and for 1,000, seconds for ``--rows`` customers of the run's own table,
repeated.  The minimum of several tries is printed, with CPU seconds of the large batch.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable  # noqa: TC003
from pathlib import Path

import numpy as np

from custpred.api import load
from custpred.inference.model_folder import load as load_model
from custpred.source.base import Source

NAMES = ("members", "MB", "files", "load s", "1 ms", "1,000 ms", "rows", "s", "cpu s")


def least(work: Callable[[], object], tries: int) -> float:
    """Return the seconds of the shortest try."""
    found = []
    for _ in range(tries):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def line(folder: Path, rows: int) -> str:
    """Return a run's line of the table."""
    result = load(folder)
    raw = Source.parse(result.record.recipe["customers"]).raw().frame
    files = [path for path in (folder / "model").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    loading = least(lambda: load_model(folder / "model"), 3)
    one = 1000 * least(lambda: result.predict(raw.iloc[[0]]), 30)
    thousand = raw.iloc[np.resize(np.arange(len(raw)), 1000)]
    many = 1000 * least(lambda: result.predict(thousand), 5)
    crowd = raw.iloc[np.resize(np.arange(len(raw)), rows)]
    began, worked = time.perf_counter(), time.process_time()
    result.predict(crowd)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    members = len(result.predictor.members)
    numbers = (members, size, len(files), loading, one, many, rows, took, worked)
    return "".join([f"{folder.name:24}", *(f"{n:>10,}" if isinstance(n, int) else f"{n:>10.2f}" for n in numbers)])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    sys.stdout.write(f"{'run':24}" + "".join(f"{name:>10}" for name in NAMES) + "\n")
    for folder in given.runs:
        sys.stdout.write(line(folder, given.rows) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
