"""Trials of a local Dask cluster in the same time: two workers with one thread, compared with one.

    pip install 'custpred[dask]'
    python benchmarks/cluster.py                         # 10,000 customers, 120 s each
    python benchmarks/cluster.py --seconds 60 --local            # the local engine beside them

Scheduler and workers are separate processes, started as in docs/howto/scale.md.  Trials are
boosters of about the same size, drawn by the same seed.  No worker helps with blend, test and
report, so trials are also given for each second of the search alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import custpred as cp
from custpred.recipe.file import from_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS, LEAST = "tcp://127.0.0.1:18786", 1.7


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a scheduler and workers with one thread each; yield the scheduler's address."""
    dask = [sys.executable, "-m", "dask"]
    command = [*dask, "scheduler", "--host", "127.0.0.1", "--port", ADDRESS.rpartition(":")[2], "--no-dashboard"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(command, **quiet)
    one = [*dask, "worker", ADDRESS, "--no-nanny", "--no-dashboard", "--nthreads", "1", "--memory-limit", "0"]
    begun = [subprocess.Popen(one, **quiet) for _ in range(workers)]
    try:
        from distributed import Client

        with Client(ADDRESS, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield ADDRESS
    finally:
        scheduler.terminate()  # its workers end with it
        for each in (scheduler, *begun):
            each.wait(30)


def trials(engine: object, options: argparse.Namespace) -> tuple[int, float]:
    """Run the recipe on an engine; return the number of trials, and trials per second of search."""
    keys = {
        "customers": {"sample": "telecom", "rows": options.rows},
        "target": "churn",
        "models": [{"kind": "lightgbm", "learning_rate": 0.1, "num_leaves": 31, "rounds": 100}],
        "search": "random",
        "split": {"kind": "stratified", "folds": 5},
        "final": "folds",
        "budget": {"time": options.seconds},
        "engine": engine,
    }
    with tempfile.TemporaryDirectory() as home:
        timing = cp.run(from_keys(keys), out=Path(home) / "run").record.timing
        count = int(timing["trials"]) - 2  # without the baselines
        return count, count / timing["stage_search"]


def main() -> None:
    """Print trials of one and of two workers, and their ratio; exit with 1 if it is too small."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=10_000)
    asked.add_argument("--seconds", type=float, default=120.0)
    asked.add_argument("--local", action="store_true", help="the local engine with two jobs as well")
    options = asked.parse_args()
    found = {}
    for workers in (1, 2):
        load = os.getloadavg()[0]
        with cluster(workers) as address:
            found[workers] = trials({"kind": "dask", "address": address}, options)
        print(
            f"{workers} worker(s): {found[workers][0]} trials, {found[workers][1]:.3f}/s of the search; load {load:.1f}"
        )
    if options.local:
        own = trials("local", options)
        print(f"local, 2 jobs: {own[0]} trials, {own[1]:.3f}/s of the search; load {os.getloadavg()[0]:.1f}")
    ratio = found[2][0] / found[1][0]
    print(f"two workers give {ratio:.2f} times the trials of one, {found[2][1] / found[1][1]:.2f} times a second")
    raise SystemExit(ratio < LEAST)


if __name__ == "__main__":
    main()
