"""Features of 1,000,000 events of 100,000 customers at 6 cutoffs: at most 60 seconds and 2 GB.

Run ``python benchmarks/events.py [EVENTS CUSTOMERS]``; each part is a separate process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MAKE = """
import duckdb, sys
path, events, customers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
duckdb.sql("SELECT setseed(0.7)")
duckdb.sql(f'''COPY (SELECT 'c' || lpad(CAST(floor(random() * {customers}) AS INT)::VARCHAR, 7, '0') AS customer_id,
  TIMESTAMP '2023-01-01' + to_seconds(CAST(floor(random() * 730 * 86400) AS BIGINT)) AS ordered_at,
  round(exp(3 + random() * 2), 2) AS amount, ['beauty', 'books', 'food', 'home'][1 + CAST(floor(random() * 4) AS INT)]
  AS category FROM range({events})) TO '{path}' (FORMAT parquet)''')
"""
RECIPE = {
    "target": {"kind": "no_event", "gap": "14d", "horizon": "90d", "eligible": {"events_in": "365d"}},
    "cutoffs": {"every": "1mo", "count": 6},
    "features": ["rfm", {"kind": "windows", "spans": ["7d", "30d", "90d", "365d"]}],
    "budget": {"jobs": 2, "memory": "2GB"},
}


def measure(path: Path) -> dict[str, float]:
    """Gather the features of a file of events, with all that a run does before its split."""
    from custpred.recipe.file import from_keys
    from custpred.training.run import read_labelled

    columns = {"key": "customer_id", "time": "ordered_at", "amount": "amount", "category": "category"}
    table: dict[str, Any] = {"path": str(path), **columns}
    if path.suffix == ".csv":
        table["types"] = {"category": "category"}
    recipe = from_keys({"events": {"orders": table}, **RECIPE})
    began, used = time.perf_counter(), time.process_time()
    labelled = read_labelled(recipe)
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    rows, features = labelled.table.frame.shape
    return {
        "seconds": round(wall, 1),
        "cpu": round(cpu, 1),
        "peak_gb": round(peak, 2),
        "rows": rows,
        "columns": features,
    }


def main() -> None:
    """Make the events, measure in a new process, print the result."""
    if sys.argv[1:2] == ["--measure"]:
        sys.stdout.write(json.dumps(measure(Path(sys.argv[2]))) + "\n")
        return
    events, customers = (sys.argv[1:3] + ["1000000", "100000"][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        subprocess.run([sys.executable, "-c", MAKE, str(path), events, customers], check=True)
        subprocess.run([sys.executable, __file__, "--measure", str(path)], check=True)


if __name__ == "__main__":
    main()
