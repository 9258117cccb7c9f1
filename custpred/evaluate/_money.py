"""Expected and realised profit of each customer, ranked by what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.errors import NotApplicable
from custpred.evaluate._applies import asked
from custpred.evaluate._ranked import Ranking

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence


@dataclass(frozen=True)
class Money:
    """What each customer is expected to earn, and both sums down the ranking; ``capacity`` counts among these rows."""

    expected: np.ndarray
    worth: np.ndarray
    realised: Ranking
    hoped: Ranking
    capacity: int | None


def ranked(evidence: Evidence) -> Money:
    """Rank customers by expected profit.

    Raises
    ------
    NotApplicable
        If neither a value nor a cost is known.
    """
    asked(evidence, "profits", "binary", "regression")
    predictions, business = evidence.predictions, evidence.business
    if predictions.task.kind == "binary":
        worth = _worth(evidence)
        expected = business.profit(predictions.positive, worth)
        came = business.profit((predictions.truth == 1).astype(float), worth)
    else:
        factor = _factor(evidence)
        worth = factor * predictions.answer
        expected = business.profit(np.ones(len(worth)), worth)
        came = business.profit(np.ones(len(worth)), factor * predictions.truth)
    return Money(expected, worth, Ranking(expected, came), Ranking(expected, expected), capacity(evidence))


def _worth(evidence: Evidence) -> np.ndarray:
    if not evidence.business.known:
        raise NotApplicable(
            "what a customer is worth is not known: add business: {value: ..., contact_cost: ...} to the recipe."
        )
    return evidence.business.worth(evidence.table)


def _factor(evidence: Evidence) -> float:
    business = evidence.business
    if business.value is None and not (business.contact_cost or business.offer_cost):
        raise NotApplicable(
            "what a contact costs is not known: add business: {contact_cost: ..., value: {margin: ...}} to the recipe."
        )
    return 1.0 if business.value is None else business.value.factor


def capacity(evidence: Evidence) -> int | None:
    """Return how many of these rows can be contacted: the same share of them as of the whole population."""
    most, rows = evidence.business.capacity, len(evidence.predictions)
    if most is None:
        return None
    population = max(evidence.population or rows, rows)
    return min(rows, max(1, round(most * rows / population)))


def planned(money: Money) -> int:
    """Return the size of the list that the model would make: who is expected to pay, as far as capacity goes."""
    paying = int((money.expected > 0).sum())
    return paying if money.capacity is None else min(paying, money.capacity)


def facts(evidence: Evidence, money: Money, rows: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return the numbers that sentences quote."""
    nothing = {"contacted": 0, "share": 0.0, "profit": 0.0, "low": 0.0, "high": 0.0, "expected": 0.0}
    n, business = len(money.expected), evidence.business
    everyone = rows[n]
    own = {**rows.get(planned(money), nothing), "everyone": everyone["profit"], "nobody": 0.0, "customers": n}
    own |= {"everyone_low": everyone["low"], "everyone_high": everyone["high"], "currency": business.currency}
    if money.capacity is not None:
        own |= {"capacity": money.capacity, "at_capacity": rows[money.capacity]["profit"]}
    if evidence.predictions.task.kind == "binary":
        own |= {"break_even": business.break_even(float(np.median(money.worth)))}
        own |= {"unknown": business.unknown(evidence.table)}
    return own
