"""Claims of custpred at its interfaces: install, verdict, scoring, dates, page, edge cases.

    python benchmarks/doors.py [--data ../shared/data] [--cases ../shared/cases] [--only NAME]

Each check is a separate process with a time limit and an empty folder; it prints one line, PASS,
FAIL or SKIP with the reason.  The exit code is 1 if any failed.  Real tables that are absent are
skipped.  ``--runs`` repeats the check beside busy processes.  The checks are in ``door_checks.py``;
the scripts in ``--cases`` are run and their output is checked.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import door_checks

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 600
"""Seconds that a check may take."""


def judge_case(name: str, said: str) -> str:
    """Return what is wrong with a case's output; empty if it meets the case's first line."""
    lines = said.strip().splitlines()
    if name == "min_bins":
        wrong = [line for line in lines if not line.endswith(" ok")]
        return "; ".join(wrong) if len(lines) == 6 else f"6 lines wanted: {lines}"
    if name == "min_bool":
        means = [float(found[1]) for line in lines if (found := re.search(r"mean p ([\d.]+|nan)", line))]
        noted = [line.partition("notes ")[2] != "[]" for line in lines]
        return "" if len(set(means)) == 1 and noted == [False, True, True] else said
    if name == "min_explain":
        return "" if float(lines[-1].rsplit(" ", 1)[1]) <= 1e-6 else lines[-1]
    if name == "min_future":
        clean, slip = (line.split(" | ") for line in lines)
        return "" if clean[1:5] == slip[1:5] and len(slip[5]) > len(clean[5]) else said
    if name == "min_labels":
        found = re.match(r"\[(.*?)\] ([\d.]+) as text: 0\.0$", lines[-1])
        right = found and set(found[1].split(", ")) <= {"0", "1"} and float(found[2]) > 0.5
        return "" if right else lines[-1]
    return f"there is no judge for {name}"


def case(path: Path, folder: Path) -> tuple[str, str]:
    """Run a case and check its output."""
    code, said, error = limited([sys.executable, str(path)], folder)
    if code is None:
        return "FAIL", f"still running after {LIMIT} s"
    if code:
        return "FAIL", f"exit code {code}: {(error.strip().splitlines() or ['nothing said'])[-1]}"
    wrong = judge_case(path.stem, said)
    return ("FAIL", wrong) if wrong else ("PASS", path.read_text("utf-8").splitlines()[0].removeprefix("# right: "))


def check(name: str, given: argparse.Namespace, folder: Path) -> tuple[str, str]:
    """Run one check in a separate process."""
    words = ["--data", str(given.data), "--runs", str(given.runs), "--inside", name]
    code, said, error = limited([sys.executable, __file__, *words], folder)
    if code is None:
        return "FAIL", f"still running after {LIMIT} s"
    outcome, _, reason = (said.strip().splitlines() or [""])[-1].partition(" ")
    if outcome not in ("PASS", "FAIL", "SKIP"):
        return "FAIL", f"exit code {code}: {(error.strip().splitlines() or ['nothing said'])[-1]}"
    return outcome, reason


def limited(command: list[str], folder: Path) -> tuple[int | None, str, str]:
    """Run a command with its children as one process group; exit code None if it was terminated."""
    pipe = subprocess.PIPE
    made = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        said, error = made.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(made.pid, signal.SIGKILL)
        made.communicate()
        return None, "", ""
    return made.returncode, said, error


def inside(name: str, given: argparse.Namespace) -> None:
    """Run a check here and print its line."""
    try:
        said = door_checks.CHECKS[name](door_checks.Place(given.data, given.runs))
        print("PASS", said)
    except door_checks.SkippedError as reason:
        print("SKIP", reason)
    except AssertionError as reason:
        print("FAIL", " ".join(str(reason).split()) or "an assertion without words")
    except Exception as reason:
        print("FAIL", f"{type(reason).__name__}:", " ".join(str(reason).split()))


def main() -> int:
    """Run all checks, or one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--cases", type=Path, default=ROOT.parent / "shared" / "cases")
    parser.add_argument("--only", help="names that hold this text")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        inside(given.inside, given)
        return 0
    given.data = given.data.resolve()
    doors = {f"case {path.stem}": path.resolve() for path in sorted(given.cases.glob("*.py"))}
    outcomes = []
    for name in [*door_checks.CHECKS, *doors]:
        if given.only and given.only not in name:
            continue
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="custpred-doors-") as folder:
            run = case(doors[name], Path(folder)) if name in doors else check(name, given, Path(folder))
        outcomes.append(run[0])
        print(f"{run[0]} {name} ({time.perf_counter() - began:.0f} s): {run[1][:600]}", flush=True)
    print(", ".join(f"{outcomes.count(each)} {each}" for each in ("PASS", "FAIL", "SKIP")))
    return 1 if "FAIL" in outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
