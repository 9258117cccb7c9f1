"""Generated tables of kinds that the public ones lack, such as wide, large or very noisy ones.

No configuration was chosen on them.  They have one shape of the truth: additive steps of some
columns, products of two, and effects of levels.

    python benchmarks/peers.py --datasets kind_wide,kind_levels --frameworks custpred,flaml
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Kind:
    """Size of a table, how many columns matter, and the noise for a signal of deviation 1."""

    rows: int
    numbers: int
    codes: int
    levels: int
    useful: int
    noise: float
    positive: float
    """Share of positive labels, or of amounts above 0."""
    outcome: str = "label"
    """Two classes (``label``), six (``group``) or ``amount``."""


KINDS = {
    "wide": Kind(2_500, 700, 0, 0, 40, 0.8, 0.3),
    "wide_codes": Kind(4_000, 150, 150, 12, 40, 0.8, 0.2),
    "levels": Kind(20_000, 6, 8, 2_000, 14, 0.8, 0.25),
    "large": Kind(250_000, 20, 8, 40, 20, 1.0, 0.15),
    "noisy": Kind(60_000, 35, 12, 15, 25, 2.4, 0.29),
    "rare": Kind(120_000, 15, 6, 30, 15, 1.0, 0.005),
    "groups": Kind(40_000, 20, 6, 20, 20, 0.6, 1.0, "group"),
    "amounts": Kind(50_000, 16, 6, 30, 18, 0.1, 1.0, "amount"),
    "spend": Kind(30_000, 16, 6, 30, 18, 0.8, 0.3, "amount"),
    "tiny": Kind(400, 14, 6, 6, 10, 0.8, 0.3),
}


def kind(name: str) -> tuple[pd.DataFrame, str]:
    """Return a table of a kind, and the name of its target."""
    own = KINDS[name]
    chance = np.random.default_rng([list(KINDS).index(name), 1313])
    numbers = chance.normal(size=(own.rows, own.numbers))
    numbers[:, ::3] = np.exp(numbers[:, ::3])
    codes = chance.zipf(1.4, (own.rows, own.codes)) % max(own.levels, 1)
    signal = np.zeros(own.rows)
    for place in range(min(own.useful, own.numbers)):
        steps = numbers[:, [place]] > np.quantile(numbers[:, place], chance.uniform(0.05, 0.95, 3))
        signal += chance.exponential() * (steps @ chance.normal(size=3))
    for place in range(0, min(own.useful, own.numbers) - 1, 4):
        signal += chance.normal() * np.tanh(numbers[:, place]) * np.tanh(numbers[:, place + 1])
    for place in range(min(max(2, own.useful // 4), own.codes)):
        signal += chance.exponential() * chance.normal(size=own.levels)[codes[:, place]]
    score = (signal - signal.mean()) / signal.std() + own.noise * chance.logistic(size=own.rows) / 1.8
    frame = pd.DataFrame(numbers.round(4), columns=[f"amount_{place}" for place in range(own.numbers)])
    words = np.array([f"level {code}" for code in range(max(own.levels, 1))], dtype=object)
    coded = pd.DataFrame(words[codes], columns=[f"code_{place}" for place in range(own.codes)])
    frame = pd.concat([frame, coded], axis=1)
    frame = frame.mask(chance.random(frame.shape) < 0.03)
    outcome = pd.Series(_outcome(own, score), name=own.outcome)
    return pd.concat([frame, outcome], axis=1), own.outcome


def _outcome(own: Kind, score: np.ndarray) -> np.ndarray:
    """Return labels, classes or amounts that grow with the score."""
    rank = score.argsort().argsort() / len(score)
    if own.outcome == "group":
        return np.array(list("ABCDEF"), dtype=object)[np.searchsorted([0.08, 0.25, 0.5, 0.7, 0.9], rank)]
    positive = rank >= 1 - own.positive
    if own.outcome == "amount":
        return np.where(positive, np.exp(3 + 0.8 * score).round(2), 0.0)
    return np.where(positive, "yes", "no")
