"""The contract of metrics: ``score`` compares labels with predictions, ``better`` is the direction.

A metric has its usual sign: an error is positive, and lower is better.  The search maximises
``gain``, the same number, negated if lower is better.  ``scorer`` scores the same predictions
repeatedly under different row weights, for the bootstrap; most metrics have a fast implementation.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.metrics._traits import MetricTraits

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from custpred.task import Predictions

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
"""The option in a metric's name: a count, or a share in percent."""


class Metric(MetricTraits):
    """The quality of predictions as one number, called ``label`` in reports; errors are positive.

    >>> Metric.parse({"kind": "lift", "at": 0.05}).name(), Metric.parse("rmse").better
    ('lift_at_5', 'lower')
    """

    @classmethod
    def named(cls, name: str) -> Metric | None:
        """Return the metric of this name, a kind or one with its option (``lift_at_5``), or None.

        >>> Metric.named("lift_at_2.5").at, Metric.named("no_such_metric") is None
        (0.025, True)
        """
        kind, _, share = name.partition("_at_")
        if kind not in cls.kinds() or not _NUMBER.fullmatch(share or "0"):
            return None
        field = cls.find(kind).model_fields.get("at") if share else None
        whole = field is not None and field.annotation is int
        made: Metric = cls.find(kind)(**({} if field is None else {"at": float(share) / (1 if whole else 100)}))
        return made if name in {made.kind(), made.name()} else None

    def score(self, predictions: Predictions) -> float:
        """Return the metric; nan if undefined (one class only)."""
        raise NotImplementedError

    def gain(self, predictions: Predictions) -> float:
        """Return the score, negated if lower is better."""
        return self.sign * self.score(predictions)

    def scorer(self, predictions: Predictions) -> Callable[[np.ndarray | None], float]:
        """Return a function of row weights, (n_customers,), that scores these predictions."""
        return lambda weight: self.score(replace(predictions, weight=weight))

    def threshold(self, predictions: Predictions) -> float:
        """Return the probability threshold for the positive label; 0.5 selects the likeliest."""
        return 0.5

    def widest(self, classes: int = 0) -> tuple[float, float]:
        """Return the minimum and the maximum possible value with the metric's options.

        ``classes``: number of classes of the target, if that changes them; 0 for amounts.
        """
        return self.limits

    def name(self) -> str:
        """Return the name for requirements and tables: the kind, with an option ``lift_at_10``."""
        return self.kind()

    def title(self) -> str:
        """Return the name in reports, with the options."""
        return self.label
