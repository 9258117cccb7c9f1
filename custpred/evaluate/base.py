"""The contract of measures: numbers about predictions of the test customers, without any fit.

A measure takes ``Evidence`` (labels, predictions, table, money) and returns a ``Measure``: rows of
plain data for tables and charts, and the facts that sentences quote.  The report only renders them,
so every number of the page is in report.json as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from custpred.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from custpred.business import Business
    from custpred.metrics.base import Metric
    from custpred.policy import Policy, Rounds
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.task import Predictions


@dataclass(frozen=True)
class Evidence:
    """Scored rows and their context; defaults: a policy learned from them, and one scoring round.

    Optional measures are skipped after ``deadline``, a ``time.monotonic()``.
    ``reasons(frame, folds)`` returns attributions, ``reasons(frame, None, True)`` those of words in
    texts, by ``row``.  ``earlier``: rows of the scored customers at an earlier cutoff, not used in
    training.
    ``cores``: number of measures that call the model at the same time.
    """

    predictions: Predictions
    table: Table
    metrics: Sequence[Metric]
    business: Business
    seed: int = 0
    min_cell: int = 10
    predict: Callable[[pd.DataFrame], Any] | None = None
    reasons: Callable[..., pd.DataFrame] | None = None
    seconds: float = 5.0
    sensitive: tuple[str, ...] = ()
    policy: Policy | None = None
    rounds: Rounds | None = None
    deadline: float = float("inf")
    earlier: Table | None = None
    cores: int = 1


@dataclass(frozen=True)
class Measure:
    """Rows of plain data, ``facts`` that sentences quote, or the ``reason`` why there are no rows.

    >>> Measure("scores", ({"metric": "roc_auc", "value": 0.8},)).rows[0]["value"]
    0.8
    """

    kind: str
    rows: tuple[JSON, ...] = ()
    facts: JSON = field(default_factory=dict)
    reason: str = ""


class Evaluate(Spec):
    """A measure of predictions; raises ``NotApplicable`` if it does not apply to the task.

    The class attribute ``counts`` names the keys that hold counts of customers, to hide small ones.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.business import Business
    >>> from custpred.evaluate.base import Evidence
    >>> from custpred.metrics.base import Metric
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Predictions, Task
    >>> draw = np.random.default_rng(0)
    >>> chance = draw.random(400)
    >>> predictions = Predictions(
    ...     Task("binary", "left", ("no", "yes")),
    ...     (draw.random(400) < chance).astype(int),
    ...     np.column_stack([1 - chance, chance]),
    ... )
    >>> table = Table(pd.DataFrame({"age": draw.normal(size=400)}), (Column("age", "number"),))
    >>> money = Business(value=100, contact_cost=30)
    >>> evidence = Evidence(predictions, table, [Metric.parse("roc_auc")], money)
    >>> measure = Evaluate.parse("deciles").measure(evidence)
    >>> len(measure.rows), measure.kind
    (10, 'deciles')
    """

    optional: ClassVar[bool] = False
    calls_model: ClassVar[bool] = False

    def measure(self, evidence: Evidence) -> Measure:
        """Compute finite numbers with labels, the main ones with a confidence interval."""
        raise NotImplementedError
