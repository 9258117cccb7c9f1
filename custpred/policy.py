"""The decision rule of predictions, action lists, output files, and all decision metrics.

A policy is fixed when training ends and saved with the model.  In a scoring round it gives each
customer a rank, a decision, and an expected gain if the customer's value is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from custpred.business import Business

if TYPE_CHECKING:
    from custpred.metrics.base import Metric
    from custpred.storage.plain import JSON
    from custpred.task import Predictions, Task

Rule = Literal["gain", "capacity", "threshold", "likeliest", "none"]


@dataclass(frozen=True)
class Rounds:
    """The scoring rounds that rows belong to; a capacity counts in each round.

    Parameters
    ----------
    code : ndarray of shape (n,)
        The round of each row: 0, 1, ...
    shares : ndarray of shape (n_rounds,)
        The share of each round's customers that these rows are: 0.2 for a test of a fifth.

    Examples
    --------
    >>> Rounds.one(3).code.tolist()
    [0, 0, 0]
    """

    code: np.ndarray
    shares: np.ndarray

    @classmethod
    def sampled(cls, every: np.ndarray, rows: np.ndarray) -> Self:
        """Return the rounds of some rows of a table, by the moment at which each row is scored."""
        _, codes = np.unique(every, return_inverse=True)
        kept, code = np.unique(codes[rows], return_inverse=True)
        return cls(code, np.bincount(code, minlength=len(kept)) / np.bincount(codes)[kept])

    @classmethod
    def one(cls, rows: int) -> Self:
        """Return one round that has all its customers here."""
        return cls(np.zeros(rows, dtype=int), np.ones(1))

    def __len__(self) -> int:
        return len(self.shares)

    def capacities(self, capacity: int) -> np.ndarray:
        """Return each round's capacity, at least 1, scaled to the share that these rows are."""
        return np.maximum(1, np.round(capacity * self.shares)).astype(int)


@dataclass(frozen=True)
class Decisions:
    """The policy's decisions, one row for each customer; None where the policy defines none.

    Parameters
    ----------
    code : ndarray of shape (n,), optional
        The class that the customer is given; amounts: 1 for chosen, 0 for not.
    rank : ndarray of shape (n,), optional
        1 for the first customer to choose in the scoring round; equal ones in order of rows.
    value, gain : ndarray of shape (n,), optional
        The value of the customer, and the expected gain of choosing the customer, in money.
    """

    code: np.ndarray | None = None
    rank: np.ndarray | None = None
    value: np.ndarray | None = None
    gain: np.ndarray | None = None


