"""Whether runs stay within the budget: wall time and memory, by budget, size and kind of table.

    python benchmarks/budget.py --budgets 10,60 --rows 500,50000
    python benchmarks/budget.py --budgets 10,60,300 --rows 500,50000,1000000 --shapes flat

Each run is a separate process, ``custpred run`` on files of generated customers.  ``limit s`` is
1.05 x budget + 10 s for the whole process, with Python's start and the report; ``peak GB`` is the
highest sum of the proportional set sizes (Linux's Pss) of the process and its workers; ``over``
names which of time and memory + 15 % was exceeded.  ``first s`` is when a loadable model was there,
after the data had been read; ``error`` is the code of a refused run.
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
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from printing import markdown
from tables import generated

if TYPE_CHECKING:
    from collections.abc import Callable

NOISE = 33
"""Number of noise columns added to the sample's own: tables of customers are rarely narrow."""
MEMORY = 4_000_000_000
ORDERS = {"key": "customer_id", "time": "ordered_at", "amount": "amount", "category": "category"}
EVENTS = {
    "target": {"kind": "no_event", "table": "orders", "history": "2y", "gap": "14d", "horizon": "90d"},
    "cutoffs": {"every": "1mo", "count": 6},
    "features": ["rfm", {"kind": "windows", "of": "orders", "spans": ["30d", "90d", "1y"]}],
}


def flat(path: Path, rows: int, columns: int = NOISE) -> dict[str, Any]:
    """Write telecom customers with noise columns; return the recipe's keys."""
    frame = generated("telecom", "churn", rows, 0)
    noise = np.random.default_rng(rows).normal(size=(rows, columns)).round(4)
    made = pd.DataFrame(noise, columns=[f"made_{i}" for i in range(columns)], index=frame.index)
    pd.concat([frame, made], axis=1).to_csv(path, index=False)
    return {"customers": {"path": str(path)}, "target": "churn"}


def wide(path: Path, rows: int) -> dict[str, Any]:
    """Write customers with 2,000 columns."""
    return flat(path, rows, 1984)


def texts(path: Path, rows: int) -> dict[str, Any]:
    """Write Korean and English reviews."""
    frame = generated("reviews", "sentiment", rows, 0)
    frame[["review", "sentiment"]].to_csv(path, index=False)
    return {"customers": {"path": str(path)}, "target": "sentiment"}


def classes(path: Path, rows: int, number: int = 77) -> dict[str, Any]:
    """Write short texts whose words determine one of many classes."""
    draw = np.random.default_rng(rows)
    label = draw.permutation(np.arange(rows) % number)
    words = draw.integers(0, 3000, (rows, 6))
    own = draw.integers(0, 12, (rows, 4)) + 10_000 + label[:, None] * 12
    lines = [" ".join(f"w{word}" for word in row) for row in np.hstack([words, own])]
    pd.DataFrame({"text": lines, "intent": [f"class {each:04d}" for each in label]}).to_csv(path, index=False)
    return {"customers": {"path": str(path)}, "target": "intent"}


def many_classes(path: Path, rows: int) -> dict[str, Any]:
    """Write short texts of 5,000 classes, or of as many as there are rows."""
    return classes(path, rows, 5000)


def events(path: Path, rows: int) -> dict[str, Any]:
    """Write the orders of a shop's customers."""
    generated("orders", "", rows, 0).to_csv(path, index=False)
    return {"events": {"orders": {"path": str(path), **ORDERS}}, **EVENTS}


SHAPES: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "flat": flat,
    "texts": texts,
    "classes": classes,
    "many_classes": many_classes,
    "wide": wide,
    "events": events,
}


def measured(keys: dict[str, Any], budget: float, folder: Path) -> dict[str, float | str]:
    """Run once and return its time and memory."""
    recipe = folder.with_suffix(".yaml")
    recipe.write_text(json.dumps({**keys, "budget": {"time": budget, "memory": MEMORY}}))  # JSON is YAML
    command = [str(part) for part in (Path(sys.executable).with_name("custpred"), "run", recipe, "--out", folder)]
    first, peak = math.nan, 0
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            if math.isnan(first) and (folder / "model" / "manifest.json").exists():
                first = time.time()
            peak = max(peak, held(process.pid))
            time.sleep(0.1)
        said = process.stderr.read() if process.stderr else ""
    wall, limit = time.monotonic() - began, 1.05 * budget + 10
    over = [name for name, passed in {"time": wall > limit, "memory": peak > 1.15 * MEMORY}.items() if passed]
    row: dict[str, float | str] = {"limit s": limit, "wall s": round(wall, 1), "peak GB": round(peak / 1e9, 2)}
    row["over"] = " ".join(over)
    if process.returncode:
        coded = [line for line in said.splitlines() if line.startswith("CP")]
        return {**row, "error": coded[-1][:120] if coded else str(process.returncode)}
    record = json.loads((folder / "report.json").read_text("utf-8"))
    timing = record["timing"]
    return {
        **row,
        "first s": round(first - started(folder) - timing["stage_read"], 1),
        "trials": timing["trials"],
        "fits %": round(100 * timing["fits"] / (wall * timing["cores"])),
        "kept": ", ".join(sorted({line["kind"] for line in record["leaderboard"] if line["weight"]})),
        "error": "",
    }


def held(process: int) -> int:
    """Return the bytes that a process and all its children hold, shared pages counted once."""
    total = 0
    for each in family(process):
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text("ascii").splitlines()
        except OSError:  # it has ended
            continue
        total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def family(process: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [process]
    for each in found:
        for path in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, path.read_text("ascii").split())
    return found


def started(folder: Path) -> float:
    """Return when the run began, as seconds since 1970."""
    line = (folder / "log.jsonl").read_text("utf-8").splitlines()[0]
    return datetime.fromisoformat(json.loads(line)["at"]).timestamp()


def main() -> None:
    """Print a table with a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", default="10,60")
    parser.add_argument("--rows", default="500,50000")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    given = parser.parse_args()
    lines = {}
    with tempfile.TemporaryDirectory() as home:
        for shape in given.shapes.split(","):
            for rows in map(int, given.rows.split(",")):
                keys = {"recipe": 1, "name": "budget", **SHAPES[shape](Path(home) / f"{shape}{rows}.csv", rows)}
                for budget in map(float, given.budgets.split(",")):
                    cell = shape, rows, budget
                    lines[cell] = measured(keys, budget, Path(home) / f"{shape}-{rows}-{budget:g}")
                    print(*cell, lines[cell], file=sys.stderr, flush=True)
    frame = pd.DataFrame.from_dict(lines, orient="index")
    frame.index = pd.MultiIndex.from_tuples(lines, names=["table", "rows", "budget s"])
    print(markdown(frame))


if __name__ == "__main__":
    main()
