"""Runs custpred and installed peers in the harness: same splits, same budget, one at a time.

    python benchmarks/peers.py --datasets telco_churn,adult --seeds 0,1,2 --budget 60
    python benchmarks/peers.py --datasets held_out --frameworks custpred,flaml --budget 60

Needs the harness: a folder with ``run_one.py`` beside the project, or at $BENCH_HOME.  Results are
lines of JSON in $BENCH_RESULTS; its ``report.py`` makes tables, ``benchmarks/table.py`` ranks.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

OWN = Path(__file__).resolve().parent
HOME = Path(os.environ.get("BENCH_HOME", OWN.parents[1] / "shared" / "bench"))
TABLES = (
    "telco_churn",
    "bank_marketing",
    "german_credit",
    "online_shoppers",
    "credit_default",
    "adult",
    "customer_segmentation",
    "ibm_clv",
    "insurance",
)
SHOWN = ("score", "fit_s", "wall_s", "peak_rss_mb", "single_row_ms", "error")


def registry() -> dict[str, dict[str, object]]:
    """Return the harness's frameworks with absolute paths, and custpred of this environment."""
    found = json.loads((HOME / "frameworks.json").read_text())
    peers = {name: {**each, "adapter": str(HOME / "adapters" / each["adapter"])} for name, each in found.items()}
    return {**peers, "custpred": {"env": "", "python": sys.executable, "adapter": str(OWN / "adapter.py")}}


def keep(row: dict[str, Any], folder: Path) -> None:
    """Keep the predictions of a completed run, for paired intervals; delete its other files."""
    if row["status"] == "ok":
        work = Path(row.pop("work"))
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{row['framework']}-{row['dataset']}-{row['seed']}.csv"
        shutil.copy(work / "out" / "predictions.csv", folder / name)
        shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    """Run the requested combinations that are not yet in the results file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frameworks", default="custpred")
    parser.add_argument("--datasets", default=",".join(TABLES))
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--budget", type=float, default=60)
    given = parser.parse_args()
    os.environ["BENCH_HOME"] = str(HOME)
    sys.path.insert(0, str(HOME))
    import held_out
    import run_one

    held_out.add(run_one.datasets)
    chosen = list(held_out.names()) if given.datasets == "held_out" else given.datasets.split(",")
    run_one.WORK.mkdir(parents=True, exist_ok=True)
    results = Path(run_one.RESULTS)
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    done = {(row["framework"], row["dataset"], row["seed"], row["budget_s"]) for row in rows}
    with tempfile.TemporaryDirectory() as home, (run_one.WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (Path(home) / "frameworks.json").write_text(json.dumps(registry()))
        run_one.HERE = Path(home)
        for dataset in chosen:
            for seed in map(int, given.seeds.split(",")):
                for framework in given.frameworks.split(","):
                    if (framework, dataset, seed, given.budget) not in done:
                        row = run_one.run(framework, dataset, seed, given.budget, keep=True)
                        keep(row, results.with_suffix(".predictions") / f"{given.budget:g}")
                        with results.open("a") as file:
                            file.write(json.dumps(row) + "\n")
                        shown = {name: row.get(name) for name in SHOWN}
                        print(framework, dataset, seed, row["status"], shown, flush=True)


if __name__ == "__main__":
    main()