@dataclass(frozen=True)
class Policy:
    """The rule by which customers are selected or classified.

    Parameters
    ----------
    business
        Values, costs and capacity, as in the recipe.
    threshold
        The probability from which a customer is called positive, without a value or a capacity.
    metric
        The metric for which this threshold is optimal.

    Notes
    -----
    Two classes and a known value: customers are ranked by expected gain, ``Business.profit``; those
    with a gain above 0 are chosen, up to the capacity.  Only a capacity: the customers with the
    highest probability.  Neither: everyone from ``threshold`` on.  Several classes: the likeliest.
    Amounts: as for two classes, with the amount times ``business.value.factor`` as the value;
    without value, cost and capacity nothing is decided.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Task
    >>> policy = Policy(Business(value=300, contact_cost=2, offer_cost=20, success_rate=0.3))
    >>> task = Task("binary", "churn", ("no", "yes"))
    >>> decided = policy.decide(task, np.array([[0.5, 0.5], [0.99, 0.01], [0.2, 0.8]]))
    >>> decided.code.tolist(), decided.rank.tolist()
    ([1, 0, 1], [2, 3, 1])
    """

    business: Business
    threshold: float = 0.5
    metric: str = ""

    @classmethod
    def learn(cls, business: Business, metric: Metric, predictions: Predictions) -> Self:
        """Return the policy whose threshold is optimal for the metric on these rows."""
        binary = predictions.task.kind == "binary" and len(predictions) > 0
        return cls(business, metric.threshold(predictions) if binary else 0.5, metric.name())

    def rule(self, task: Task) -> Rule:
        """Return by what customers are chosen."""
        if task.kind == "multiclass":
            return "likeliest"
        costs = self.business.value is not None or self.business.contact_cost > 0 or self.business.offer_cost > 0
        if self.business.known if task.kind == "binary" else costs:
            return "gain"
        if self.business.capacity is not None:
            return "capacity"
        return "threshold" if task.kind == "binary" else "none"

    def column(self, task: Task) -> str | None:
        """Return the column with each customer's value, where the decision needs one."""
        value = self.business.value
        return value.column if value and task.kind == "binary" and self.rule(task) == "gain" else None

    def decide(
        self, task: Task, predicted: np.ndarray, amounts: np.ndarray | None = None, rounds: Rounds | None = None
    ) -> Decisions:
        """Return the rank, expected gain and decision of each customer.

        Parameters
        ----------
        predicted : ndarray of shape (n, n_classes) or (n,)
            Probabilities, or predicted amounts.
        amounts : ndarray of shape (n,), optional
            The values in ``column``; missing ones count as 0.
        rounds
            The scoring rounds of the rows; all rows are one round where None.
        """
        if task.kind == "multiclass":
            return Decisions(predicted.argmax(axis=1))
        score = predicted[:, 1] if task.kind == "binary" else predicted
        rule, value, gain = self.rule(task), None, None
        if rule == "gain":
            value, gain = self._gains(task, score, amounts)
        rounds = rounds or Rounds.one(len(score))
        rank = ranks(score if gain is None else gain, score, rounds.code)
        if rule == "none":
            return Decisions(rank=rank)
        if rule == "threshold":
            return Decisions((score >= self.threshold).astype(int), rank)
        chosen = np.ones(len(score), dtype=bool) if gain is None else gain > 0
        if self.business.capacity is not None:
            chosen &= rank <= rounds.capacities(self.business.capacity)[rounds.code]
        return Decisions(chosen.astype(int), rank, value, gain)

    def alone(self, task: Task) -> bool:
        """Return whether each decision is independent of the other customers of the round."""
        return self.business.capacity is None or self.rule(task) not in {"gain", "capacity"}

    def dump(self) -> JSON:
        """Return plain data."""
        own = self.business.model_dump(mode="json", exclude_none=True)
        return {"business": own, "threshold": self.threshold, "metric": self.metric}

    @classmethod
    def load(cls, plain: JSON) -> Self:
        """Rebuild a policy from plain data."""
        return cls(Business.model_validate(plain["business"]), float(plain["threshold"]), str(plain["metric"]))

    def _gains(self, task: Task, score: np.ndarray, amounts: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        if task.kind == "binary":
            value = self.business.values_from(amounts, len(score))
            return value, self.business.profit(score, value)
        value = score * (1.0 if self.business.value is None else self.business.value.factor)
        return value, self.business.profit(np.ones(len(score)), value)


def ranks(first: np.ndarray, second: np.ndarray, rounds: np.ndarray) -> np.ndarray:
    """Return 1, 2, ... in each round, from the highest ``first`` down, then by ``second`` and row.

    >>> first, second = np.array([1.0, 3.0, 3.0, 2.0]), np.array([0.0, 0.1, 0.2, 0.0])
    >>> ranks(first, second, np.zeros(4, int)).tolist()
    [4, 2, 1, 3]
    """
    order = np.lexsort((-second, -first, rounds))  # stable: equal rows keep their order
    starts = np.flatnonzero(np.diff(rounds[order], prepend=-1))
    rank = np.empty(len(first), dtype=int)
    rank[order] = np.arange(1, len(first) + 1)
    if len(starts) > 1:
        rank[order] -= np.repeat(starts, np.diff(np.append(starts, len(first))))
    return rank
