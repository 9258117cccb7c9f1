"""Generated customer tables of varying difficulty, each determined by its number.

What varies: rows and columns, the share of categories and their levels, the truth's shape (linear,
smooth, steps, boxes, repeated patterns), noise, missing cells (random or informative), near copies
of customers, rare classes, several classes, heavy-tailed amounts and amounts that are often 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = ("linear", "smooth", "steps", "boxes", "patterns")
KINDS = ("label", "label", "group", "amount")
"""Two tables of two classes for each of several classes and each of amounts."""
NOISE = (0.02, 0.3, 1.0, 3.0)
"""Standard deviation of the noise, for a signal of standard deviation 1."""


def made(number: int) -> tuple[pd.DataFrame, str]:
    """Return a table and its target: ``label`` (two classes), ``group`` (3 to 6) or ``amount``."""
    chance = np.random.default_rng([number, 31])
    kind, shape = KINDS[number % len(KINDS)], SHAPES[number // len(KINDS) % len(SHAPES)]
    rows = int(np.exp(chance.uniform(np.log(400), np.log(5000))))
    columns = int(np.exp(chance.uniform(np.log(5), np.log(60))))
    coded = int(columns * chance.uniform(0, 0.7))
    base = max(20, rows // 6) if shape == "patterns" else rows
    numbers = chance.normal(size=(base, columns - coded))
    levels = np.exp(chance.uniform(np.log(2), np.log(min(300, base / 3)), coded)).astype(int)
    codes = np.stack([chance.zipf(1.6, base) % n for n in levels], axis=1) if coded else np.zeros((base, 0), int)
    signal = _signal(shape, numbers, codes, chance)
    own = chance.integers(0, base, rows) if shape == "patterns" else np.arange(rows)
    spread = NOISE[int(chance.integers(len(NOISE)))]
    score = signal[own] + spread * chance.logistic(size=rows) / 1.8
    frame = pd.DataFrame(numbers[own], columns=[f"amount_{i}" for i in range(columns - coded)])
    if shape == "patterns":
        frame += chance.normal(0, 0.03, frame.shape)
    for i in range(coded):
        frame[f"code_{i}"] = np.array([f"level {code}" for code in codes[own, i]], dtype=object)
    frame = _skewed(frame, chance)
    return _missing(frame, score, chance).assign(**{kind: _target(kind, score, chance)}), kind


def _signal(shape: str, numbers: np.ndarray, codes: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Return a score with standard deviation 1 that depends on the columns."""
    parts: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "linear": lambda x: x,
        "smooth": lambda x: np.sin(1.5 * x) + 0.3 * x**2,
        "steps": lambda x: np.sign(x - 0.4) + np.sign(x + 0.8),
    }
    total = np.zeros(len(numbers))
    part = parts.get(shape, parts["linear"])
    strength = 0.25 if shape in {"boxes", "patterns"} else 1.0
    for i in range(numbers.shape[1]):
        total += strength * chance.normal() * chance.exponential() * part(numbers[:, i])
    for i in range(codes.shape[1]):
        total += chance.exponential() * chance.normal(size=codes[:, i].max() + 1)[codes[:, i]]
    if shape in {"boxes", "patterns"} and numbers.shape[1] >= 3:
        for _ in range(60 if shape == "patterns" else 12):
            used = chance.choice(numbers.shape[1], 3, replace=False)
            inside = (np.abs(numbers[:, used] - chance.normal(size=3)) < 0.9).all(axis=1)
            total += 3 * chance.normal() * inside
    elif shape == "smooth" and numbers.shape[1] >= 2:
        total += numbers[:, 0] * numbers[:, 1]
    return np.asarray((total - total.mean()) / max(total.std(), 1e-9))


def _skewed(frame: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Return the table with some numbers as skewed amounts, and some as counts."""
    for name in frame.columns[frame.columns.str.startswith("amount")]:
        form = chance.random()
        if form < 0.3:
            frame[name] = np.exp(frame[name]).round(3)
        elif form < 0.5:
            frame[name] = np.maximum(0, (3 * frame[name] + 4).round())
    return frame


def _missing(frame: pd.DataFrame, score: np.ndarray, chance: np.random.Generator) -> pd.DataFrame:
    """Return the table with missing cells in half of the tables, some depending on the score."""
    if chance.random() < 0.5:
        return frame
    telling = chance.random() < 0.33
    shift = (score > np.quantile(score, 0.7)) * 0.2 if telling else np.zeros(len(score))
    share = chance.uniform(0.02, 0.25, frame.shape[1])
    return frame.mask(chance.random(frame.shape) < share[None, :] + shift[:, None])


def _target(kind: str, score: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Return classes by the rank of the score, or amounts that grow with it."""
    rank = score.argsort().argsort() / len(score)
    if kind == "label":
        positive = float(chance.choice([0.5, 0.27, 0.15, 0.05]))
        return np.where(rank >= 1 - positive, "yes", "no").astype(object)
    if kind == "group":
        classes = int(chance.integers(3, 7))
        cuts = np.sort(chance.uniform(0.1, 0.9, classes - 1))
        return np.array(list("ABCDEF"), dtype=object)[np.searchsorted(cuts, rank)]
    form = chance.random()
    if form < 0.35:
        return np.asarray((100 + 20 * score).round(2))
    amount = np.exp(3 + 0.8 * score).round(2)
    return np.where(rank < 0.6, 0.0, amount) if form > 0.75 else np.asarray(amount)
