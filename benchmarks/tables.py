"""The tables used by these benchmarks: generated ones with known truth, and real ones.

Real tables are read by the peers' harness ($BENCH_HOME, else ``shared/bench`` beside the project);
without it, there are only generated tables.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

HOME = Path(os.environ.get("BENCH_HOME", Path(__file__).resolve().parents[2] / "shared" / "bench"))
ALL = 10**9
"""As a number of rows: all that a real table has."""
FRESH = 20_000
"""Rows of a generated table that no run sees."""
OUTCOMES = ("churn", "buys_again", "spend_next_90d", "segment")


@dataclass(frozen=True)
class Case:
    """A table and how many of its rows a run is given.

    ``noise`` of a generated table: the share of redrawn labels, or the spread of a factor.
    """

    table: str
    rows: int
    target: str = ""
    noise: float = 0.0

    @property
    def name(self) -> str:
        """Return a name that is unique among the cases."""
        rows = "" if self.rows >= ALL else self.rows
        return "_".join(str(part) for part in (self.table, self.target, rows, self.noise) if part)

    def draw(self, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, str]:
        """Return training rows, new rows of the same distribution, and the target."""
        if self.target:
            frame = generated(self.table, self.target, self.rows + FRESH, seed)
            frame[self.target] = blurred(frame[self.target], self.noise, seed)
            return frame.iloc[: self.rows], frame.iloc[self.rows :], self.target
        frame, target = real(self.table)
        order = np.random.default_rng([seed, 5]).permutation(len(frame))
        return frame.iloc[order[: self.rows]], frame.iloc[order[self.rows :][:FRESH]], target


def generated(sample: str, target: str, rows: int, seed: int) -> pd.DataFrame:
    """Return rows of one of the package's samples with one outcome."""
    from custpred.source.sample import Sample

    if sample == "patterns":
        return patterns(target, rows, seed)
    frame = Sample(sample=sample, rows=rows, seed=1000 + seed).raw().frame
    return frame.drop(columns=[name for name in OUTCOMES if name in frame and name != target])


def blurred(outcome: pd.Series, noise: float, seed: int) -> pd.Series:
    """Return a noisier outcome: some labels are redrawn, values multiplied by a random factor."""
    chance = np.random.default_rng([seed, 6])
    if not noise:
        return outcome
    if outcome.dtype.kind == "f":
        return outcome * chance.lognormal(0, noise, len(outcome))
    return outcome.mask(chance.random(len(outcome)) < noise, outcome.sample(frac=1, random_state=seed).to_numpy())


def patterns(target: str, rows: int, seed: int) -> pd.DataFrame:
    """Return customers with about six near copies each, and an outcome of steps and boxes.

    ``target`` is ``label`` (two classes), ``group`` (four) or ``amount``, with a strong signal.
    """
    import pandas as pd

    chance = np.random.default_rng([seed, 29])
    kinds = max(20, (rows - FRESH) // 6)
    numbers, codes = chance.normal(size=(kinds, 8)), chance.integers(0, 5, size=(kinds, 5))
    boxes = np.zeros(kinds)
    for _ in range(60):
        columns = chance.choice(8, 3, replace=False)
        inside = (np.abs(numbers[:, columns] - chance.normal(size=3)) < 0.9).all(axis=1)
        inside &= codes[:, chance.integers(5)] != chance.integers(5)
        boxes += chance.normal() * 3 * inside
    score = boxes + (numbers[:, 0] > 0.4) - (codes[:, 1] == 2) + 0.4 * numbers[:, 1] + chance.normal(0, 0.8, kinds)
    own = chance.integers(0, kinds, rows)
    near = numbers[own] + chance.normal(0, 0.03, (rows, 8))
    frame = pd.DataFrame(near.round(3), columns=[f"amount_{i}" for i in range(8)])
    frame = frame.mask(chance.random(frame.shape) < 0.1)
    for i in range(5):
        frame[f"code_{i}"] = pd.Series(np.array(list("abcde"), object)[codes[own, i]]).mask(chance.random(rows) < 0.05)
    rank = score.argsort().argsort()[own] / kinds
    if target == "amount":
        return frame.assign(amount=np.exp(score[own] / 3 + chance.normal(0, 0.05, rows)).round(3))
    cuts = (0.8,) if target == "label" else (0.3, 0.6, 0.85)
    return frame.assign(**{target: np.array(list("ABCD"), object)[np.searchsorted(cuts, rank)]})


@cache
def real(name: str) -> tuple[pd.DataFrame, str]:
    """Return a real table and its target, as the harness reads it; labels are text."""
    sys.path.insert(0, str(HOME))
    import datasets

    if name == "ecommerce_churn":  # the harness has no reader for it
        import pandas as pd

        frame = pd.read_excel(datasets.DATA / name / "E_Commerce_Dataset.xlsx", sheet_name=1)
        return frame.drop(columns="CustomerID").assign(Churn=frame["Churn"].map({0: "no", 1: "yes"})), "Churn"
    found = datasets.load(name)
    return found.frame, found.target
