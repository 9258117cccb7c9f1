"""Whether a run finds a model within its budget while other processes use the same cores.

    python benchmarks/starvation.py --data Telco-Customer-Churn.csv --busy 10 --runs 10

Each run is a separate process, ``custpred run`` on a CSV file, beside ``--busy`` computing
processes of equal priority.  ``limit s`` is 1.05 x budget + 15 s for the whole process.  ``kept``
names the members of the model, ``score`` is the first metric on the test rows.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from printing import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Run processes that only compute."""
    made = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for each in made:
            each.kill()
        for each in made:
            each.wait()


def measured(recipe: Path, budget: float, folder: Path) -> dict[str, Any]:
    """Run once and return the outcome."""
    command = [str(part) for part in (Path(sys.executable).with_name("custpred"), "run", recipe, "--out", folder)]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20 * budget + 300)
    wall, limit = time.monotonic() - began, 1.05 * budget + 15
    row: dict[str, Any] = {"limit s": limit, "wall s": round(wall, 1), "over": "yes" if wall > limit else ""}
    row["exit code"] = done.returncode
    if not (folder / "report.json").exists():
        return {**row, "kept": "", "score": math.nan, "said": done.stderr.strip().splitlines()[-1:]}
    record = json.loads((folder / "report.json").read_text("utf-8"))
    kept = sorted({line["kind"] for line in record["leaderboard"] if line["weight"] and line["kind"] != "blend"})
    score = next((each["value"] for each in record["test"].values()), math.nan)
    said = done.stderr.strip().splitlines()[-1] if done.returncode else ""
    return {**row, "kept": ", ".join(kept), "score": round(score, 4), "said": said}


def main() -> None:
    """Print a table with a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a CSV file")
    parser.add_argument("--target", default="Churn")
    parser.add_argument("--key", default="customerID")
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--busy", type=int, default=10)
    parser.add_argument("--runs", type=int, default=10)
    given = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as home, busy(given.busy):
        customers = {"path": str(Path(given.data).resolve()), **({"key": given.key} if given.key else {})}
        keys = {"recipe": 1, "name": "starvation", "customers": customers, "target": given.target}
        recipe = Path(home) / "recipe.yaml"
        recipe.write_text(json.dumps({**keys, "budget": {"time": given.budget}}))  # JSON is YAML
        for run in range(given.runs):
            lines.append(measured(recipe, given.budget, Path(home) / str(run)))
            print(run, lines[-1], file=sys.stderr, flush=True)
    print(markdown(pd.DataFrame(lines)))


if __name__ == "__main__":
    main()
