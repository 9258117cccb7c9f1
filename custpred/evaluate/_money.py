"""Expected and realised profit of each customer, ranked by expected profit in each round."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.errors import NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate._cut import decided, policy_of
from custpred.evaluate._ranked import Ranking, band
from custpred.policy import Rounds

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.policy import Decisions
    from custpred.storage.plain import JSON


@dataclass(frozen=True)
class Money:
    """Profit of the best-ranked customers of a scoring round, as the mean over rounds.

    Parameters
    ----------
    value : ndarray of shape (n,)
        The value of each customer.
    realised, expected
        Realised and expected profit: one ranking for each round.
    planned : ndarray of shape (n_rounds,)
        Number of customers that the policy chooses in each round.
    capacity : int, optional
        Number of these rows that can be selected in a round.
    share
        These rows as a share of all customers of a round.
    """

    value: np.ndarray
    realised: tuple[Ranking, ...]
    expected: tuple[Ranking, ...]
    planned: np.ndarray
    capacity: int | None
    share: float
    chosen: np.ndarray
    """Whether the policy chooses each customer, shape (n,)."""

    @property
    def most(self) -> int:
        """Return the number of customers in the largest round."""
        return max(len(each) for each in self.realised)


def ranked(evidence: Evidence) -> Money:
    """Rank the customers of each scoring round by expected profit.

    Raises
    ------
    NotApplicable
        If neither a value nor a cost is known.
    """
    require(evidence, "profits", "binary", "regression")
    predictions, business = evidence.predictions, evidence.business
    own = decided(evidence)
    if own.gain is None or own.value is None or own.code is None:
        raise NotApplicable(_unknown(predictions.task.kind))
    if predictions.task.kind == "binary":
        realised = business.profit((predictions.truth == 1).astype(float), own.value)
    else:
        factor = 1.0 if business.value is None else business.value.factor
        realised = business.profit(np.ones(len(predictions)), factor * predictions.truth)
    rounds = evidence.rounds or Rounds.one(len(predictions))
    parts = [rounds.code == place for place in range(len(rounds))]
    gain: np.ndarray = own.gain
    return Money(
        own.value,
        tuple(Ranking(gain[part], realised[part]) for part in parts),
        tuple(Ranking(gain[part], gain[part]) for part in parts),
        _planned(own, parts),
        _capacity(evidence, rounds),
        float(rounds.shares.mean()),
        own.code == 1,
    )


def _planned(own: Decisions, parts: list[np.ndarray]) -> np.ndarray:
    code = np.zeros(0, dtype=int) if own.code is None else own.code
    return np.array([code[part].sum() for part in parts], dtype=float)


def _capacity(evidence: Evidence, rounds: Rounds) -> int | None:
    most = policy_of(evidence).business.capacity
    if most is None:
        return None
    sizes = np.bincount(rounds.code, minlength=len(rounds))
    return round(float(np.minimum(rounds.capacities(most), sizes).mean()))


def _unknown(kind: str) -> str:
    if kind == "binary":
        return "the value of a customer is unknown: add business: {value: ..., contact_cost: ...} to the recipe."
    return "the cost of a contact is unknown: add business: {contact_cost: ..., value: {margin: ...}} to the recipe."


def held(rankings: tuple[Ranking, ...], sizes: list[np.ndarray]) -> np.ndarray:
    """Return mean totals of the best customers, shape (n_sizes,); ``sizes`` are per round."""
    return np.asarray(np.mean([each.held(size) for each, size in zip(rankings, sizes, strict=True)], axis=0))


def drawn(rankings: tuple[Ranking, ...], sizes: list[np.ndarray], seed: int) -> np.ndarray:
    """Return bootstrap replicates of ``held``, drawn within rounds, shape (n_draws, n_sizes)."""
    pairs = zip(rankings, sizes, strict=True)
    draws = [each.drawn(size, seed + place) for place, (each, size) in enumerate(pairs)]
    least = min(len(each) for each in draws)
    return np.asarray(np.mean([each[:least] for each in draws], axis=0))


def facts(evidence: Evidence, money: Money) -> JSON:
    """Return the facts: profit of the policy's selection, of all customers, and at capacity."""
    every = np.array([len(each) for each in money.realised], dtype=float)
    full = np.minimum(every, np.inf if money.capacity is None else money.capacity)
    sizes = [np.array(each) for each in zip(money.planned, every, full, strict=True)]
    value, expected = held(money.realised, sizes), held(money.expected, sizes)
    low, high = band(drawn(money.realised, sizes, evidence.seed), value)
    business, customers = evidence.business, round(float(every.mean()))
    own: JSON = {
        "contacted": round(float(money.planned.mean())),
        "share": float(money.planned.sum() / every.sum()),
        "profit": float(value[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "expected": float(expected[0]),
        "everyone": float(value[1]),
        "everyone_low": float(low[1]),
        "everyone_high": float(high[1]),
        "nobody": 0.0,
        "customers": customers,
        "currency": business.currency,
        "rounds": len(every),
        "round_share": money.share,
    }
    if money.capacity is not None:
        own |= {"capacity": money.capacity, "at_capacity": float(value[2]), "round_capacity": business.capacity}
    own["round"] = _round(evidence, money, own)
    if evidence.predictions.task.kind == "binary":
        own |= {"break_even": business.break_even(float(np.median(money.value)))}
        own |= {"unknown": business.unknown(evidence.table)} | _assumed(evidence, money, own["round"]["contacts"])
    return own


def _round(evidence: Evidence, money: Money, own: JSON) -> JSON:
    """Return profits scaled to a scoring round: of the list, a random and an unlimited one."""
    paying = [np.array([float((each.amounts > 0).sum())]) for each in money.expected]
    value = held(money.realised, paying)
    low, high = band(drawn(money.realised, paying, evidence.seed), value)
    most = own.get("round_capacity")
    contacts = own["contacted"] if most is None else min(most, own["contacted"] / money.share)
    if own["contacted"] == own.get("capacity") and own["contacted"] < own["customers"]:
        contacts = most  # a list to the limit has the recipe's number, not that of rounded rows
    scale = contacts / max(own["contacted"], 1)
    found = {name: own[name] * scale for name in ("profit", "low", "high")}
    best = {"best_profit": value[0], "best_low": low[0], "best_high": high[0], "best": np.mean(paying)}
    chance = own["everyone"] / max(own["customers"], 1) * contacts
    wide = 1.0 if most is None else 1 / money.share
    return {"contacts": contacts, "random": chance, **found, **{name: float(x * wide) for name, x in best.items()}}


def _assumed(evidence: Evidence, money: Money, per_round: float) -> JSON:
    """Return the influence of assumptions: sensitivity of profit, EMPC, size of a control group.

    ``per_round``: the contacts of a scoring round as shown beside its profit, before rounding.
    """
    from custpred.evaluate._campaign import BETA_SUM, control, empc, sensitivity

    business, predictions = evidence.business, evidence.predictions
    yes = predictions.truth == 1
    listed, rounds = yes & money.chosen, len(money.planned)
    contacts = float(money.chosen.sum())
    if not contacts:
        return {}
    scale = 1 / (rounds * (money.share if business.capacity is not None else 1.0))
    won, hits = float(money.value[listed].sum()), float(listed.sum())
    found: JSON = {"sensitivity": sensitivity(business, won * scale, hits * scale, contacts * scale)}
    found["control"] = control(hits / contacts, business.success_rate, float(round(per_round)))
    typical = float(money.value[yes].mean()) if yes.any() else 0.0
    if business.success_rate < 1 and typical > business.offer_cost:
        rate = (BETA_SUM * business.success_rate, BETA_SUM * (1 - business.success_rate))
        costs = (typical, business.offer_cost, business.contact_cost)
        found["empc"] = empc(predictions.positive, yes.astype(float), costs, rate) | {"value_of_one": typical}
    return found
