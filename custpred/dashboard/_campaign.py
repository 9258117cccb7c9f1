"""A campaign at other costs: the selected customers, and the profit by length of the list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from custpred.business import Business
from custpred.evaluate._ranked import Ranking
from custpred.report._blocks import Chart, Facts, Grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custpred.policy import Decisions, Policy
    from custpred.report._text import Text
    from custpred.task import Task

SIZES = 100


@dataclass(frozen=True)
class Plan:
    """The result of a policy for some customers.

    Parameters
    ----------
    decisions
        The policy's decisions.
    sizes, profit : ndarray of shape (n_sizes,)
        Lengths of the list, and its expected profit; empty if gains are unknown.
    chosen
        Number of selected customers.
    earned, everyone
        Expected profit of the selected customers, and of contacting all.
    break_even
        Probability from which a customer of median value pays; None if never.
    """

    decisions: Decisions
    sizes: np.ndarray
    profit: np.ndarray
    chosen: int
    earned: float
    everyone: float
    break_even: float | None


def with_costs(policy: Policy, changes: Mapping[str, object]) -> Policy:
    """Return the policy with other business keys, such as ``{"capacity": 50}``.

    >>> from custpred.policy import Policy
    >>> with_costs(Policy(Business(value=300)), {"contact_cost": 2.0}).business.contact_cost
    2.0
    """
    own = policy.business.model_dump(exclude_none=True)
    return replace(policy, business=Business.model_validate({**own, **changes}))


def planned(policy: Policy, task: Task, predicted: np.ndarray, amounts: np.ndarray | None) -> Plan:
    """Return the plan of a policy for customers of one scoring round, ranked by expected gain."""
    own = policy.decide(task, predicted, amounts)
    chosen = 0 if own.code is None or task.kind == "multiclass" else int(own.code.sum())
    if own.gain is None or own.value is None:
        return Plan(own, np.zeros(0, int), np.zeros(0), chosen, 0.0, 0.0, None)
    n = len(own.gain)
    sizes = np.unique(np.round(np.r_[np.linspace(0, n, SIZES), chosen]).astype(int))
    ranking = Ranking(own.gain, own.gain)
    earned, everyone = (float(each) for each in ranking.held(np.array([chosen, n])))
    even = policy.business.break_even(float(np.median(own.value))) if task.kind == "binary" else None
    return Plan(own, sizes, ranking.held(sizes), chosen, earned, everyone, even)


def numbers(plan: Plan, say: Text) -> Facts:
    """Return the plan's key numbers."""
    n = len(plan.decisions.gain) if plan.decisions.gain is not None else 0
    return Facts(
        (
            (say("Contact"), say.count(plan.chosen), say("of {n}", n=say.count(n, "customer"))),
            (say("Expected profit"), say.money(plan.earned), say("at these costs, if the probabilities hold")),
            (say("If everyone were contacted"), say.money(plan.everyone), ""),
            (
                say("Break-even"),
                say.percent(plan.break_even),
                say("probability from which a contact pays, at the median value"),
            ),
        )
    )


def picture(plan: Plan, capacity: int | None, say: Text) -> Chart:
    """Return the expected profit by length of the list."""
    x, y = plan.sizes.tolist(), plan.profit.tolist()
    marks = [{"x": plan.chosen, "label": say("contact {n}", n=say.count(plan.chosen)), "y": "2%"}]
    if capacity is not None and capacity != plan.chosen and capacity <= x[-1]:
        marks.append({"x": capacity, "label": say("capacity"), "y": "12%"})
    series = [
        {"name": say("Highest expected gain first"), "x": x, "y": y},
        {"name": say("By chance"), "x": [0, x[-1]], "y": [0.0, y[-1]], "style": "faint"},
    ]
    data = {
        "series": series,
        "x": {"format": "count", "label": say("Customers contacted"), "low": 0},
        "y": {"format": "money", "label": say("Expected profit")},
        "marks": marks,
    }
    rows = tuple(zip(x, y, strict=True))
    grid = Grid((say("Contacted"), say("Profit")), rows[:: max(1, len(rows) // 20)], formats=("count", "money"))
    text = say("The peak is the most profitable length of the list; the capacity may end the list earlier.")
    return Chart("line", say("Expected profit by length of the list"), text, data, grid)
