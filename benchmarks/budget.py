"""Whether the budget holds: wall time, memory and the first model's moment, over budgets and table sizes.

    python benchmarks/budget.py --budgets 10,60,300 --rows 500,50000,1000000

Each run is a process of its own, ``custpred run`` on a CSV file of generated customers (telecom, churn).  ``limit`` is
1.05 x budget + 10 s for the whole process, Python's start and the report included; ``first s`` is when a loadable model
was there, after the data had been read.  Memory is the run's own process and its workers' jobs at their highest.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from printing import markdown
from tables import generated

MADE = 33
"""Columns of plain chance that stand beside the sample's own: tables of customers are seldom narrow."""
RECIPE = {"recipe": 1, "name": "budget", "target": "churn", "models": "auto"}


def table(path: Path, rows: int) -> None:
    """Write a CSV file of customers."""
    frame = generated("telecom", "churn", rows, 0)
    noise = np.random.default_rng(rows).normal(size=(rows, MADE)).round(4)
    made = pd.DataFrame(noise, columns=[f"made_{i}" for i in range(MADE)], index=frame.index)
    pd.concat([frame, made], axis=1).to_csv(path, index=False)


def measured(data: Path, budget: float, folder: Path) -> dict[str, float | str]:
    """Run once and return what it took."""
    recipe = data.with_suffix(".yaml")
    keys = {**RECIPE, "customers": {"path": str(data)}, "budget": {"time": budget}}
    recipe.write_text(json.dumps(keys))  # JSON is YAML
    command = [str(part) for part in (Path(sys.executable).with_name("custpred"), "run", recipe, "--out", folder)]
    first: float | None = None
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            if first is None and (folder / "model" / "manifest.json").exists():
                first = time.time()
            time.sleep(0.02)
        said = process.stderr.read() if process.stderr else ""
    wall, limit = time.monotonic() - began, 1.05 * budget + 10
    row: dict[str, float | str] = {"limit s": limit, "wall s": round(wall, 1), "over": "yes" if wall > limit else ""}
    if process.returncode:
        return {**row, "error": said.strip().splitlines()[-1] if said.strip() else str(process.returncode)}
    record = json.loads((folder / "report.json").read_text("utf-8"))
    timing, memory = record["timing"], record["memory"]
    return {
        **row,
        "read s": round(timing["stage_read"], 1),
        "first s": round((first or math.nan) - started(folder) - timing["stage_read"], 1),
        "trials": timing["trials"],
        "fits %": round(100 * timing["fits"] / (wall * timing["cores"])),
        "own GB": round(memory["peak_bytes"] / 1e9, 2),
        "jobs GB": round(memory["jobs_peak_bytes"] / 1e9, 2),
        "error": "",
    }


def started(folder: Path) -> float:
    """Return when the run began, as seconds since 1970."""
    line = (folder / "log.jsonl").read_text("utf-8").splitlines()[0]
    return datetime.fromisoformat(json.loads(line)["at"]).timestamp()


def main() -> None:
    """Print a table with a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", default="10,60,300")
    parser.add_argument("--rows", default="500,50000,1000000")
    given = parser.parse_args()
    lines = {}
    with tempfile.TemporaryDirectory() as home:
        for rows in map(int, given.rows.split(",")):
            data = Path(home) / f"{rows}.csv"
            table(data, rows)
            for budget in map(float, given.budgets.split(",")):
                lines[rows, budget] = measured(data, budget, Path(home) / f"{rows}-{budget:g}")
                print(rows, budget, lines[rows, budget], file=sys.stderr, flush=True)
    frame = pd.DataFrame.from_dict(lines, orient="index")
    frame.index = pd.MultiIndex.from_tuples(lines, names=["rows", "budget s"])
    print(markdown(frame))


if __name__ == "__main__":
    main()
