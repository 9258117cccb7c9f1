"""How a run spent its time: ``python benchmarks/usage.py RUN [RUN ...]``.

Wall x cores is the available time, fits are seconds inside models' training, jobs are seconds
inside worker processes (also reading rows, predicting and packing), stages are the driver's.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any


def usage(folder: Path) -> dict[str, float]:
    """Return the shares and seconds of one run folder.

    ``cut`` is the share in jobs that were ended early, which counts as inside fits too; ``fits``
    and ``jobs`` are shares of wall x cores; ``tail`` is the share of the wall after the search,
    ``head`` before it; ``lost`` is the share of the search's wall x cores in which no job ran.
    """
    timing: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))["timing"]
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    began, ended = (datetime.fromisoformat(event["at"]) for event in (events[0], events[-1]))
    cores, wall = timing["cores"], (ended - began).total_seconds()
    stages = {name.removeprefix("stage_"): value for name, value in timing.items() if name.startswith("stage_")}
    search = stages.get("search", 0.0)
    head = stages.get("read", 0.0) + stages.get("plan", 0.0)
    jobs, cut = stages.pop("jobs"), stages.pop("cut", 0.0)
    return {
        "wall": wall,
        "trials": timing["trials"],
        "fits": timing["fits"] / (wall * cores),
        "jobs": jobs / (wall * cores),
        "cut": cut / (wall * cores),
        "lost": max(0.0, 1 - jobs / max(search * cores, 1e-9)),
        "head": head / wall,
        "tail": max(0.0, wall - head - search) / wall,
        **{f"{name} s": value for name, value in stages.items()},
    }


def main(folders: list[str]) -> None:
    """Print a line for each figure, a column for each run."""
    rows = [usage(Path(folder)) for folder in folders]
    names = list(dict.fromkeys(name for row in rows for name in row))
    width = max(12, *(len(Path(folder).name) + 2 for folder in folders))
    lines = [" " * 12 + "".join(Path(folder).name.rjust(width) for folder in folders)]
    for name in names:
        shares = name in {"fits", "jobs", "cut", "lost", "head", "tail"}
        cells = (f"{100 * row[name]:.1f} %" if shares else f"{row[name]:.1f}" for row in rows if name in row)
        lines.append(name.ljust(12) + "".join(cell.rjust(width) for cell in cells))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
