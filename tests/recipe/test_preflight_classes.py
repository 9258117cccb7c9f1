"""Targets with too many classes for memory or time are refused before any fit."""

from __future__ import annotations

import pytest

from custpred.budget import Budget
from custpred.errors import BudgetSpent
from custpred.recipe.preflight import classes
from custpred.task import Task


def _task(number: int) -> Task:
    return Task("multiclass", "product", tuple(f"p{i}" for i in range(number)))


@pytest.mark.parametrize(
    ("number", "rows", "limits"),
    [
        (5000, 40_000, {"time": 20.0, "memory": 16_000_000_000}),
        (5000, 40_000, {"time": 200.0, "memory": 4_000_000_000}),
        (5000, 40_000, {"work": 3, "memory": 1_000_000_000}),
    ],
)
def test_too_many_classes_are_refused_with_what_would_do(number: int, rows: int, limits: dict[str, float]) -> None:
    """The message has the sizes; a run with the budget that it names is not refused."""
    with pytest.raises(BudgetSpent, match=r"CP4117.*5,000 classes.*40,000 rows") as refused:
        classes(_task(number), rows, Budget.model_validate(limits))
    assert "Merge rare classes" in str(refused.value)
    classes(_task(number), rows, Budget(time=200.0 if "time" in limits else None, memory=6_000_000_000))


@pytest.mark.parametrize(
    ("number", "rows", "seconds"), [(77, 50_000, 10.0), (1000, 50_000, 60.0), (2, 1_000_000, 10.0)]
)
def test_usual_targets_pass(number: int, rows: int, seconds: float) -> None:
    """Dozens of classes on many rows, and a thousand on fifty thousand, are tried."""
    limits = Budget(time=seconds, memory=4_000_000_000)
    classes(_task(number), rows, limits)
    with pytest.raises(BudgetSpent, match="CP4117"):
        classes(_task(5_000), 1_000_000, limits)


def test_amounts_have_no_classes() -> None:
    """A regression is never refused for its classes."""
    limits = Budget(time=1.0, memory=1_000_000)
    classes(Task("regression", "spend"), 10_000_000, limits)
    with pytest.raises(BudgetSpent, match="CP4117"):
        classes(_task(2), 10_000_000, limits)
