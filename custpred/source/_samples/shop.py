"""Customers of a shop: their aggregated orders, and what they do in the next 90 days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.source._samples.made import TODAY, Made, days_before, draw, effect, sigmoid

_CATEGORIES = ("beauty", "books", "fashion", "food", "home", "sports")
_PRICES = np.array([28.0, 14.0, 46.0, 22.0, 70.0, 38.0])
_CHANNELS = {"app": 0.42, "web": 0.38, "store": 0.2}
_SEGMENTS = ("bargain", "loyal", "new", "premium")


def make(rows: int, seed: int) -> Made:
    """Make customers with ``buys_again``, ``spend_next_90d`` (often 0), ``segment`` (four labels).

    Each outcome is drawn conditional on the columns, so its truth is exact.
    """
    chance = np.random.default_rng([seed, 13])
    shown = _summaries(*_history(chance, rows))
    probability, amount = sigmoid(_logit(shown)), _amount(shown)
    buys = chance.random(rows) < probability
    spends = np.where(buys, chance.gamma(2.0, amount / 2.0), 0.0)
    shares = _shares(shown)
    label = (chance.random(rows)[:, None] > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    frame = pd.DataFrame(shown).assign(
        buys_again=np.where(buys, "yes", "no").astype(object),
        spend_next_90d=np.maximum(spends, 0.01 * buys).round(2),
        segment=np.array(_SEGMENTS, dtype=object)[label],
    )
    truths = {"buys_again": probability, "spend_next_90d": probability * amount, "segment": shares}
    return Made(frame, truths)


def orders(rows: int = 2000, seed: int = 7) -> pd.DataFrame:
    """Return the same customers' orders: customer_id, ordered_at, amount, category; by time."""
    _, events = _history(np.random.default_rng([seed, 13]), rows)
    return events.sort_values("ordered_at", kind="stable", ignore_index=True)


def make_orders(rows: int, seed: int) -> Made:
    """Make the order events of ``rows`` customers."""
    return Made(orders(rows, seed), {})


def _history(chance: np.random.Generator, rows: int) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Draw customers and their orders up to today, sorted by customer."""
    age = chance.uniform(30, 1095, rows)
    pace = chance.gamma(1.3, 1 / 90, rows)
    alive = np.minimum(age, chance.exponential(700, rows) + 1)
    counts = 1 + chance.poisson(pace * alive)
    taste = chance.integers(0, len(_CATEGORIES), rows)
    ids = np.array([f"S{n:06d}" for n in range(1, rows + 1)], dtype=object)
    of = np.repeat(np.arange(rows), counts)
    first = np.concatenate([[0], counts.cumsum()[:-1]])
    after = chance.random(len(of)) * alive[of]
    after[first] = 0.0
    chosen = np.where(chance.random(len(of)) < 0.6, taste[of], chance.integers(0, len(_CATEGORIES), len(of)))
    wallet = chance.lognormal(0, 0.4, rows)
    when = TODAY - ((age[of] - after) * 86_400).astype("timedelta64[s]")
    events = pd.DataFrame(
        {
            "customer_id": ids[of],
            "ordered_at": when.astype("datetime64[us]"),
            "amount": (_PRICES[chosen] * wallet[of] * chance.lognormal(0, 0.5, len(of))).round(2),
            "category": np.array(_CATEGORIES, dtype=object)[chosen],
        }
    )
    joined = (TODAY - np.ceil(age).astype("timedelta64[D]")).astype("datetime64[us]")
    return {"customer_id": ids, "joined": joined, "channel": draw(chance, _CHANNELS, rows), "first": first}, events


def _summaries(customers: dict[str, np.ndarray], events: pd.DataFrame) -> dict[str, np.ndarray]:
    """Aggregate the orders to one row per customer."""
    first, size = customers["first"], len(events)
    last = np.maximum.reduceat(events["ordered_at"].to_numpy(), first)
    of = np.repeat(np.arange(len(first)), np.diff([*first, size]))
    place = np.searchsorted(_CATEGORIES, events["category"].to_numpy().astype(str))
    bought = np.bincount(of * len(_CATEGORIES) + place, minlength=len(first) * len(_CATEGORIES))
    favourite = bought.reshape(len(first), -1).argmax(axis=1)
    return {
        "customer_id": customers["customer_id"],
        "joined": customers["joined"],
        "channel": customers["channel"],
        "orders": np.diff([*first, size]).astype(float),
        "spend": np.add.reduceat(events["amount"].to_numpy(), first).round(2),
        "days_since_last_order": np.floor(days_before(last)),
        "favourite_category": np.array(_CATEGORIES, dtype=object)[favourite],
    }


def _tenure(shown: dict[str, np.ndarray]) -> np.ndarray:
    return days_before(shown["joined"])


def _logit(shown: dict[str, np.ndarray]) -> np.ndarray:
    """Return the true logit of buying again, by recency in units of the usual interval."""
    pace = _tenure(shown) / shown["orders"]
    late = shown["days_since_last_order"] / np.minimum(pace, 365)
    logit = 0.7 + 0.45 * np.log(shown["orders"]) - 1.1 * np.minimum(late, 3) - 0.004 * shown["days_since_last_order"]
    return np.asarray(logit + effect(shown["channel"], {"app": 0.45, "store": -0.35}))


def _amount(shown: dict[str, np.ndarray]) -> np.ndarray:
    """Return the true mean spend of those who buy."""
    mean = shown["spend"] / shown["orders"]
    often = np.clip(90 * shown["orders"] / _tenure(shown), 0.5, 6)
    return np.asarray(
        mean * (0.6 + 0.7 * often) * np.exp(effect(shown["favourite_category"], {"home": 0.25, "books": -0.2}))
    )


def _shares(shown: dict[str, np.ndarray]) -> np.ndarray:
    """Return the true probability of each segment, shape (n_rows, 4)."""
    mean, tenure = np.log(shown["spend"] / shown["orders"]), _tenure(shown)
    scores = np.column_stack(
        [
            1.6 * (3.4 - mean) + effect(shown["favourite_category"], {"books": 0.8, "food": 0.5}),
            1.3 * np.log(shown["orders"]) - 1.8,
            2.4 - tenure / 110,
            1.8 * (mean - 3.6) + effect(shown["channel"], {"store": 0.7}),
        ]
    )
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
