"""How a campaign's profit depends on its assumptions: sensitivity, success rate, control group."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

from custpred.evaluate._ranked import last_of_ties

if TYPE_CHECKING:
    from custpred.business import Business
    from custpred.storage.plain import JSON

BETA_SUM = 20.0
"""Alpha + beta of the success rate's beta distribution: 6 + 14 (Verbraken et al. 2013)."""
RANGES = {"success_rate": (0.5, 1.5), "value": (0.8, 1.2), "offer_cost": (0.5, 1.5), "contact_cost": (0.5, 2.0)}
"""Range of each assumption, as factors of its value in the recipe."""
POWER, LEVEL = 0.8, 0.05


def sensitivity(business: Business, won: float, hits: float, contacts: float) -> list[JSON]:
    """Return the range of the list's profit for wrong values of each assumption, the widest first.

    Parameters
    ----------
    won
        Summed value of the positives on the list.
    hits, contacts
        Number of positives and number of customers on the list.
    """
    now = {"success_rate": business.success_rate, "value": 1.0}
    now |= {"offer_cost": business.offer_cost, "contact_cost": business.contact_cost}
    found: list[JSON] = []
    for name, factors in RANGES.items():
        ends = [min(now[name] * factor, 1.0 if name == "success_rate" else np.inf) for factor in factors]
        if ends[0] == ends[1]:
            continue
        each = [_profit({**now, name: end}, won, hits, contacts) for end in ends]
        found.append({"assumption": name, "from": ends[0], "to": ends[1], "low": min(each), "high": max(each)})
    return sorted(found, key=lambda row: row["low"] - row["high"])


def _profit(own: dict[str, float], won: float, hits: float, contacts: float) -> float:
    gained = own["success_rate"] * (own["value"] * won - own["offer_cost"] * hits)
    return float(gained - own["contact_cost"] * contacts)


def empc(score: np.ndarray, yes: np.ndarray, costs: tuple[float, float, float], rate: tuple[float, float]) -> JSON:
    """Return the expected maximum profit per customer, and the ``share`` of customers to contact.

    The success rate has a beta distribution; each rate has its own optimal threshold.

    Parameters
    ----------
    score, yes : ndarray of shape (n,)
        Scores, and 1 for each positive.
    costs
        Value of a customer, cost of the offer, cost of a contact.
    rate
        Alpha and beta of the success rate.

    References
    ----------
    Verbraken, Verbeke and Baesens (2013), IEEE TKDE 25:961, eq. 9.

    Examples
    --------
    >>> score, yes = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9]), np.tile([0, 1], 4)
    >>> round(empc(score, yes, (200.0, 10.0, 1.0), (6.0, 14.0))["value"], 4)
    23.8756
    """
    value, offer, contact = costs
    order = np.argsort(-score, kind="stable")
    ends = last_of_ties(score[order])
    hits = np.r_[0.0, np.cumsum(yes[order])[ends]] / len(yes)
    misses = np.r_[0.0, np.cumsum(1 - yes[order])[ends]] / len(yes)
    slope, cost = (value - offer) * hits, contact * hits + (offer + contact) * misses
    kept = _envelope(slope, cost)
    slope, cost, contacted = slope[kept], cost[kept], (hits + misses)[kept]
    turns = np.clip(np.r_[0.0, np.diff(cost) / np.diff(slope), 1.0], 0.0, 1.0)
    chance, mean = _beta(rate, turns)
    return {"value": float((slope * mean - cost * chance).sum()), "share": float((contacted * chance).sum())}


def _beta(rate: tuple[float, float], turns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of each interval between ``turns``, and the integral of the rate."""
    alpha, beta = rate
    return np.diff(betainc(alpha, beta, turns)), alpha / (alpha + beta) * np.diff(betainc(alpha + 1, beta, turns))


def _envelope(slope: np.ndarray, cost: np.ndarray) -> list[int]:
    """Return thresholds optimal for some success rate: the lower convex hull of cost by slope."""
    kept: list[int] = []
    for place in range(len(slope)):
        while kept and slope[place] <= slope[kept[-1]]:
            if cost[place] >= cost[kept[-1]]:
                break
            kept.pop()
        else:
            while len(kept) > 1 and _bent(slope, cost, kept[-2], kept[-1], place):
                kept.pop()
            kept.append(place)
    return kept


def _bent(slope: np.ndarray, cost: np.ndarray, a: int, b: int, c: int) -> bool:
    return bool((cost[b] - cost[a]) * (slope[c] - slope[b]) >= (cost[c] - cost[b]) * (slope[b] - slope[a]))


def control(rate: float, success: float, contacts: float) -> JSON:
    """Return the size of a control group that detects the effect, and the power of half the list.

    Parameters
    ----------
    rate
        Share of the list that has the outcome without a contact.
    success
        Share of these for whom the contact succeeds.
    contacts
        Length of the list.

    Notes
    -----
    Two proportions, two-sided 5 %, groups of equal size (Fleiss, Levin and Paik 2003, section 4.2).

    Examples
    --------
    >>> control(0.5, 0.3, 400)["size"]
    167
    """
    after = rate * (1 - success)
    spread, gap = rate * (1 - rate) + after * (1 - after), rate - after
    if gap <= 0 or spread <= 0:
        return {}
    normal = NormalDist()
    at = normal.inv_cdf(1 - LEVEL / 2)
    size = int(np.ceil((at + normal.inv_cdf(POWER)) ** 2 * spread / gap**2))
    power = normal.cdf(gap / float(np.sqrt(spread / max(contacts / 2, 1.0))) - at)
    return {"size": size, "power": POWER, "list": contacts, "power_half": power, "rate": rate, "rate_after": after}
