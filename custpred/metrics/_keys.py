"""Names of metrics in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.metrics.base import Metric


def metric_keys(metrics: Sequence[Metric]) -> dict[str, str]:
    """Return each metric's key in the record, by full name: the kind, or that name if not unique.

    ``lift_at_10`` is ``lift`` if there is no other lift.
    """
    kinds = [metric.kind() for metric in metrics]
    return {each.name(): each.kind() if kinds.count(each.kind()) == 1 else each.name() for each in metrics}


def labels_of(metrics: Sequence[Metric]) -> dict[str, dict[str, str]]:
    """Return the label of each metric and whether higher is better, by key in the record."""
    keys = metric_keys(metrics)
    return {keys[each.name()]: {"label": each.title(), "better": each.better} for each in metrics}
