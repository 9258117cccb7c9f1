"""Whether a run meets the requirements of the recipe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from custpred.metrics._checked import value_or_nan
from custpred.metrics.base import Metric
from custpred.results.record import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from custpred.results.record import Score
    from custpred.table import Finding
    from custpred.task import Predictions

_LEAKS = ("P19", "D158", "D159")


def requirements(
    wanted: Mapping[str, str | float], scored: Predictions, test: Mapping[str, Score], findings: Iterable[Finding]
) -> tuple[Requirement, ...]:
    """Compare the requirements of the recipe with the results.

    ``lift_at_10`` is lift at 10 %; ``leak_alarms`` counts alarms of leaks and of tables of
    customers written after the cutoffs; any metric may be named, in the recipe's list or not.
    """
    alarms = sum(each.severity == "alarm" and each.code.startswith(_LEAKS) for each in findings)
    found = {"leak_alarms": float(alarms), **{name: score.value for name, score in test.items()}}
    for name in wanted.keys() - found.keys():
        metric = Metric.named(name)
        found[name] = math.nan if metric is None else value_or_nan(metric, scored)
    return tuple(Requirement.of(name, str(rule), found[name]) for name, rule in wanted.items())
