"""False alarms of small tables without drift and without any order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.profile._signal import Signal, codes_of_numbers
from custpred.profile._stability import stability
from custpred.profile.base import Check
from custpred.table import Column, Table
from custpred.task import Task

BINARY, VALUES = Task("binary", "y", ("no", "yes")), Task("regression", "y")


@pytest.mark.parametrize("levels", [2, 3, 5, 10])
def test_the_limit_of_the_stability_index_is_one_in_a_thousand(levels: int) -> None:
    """With few levels the index varies more about its mean: three times that is not rare."""
    draw, late = np.random.default_rng(levels), np.arange(100) >= 50
    found = [stability(draw.integers(0, levels, 100), late) for _ in range(4_000)]
    assert sum(each.psi > each.limit for each in found) <= 16
    assert levels > 3 or sum(each.psi > 3 * each.noise for each in found) > 100


@pytest.mark.parametrize("task", [BINARY, VALUES], ids=lambda task: task.kind)
def test_the_strength_of_a_random_order_has_the_stated_error(task: Task) -> None:
    """Hardly any random order is 3.3 standard errors strong; the errors are not overstated."""
    draw, rows = np.random.default_rng(0), np.arange(60.0)
    found = []
    for _ in range(300):
        truth = draw.normal(size=60) if task is VALUES else (draw.permutation(60) < 15).astype(int)
        signal = Signal(truth, task)
        found.append(signal.strength(*codes_of_numbers(rows)) / signal.error)
    assert np.mean(np.array(found) > 3.3) <= 0.02
    assert np.mean(np.array(found) > 1.0) > 0.2


def test_small_tables_without_drift_or_order_have_no_warning() -> None:
    """Of 40 tables of 44 independent rows with yes/no columns, at most two have one."""
    warned = 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        frame = pd.DataFrame({f"b{i}": pd.Categorical(draw.choice(["u", "v"], 44)) for i in range(6)})
        table = Table(frame, tuple(Column(name, "category") for name in frame))
        truth = (draw.permutation(44) < 11).astype(int)
        checks = (Check.parse(kind).check(table, truth, BINARY) for kind in ("drift", "leakage"))
        warned += any(each.severity == "warning" for found in checks for each in found.findings)
    assert warned <= 2
