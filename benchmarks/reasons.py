"""CPU time of reasons relative to scores: at most 30 times as long for all customers.

    python benchmarks/reasons.py RUN TABLE.csv                 # a run, and customers to score
    python benchmarks/reasons.py RUN TABLE.csv --rows 10000

Customers are repeated up to ``--rows``.  CPU seconds are compared.  ``exact`` are reasons from the
models of all folds, ``list`` those of ``custpred predict --reasons all``, ``chosen`` the default.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import custpred as cp
from custpred.inference.explanations import ENDS, reasons
from custpred.inference.scored import CHOSEN, EXACT, FOLDS, add_reasons, decided, explained

LIMIT, SOME = 30.0, 2_000


def seconds(work: Any) -> float:
    """Return the CPU seconds of some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def agreement(exact: pd.DataFrame, quick: pd.DataFrame) -> tuple[float, float]:
    """Return how often first reasons agree, and the mean correlation of customers' reasons."""
    one, other = (each.iloc[:, len(ENDS) :].to_numpy() for each in (exact, quick))
    same = (np.abs(one).argmax(axis=1) == np.abs(other).argmax(axis=1)).mean()
    return float(same), float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(one, other, strict=True)]))


def main() -> None:
    """Print one line per method, and exit with 1 if the list takes longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    asked = parser.parse_args()
    predictor, new = cp.load(asked.run).predictor, pd.read_csv(asked.table)
    new = new.iloc[np.arange(asked.rows) % len(new)].reset_index(drop=True)
    frame, _ = predictor.conform(new)
    answer = predictor.predict(frame)  # the first call makes tables that stay
    score = min(seconds(lambda: predictor.predict(frame)) for _ in range(3))
    own, _ = decided(predictor, new, frame, answer)
    print(f"{len(predictor.members)} members, {len(frame):,} rows: score {score:.2f} CPU seconds")
    found = {}
    for whom in (CHOSEN, "all"):
        rows = explained(predictor.task, own, whom, len(frame))
        spent = seconds(lambda rows=rows: add_reasons(frame[[]].copy(), predictor, frame, rows, 3))
        found[whom] = spent / score
        print(f"{whom}: reasons of {len(rows):,} customers {spent:.2f} s, {found[whom]:.1f} times the score")
    some = frame.iloc[:SOME].reset_index(drop=True)
    spent = seconds(lambda: reasons(predictor, some)) * len(frame) / len(some)
    print(f"exact: of all {spent:.1f} s, {spent / score:.1f} times the score (from {len(some):,} customers)")
    same, alike = agreement(reasons(predictor, some), reasons(predictor, some, FOLDS))
    print(f"beyond the first {EXACT:,}: first reason the same {same:.1%}, correlation {alike:.3f}")
    raise SystemExit(int(max(found.values()) > LIMIT))


if __name__ == "__main__":
    main()
