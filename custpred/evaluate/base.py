"""The contract of measures: numbers about predictions, with intervals, without any fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from custpred.business import Business
    from custpred.metrics.base import Metric
    from custpred.policy import Policy, Rounds
    from custpred.table import Table
    from custpred.task import Predictions


@dataclass(frozen=True)
class Evidence:
    """Scored rows; ``policy`` is learned from them where None; ``rounds`` are one that has all its customers here."""

    predictions: Predictions
    table: Table
    metrics: Sequence[Metric]
    business: Business
    seed: int = 0
    min_cell: int = 10
    answer: Callable[[pd.DataFrame], Any] | None = None
    seconds: float = 5.0
    sensitive: tuple[str, ...] = ()
    policy: Policy | None = None
    rounds: Rounds | None = None


@dataclass(frozen=True)
class Measure:
    """Rows of plain data; ``facts`` are the few numbers that sentences quote, ``reason`` says why there are none."""

    kind: str
    rows: tuple[dict[str, Any], ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    def frame(self) -> pd.DataFrame:
        """Return the rows as a frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))


class Evaluate(Spec):
    """One measure; raises ``NotApplicable`` where it says nothing about this task."""

    def measure(self, evidence: Evidence) -> Measure:
        """Return finite, labelled numbers, each headline with an interval."""
        raise NotImplementedError
