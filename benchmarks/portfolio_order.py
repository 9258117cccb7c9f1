"""Orders of configurations, and their gain in simulated runs: part of ``portfolio.py``."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portfolio import Shelf

    Policy = Callable[[list[str], dict[str, float]], str]

CHEAP = {"logistic 1", "linear 1"}
ROUNDS = 14
"""Configurations in the order of a case."""
SHARES = (0.1, 0.2, 0.35, 0.5)
"""Weights tried for a new member of a blend."""
BUDGETS = (2.0, 5.0, 12.0, 30.0)
"""CPU seconds, on three folds of up to 5,000 rows, that a simulated run has."""
NEAR = 0.02
"""Mean difference of two tables' scaled gains at which a vote's weight falls to 1/e."""
DEPTH = 3
"""Number of a table's next configurations with votes, of weights 1, 1/2, 1/3."""


class Earlier(NamedTuple):
    """An earlier table: scaled gains of configurations, and the order of useful ones."""

    gains: Mapping[str, float]
    order: Sequence[str]


def order(shelf: Shelf) -> list[str]:
    """Return the configurations in the order in which they add most to a blend's gain per second.

    The blend grows by steps: each new member is mixed in with the share that gains most.
    """
    left = [name for name in shelf.raws if name != "dummy"]
    found: list[str] = []
    blend, now = shelf.raws["dummy"], 0.0
    while left and len(found) < ROUNDS:
        steps = [(*_mixed(shelf, blend, name, first=not found), name) for name in left]
        gain, mixed, name = max(steps, key=lambda step: (step[0] - now) / shelf.cost(step[2]))
        if gain <= now:
            break
        found.append(name)
        left.remove(name)
        blend, now = mixed, gain
    return found


def _mixed(shelf: Shelf, blend: np.ndarray, name: str, *, first: bool) -> tuple[float, np.ndarray]:
    """Return the scaled gain of a blend with one more member at the best share, and the blend."""
    mixes = [(1 - share) * blend + share * shelf.raws[name] for share in ((1.0,) if first else SHARES)]
    gains = [shelf.scaled(mix) for mix in mixes]
    top = int(np.argmax(gains))
    return gains[top], mixes[top]


def voted(left: Sequence[str], seen: Mapping[str, float], tables: Sequence[Earlier]) -> str:
    """Return the configuration that earlier tables vote for (Feurer et al. 2015).

    Tables are similar if the configurations tried so far have the same scaled gains; these have
    more weight.
    """
    apart = np.array([_distance(table.gains, seen) for table in tables])
    votes: dict[str, float] = defaultdict(float)
    for table, weight in zip(tables, np.exp(-(apart - apart.min()) / NEAR), strict=True):
        for place, name in enumerate([name for name in table.order if name in left][:DEPTH]):
            votes[name] += weight / (1 + place)
    return max(left, key=lambda name: votes[name])


def _distance(gains: Mapping[str, float], seen: Mapping[str, float]) -> float:
    both = [name for name in seen if name in gains]
    own, other = np.array([seen[name] for name in both]), np.array([gains[name] for name in both])
    if len(both) < 2 or own.max() <= 0 or other.max() <= 0:
        return 0.0
    return float(np.abs(own / own.max() - other / other.max()).mean())


def simulated(shelf: Shelf, choose: Policy, budget: float) -> float:
    """Return the scaled gain of the blend of what a policy tries within some CPU seconds."""
    left = [name for name in shelf.raws if name != "dummy"]
    seen: dict[str, float] = {}
    spent = 0.0
    while left:
        name = choose(left, seen)
        left.remove(name)
        spent += shelf.cost(name)
        if seen and spent > budget:
            break
        seen[name] = shelf.alone[name]
    return shelf.worth(sorted(seen))


def in_turn(left: Sequence[str], families: Sequence[str]) -> str:
    """Return the next configuration round by round: each family's first, then each second one."""

    def place(name: str) -> tuple[int, int]:
        family, number = name.rsplit(" ", 1)
        return int(number), families.index(family)

    return min(left, key=place)


def compared(shelves: Mapping[str, Shelf], orders: Mapping[str, list[str]], families: Sequence[str]) -> pd.DataFrame:
    """Return the mean gain of orders, in hundredths, by budget, leaving out each table."""
    rows = []
    for name, shelf in shelves.items():
        others = [Earlier(shelves[other].alone, orders[other]) for other in shelves if other != name]
        policies = _policies(others, orders[name], families)
        rows += [
            (name, budget, policy, 100 * simulated(shelf, choose, budget))
            for budget in BUDGETS
            for policy, choose in policies.items()
        ]
    table = pd.DataFrame(rows, columns=["case", "CPU s", "order", "worth"])
    wide = table.pivot(index=["CPU s", "case"], columns="order", values="worth")
    return wide.groupby("CPU s").mean().round(2)


def _policies(others: Sequence[Earlier], own: Sequence[str], families: Sequence[str]) -> dict[str, Policy]:
    """Return how each order chooses; a run fits the first linear model before all others."""

    def cheap(then: Policy) -> Policy:
        return lambda left, seen: next((each for each in left if each in CHEAP), "") or then(left, seen)

    def first(then: Policy) -> Policy:
        def choose(left: list[str], seen: dict[str, float]) -> str:
            return in_turn(left, families) if any(each.endswith(" 1") for each in left) else then(left, seen)

        return choose

    return {
        "in turn": lambda left, seen: in_turn(left, families),
        "one order of the others": cheap(lambda left, seen: voted(left, {}, others)),
        "one round, then one order of the others": first(lambda left, seen: voted(left, {}, others)),
        "those alike vote": cheap(lambda left, seen: voted(left, seen, others)),
        "own order": cheap(lambda left, seen: next((each for each in own if each in left), left[0])),
    }
