"""The action list: capacity, filters, download."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from custpred.dashboard._campaign import planned, with_costs
from custpred.dashboard._listing import chosen, filtered, table
from custpred.dashboard._views.scored import displayed
from custpred.inference.action_list import csv_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.columns.contract import Expected
    from custpred.dashboard._store import Store
    from custpred.dashboard._views.frame import View
    from custpred.policy import Decisions

SHOWN, LEVELS = 100, 200
"""Maximum customers shown with their reasons (the download has all); maximum levels in a filter."""


def show(view: View) -> None:
    """Show the list with the user's capacity and filters."""
    store, say, task = view.customers(), view.say, view.record.task
    if store is None:
        return
    own = _decisions(view, store)
    everyone = st.toggle(say("Show all customers, not only those on the list")) if task.kind != "multiclass" else True
    places = chosen(own, task, store, all_customers=everyone)
    places = _filtered(view, store, places)
    counted = say("{n} of {all}", n=say.count(len(places), "customer"), all=say.count(len(store)))
    st.write(counted if len(places) <= SHOWN else say("{what}; the first {n} are shown.", what=counted, n=SHOWN))
    if not len(places):
        return
    with view.shared.lock:
        shown = table(store, view.predictor, own, places[:SHOWN], say)
    picked = st.dataframe(
        hide_index=True, on_select="rerun", selection_mode="single-row", **displayed(shown, task, say)
    )
    left, right = st.columns(2)
    rows = picked.selection.rows if picked else []
    if left.button(say("Open the customer of the marked row"), disabled=not rows, width="stretch"):
        st.session_state["id"] = str(store.ids[places[rows[0]]])
        st.switch_page(view.pages["customer"])
    right.download_button(
        say("Download the list (CSV)"),
        lambda: _file(view, store, own, places),
        file_name=f"{view.record.name}-list.csv",
        mime="text/csv",
        width="stretch",
        on_click="ignore",
        type="primary",
    )


def _decisions(view: View, store: Store) -> Decisions:
    """Return the decisions with the user's capacity."""
    policy, task, say = view.predictor.policy, view.record.task, view.say
    rule = policy.rule(task)
    if rule not in {"gain", "capacity"}:
        return view.decisions
    own = policy.business.capacity or len(store)
    hint = say("Customers that can be contacted.")
    most = int(st.number_input(say("Capacity"), 1, len(store), min(own, len(store)), help=hint))
    changes = {"capacity": most} if most != own else {}
    return planned(with_costs(policy, changes), task, store.predicted, store.amounts).decisions


def _filtered(view: View, store: Store, places: np.ndarray) -> np.ndarray:
    say = view.say
    offered = [each for each in view.predictor.intake.columns if each.kind in {"category", "number", "code"}]
    with st.expander(say("Filters")):
        names = st.multiselect(say("Columns"), [each.name for each in offered], placeholder=say("Choose columns"))
        wanted = {each.name: _range(view, each) for each in offered if each.name in names}
    if not wanted:
        return places
    kept: np.ndarray = places[filtered(store.rows(places)[list(wanted)], wanted)]
    return kept


def _range(view: View, each: Expected) -> Sequence[str] | tuple[float, float]:
    """Return the levels, or the range, set by the user for one column."""
    say = view.say
    if each.kind == "category":
        return st.multiselect(each.name, each.levels[:LEVELS], key=f"filter {each.name}", placeholder=say("All"))
    low, high = st.columns(2)
    least = low.number_input(say("{name} from", name=each.name), value=each.low, key=f"from {each.name}")
    most = high.number_input(say("{name} to", name=each.name), value=each.high, key=f"to {each.name}")
    ends = (float("-inf") if least is None else least, float("inf") if most is None else most)
    return float(ends[0]), float(ends[1])


def _file(view: View, store: Store, own: Decisions, places: np.ndarray) -> bytes:
    with view.shared.lock:
        return csv_text(table(store, view.predictor, own, places, view.say)).encode("utf-8-sig")
