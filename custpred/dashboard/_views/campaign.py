"""The campaign planner: sliders for costs, offer, success and capacity; the profit curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from custpred.dashboard._campaign import numbers, picture, planned, with_costs
from custpred.report._blocks import Note, Prose
from custpred.report.money import caution
from custpred.text import minor_digits

if TYPE_CHECKING:
    from custpred.business import Business
    from custpred.dashboard._views.frame import View


def show(view: View) -> None:
    """Show the sliders, the plan's numbers and the profit curve."""
    store, say, task = view.customers(), view.say, view.record.task
    if store is None:
        return
    if task.kind == "multiclass":
        view.draw(Prose(say("A campaign needs a target with two classes or an amount.")))
        return
    policy = view.predictor.policy
    changes = _sliders(view, policy.business, len(store))
    plan = planned(with_costs(policy, changes), task, store.predicted, store.amounts)
    if not len(plan.sizes):
        view.draw(Prose(say("Set the value of a customer to compute the profit."), "so"))
        return
    capacity = int(changes["capacity"])
    chart = picture(plan, capacity if capacity < len(store) else None, say)
    view.draw(numbers(plan, say), chart, caution(say))
    text = say("Expected from the model's probabilities; the report's profit is from the outcomes of test customers.")
    view.draw(Note(text, "info"))


def _sliders(view: View, own: Business, most: int) -> dict[str, float]:
    """Return the business keys set by the user."""
    say, kind = view.say, view.record.task.kind
    sign, digits = f" ({own.currency})" if own.currency else "", minor_digits(own.currency)
    changes: dict[str, float] = {}
    if not own.known and kind == "binary":
        label = say("Value of a customer who is won") + sign
        changes["value"] = st.number_input(label, min_value=0.0, value=0.0, format=f"%.{digits}f")
    left, right = st.columns(2)
    costs = ((left, say("Cost of a contact"), "contact_cost"), (right, say("Cost of the offer"), "offer_cost"))
    for column, name, key in costs:
        cost = float(getattr(own, key))
        limit = _limit(cost)
        changes[key] = column.slider(name + sign, 0.0, limit, cost, limit / 100, format=f"%,.{digits}f")
    shares = [each / 100 for each in range(1, 101)]
    rate = min(shares, key=lambda share: abs(share - own.success_rate))
    changes["success_rate"] = left.select_slider(say("Success rate"), shares, rate, format_func=say.percent)
    capacity = min(own.capacity or most, most)
    changes["capacity"] = right.slider(say("Capacity"), 1, max(most, 2), capacity, format="%,d")
    return changes


def _limit(cost: float) -> float:
    """Return the maximum of a cost slider: five times the recipe's cost, at least 10."""
    return float(max(5 * cost, 10.0))
