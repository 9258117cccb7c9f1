"""The contract of measures: numbers about predictions of the test customers, without any fit.

A measure gets ``Evidence`` (labels, predictions, the table, money) and returns a ``Measure``: rows of
plain data for tables and charts, and the few facts that sentences quote.  The report only draws them, so
that every number of the page is in report.json as well.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

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
    """Scored rows; ``policy`` None: learned from them; ``rounds`` None: one round with all its customers.

    Optional measures are left out after ``deadline``, a ``time.monotonic()``.
    ``reasons(frame, folds)`` gives each customer's parts, ``reasons(row, None, True)`` those of the words in texts.
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


@dataclass(frozen=True)
class Measure:
    """Rows of plain data; ``facts`` are the few numbers that sentences quote; ``reason`` says why there are no rows.

    >>> Measure("scores", ({"metric": "roc_auc", "value": 0.8},)).frame()["value"].tolist()
    [0.8]
    """

    kind: str
    rows: tuple[JSON, ...] = ()
    facts: JSON = field(default_factory=dict)
    reason: str = ""

    def frame(self) -> pd.DataFrame:
        """Return the rows as a frame."""
        import pandas as pd

        return pd.DataFrame([*self.rows])


class Evaluate(Spec):
    """One measure; raises ``NotApplicable`` where it does not apply to the task.

    A class attribute ``counts`` names the keys of rows and facts that hold numbers of customers: a few are not kept.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.business import Business
    >>> from custpred.evaluate.base import Evidence
    >>> from custpred.metrics.base import Metric
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Predictions, Task
    >>> draw = np.random.default_rng(0)
    >>> chance = draw.random(400)
    >>> given = Predictions(
    ...     Task("binary", "left", ("no", "yes")),
    ...     (draw.random(400) < chance).astype(int),
    ...     np.column_stack([1 - chance, chance]),
    ... )
    >>> table = Table(pd.DataFrame({"age": draw.normal(size=400)}), (Column("age", "number"),))
    >>> evidence = Evidence(given, table, [Metric.parse("roc_auc")], Business(value=100, contact_cost=30))
    >>> measure = Evaluate.parse("deciles").measure(evidence)
    >>> len(measure.rows), measure.kind
    (10, 'deciles')
    """

    optional: ClassVar[bool] = False
    calls_model: ClassVar[bool] = False

    def measure(self, evidence: Evidence) -> Measure:
        """Return finite, labelled numbers, each headline with an interval."""
        raise NotImplementedError
