"""Requirements of a recipe, at the bound and on either side."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from custpred.results.record import Score
from custpred.table import Finding
from custpred.task import Predictions, Task
from custpred.training._figures.requirements import requirements

SCORED = Predictions(Task("binary", "y", ("no", "yes")), np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
ALARM = Finding("P190", "alarm", "A leak.")


@pytest.mark.parametrize(
    ("rule", "below", "at", "above"),
    [
        ("> 0.5", False, False, True),
        (">= 0.5", False, True, True),
        ("< 0.5", True, False, False),
        ("<= 0.5", True, True, False),
        ("== 0.5", False, True, False),
        ("0.5", False, True, False),
    ],
)
def test_each_comparison_at_its_bound(rule: str, below: bool, at: bool, above: bool) -> None:
    """A score at the bound meets >=, <= and == and misses > and <; nan meets nothing."""
    for value, met in ((0.4, below), (0.5, at), (0.6, above), (math.nan, False)):
        (found,) = requirements({"roc_auc": rule}, SCORED, {"roc_auc": Score(value, value, value)}, ())
        assert (found.met, found.name) == (met, "roc_auc")


def test_only_alarms_about_leaks_are_counted() -> None:
    """Warnings and other alarms do not count; a maximum of 0 is met by none and missed by one."""
    others = [replace(ALARM, severity="warning"), Finding("P210", "alarm", "Mostly missing.")]
    for findings, met in ((others, True), ([*others, ALARM], False), ([Finding("D158", "alarm", "Late.")], False)):
        (found,) = requirements({"leak_alarms": 0}, SCORED, {}, findings)
        assert (found.met, found.found) == (met, 0.0 if met else 1.0)


def test_scores_of_the_run_are_used_first() -> None:
    """A metric of the run is used as it is; an unknown name has no value and is not met."""
    test = {"roc_auc": Score(0.7, 0.6, 0.8)}
    first, second = requirements({"roc_auc": "<= 0.7", "no_metric": ">= 0"}, SCORED, test, ())
    assert (first.found, first.met) == (0.7, True)
    assert math.isnan(second.found)
    assert not second.met
