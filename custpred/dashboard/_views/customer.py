"""Page of one customer: score, rank, value, reasons, events, similar customers, what-if."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

import streamlit as st

from custpred.dashboard._card import explained, facts, similar, written
from custpred.dashboard._views.timeline import timeline
from custpred.dashboard._what_if import Choice, alike, changed, choices
from custpred.explain.words import lines
from custpred.report._blocks import Group, Heading, Note, Prose
from custpred.report._waterfall import picture, reasons

if TYPE_CHECKING:
    import pandas as pd

    from custpred.dashboard._store import Found, Store
    from custpred.dashboard._views.frame import View
    from custpred.dashboard._words import Words
    from custpred.task import Task

SENTENCES = 5


def show(view: View) -> None:
    """Show the form, and below it the customer."""
    store, say = view.customers(), view.say
    if store is None:
        return
    st.session_state.setdefault("id", st.query_params.get("id", ""))
    with st.form("lookup", border=False):
        box, button = st.columns([3, 1], vertical_alignment="bottom")
        label = say("Customer's id") if store.facts["key"] else say("Number of the row")
        typed = box.text_input(label, value=st.session_state["id"], placeholder=str(store.ids[0]))
        pressed = button.form_submit_button(say("Predict"), type="primary", width="stretch")
    if pressed:
        st.session_state["id"] = typed
    if st.session_state["id"].strip():
        _found(view, store, store.find(st.session_state["id"]))


def _found(view: View, store: Store, found: Found) -> None:
    say = view.say
    if found.place is None:
        st.warning(say("No customer has this id."))
        if found.near:
            st.write(say("Nearest ids:"))
        for each in found.near:
            st.button(each, key=f"near {each}", on_click=_choose, args=(each,))
        return
    st.query_params["page"], st.query_params["id"] = "customer", found.id
    _card(view, store, found.place, found.id)


def _choose(key: str) -> None:
    st.session_state["id"] = key


def _card(view: View, store: Store, place: int, key: str) -> None:
    """Show everything about one customer."""
    say, row, record = view.say, store.rows([place]), view.record
    with view.shared.lock:
        found, by_word = explained(view.predictor, row)
    sentences = tuple(Prose(each) for each in reasons(found, say, SENTENCES))
    texts = tuple(Prose(line) for line in _of_texts(by_word, say(found["unit"]) if found["unit"] else "", say))
    waterfall = picture(found, say("From the average customer to this one"), say)
    left = Group((Heading(say("Why")), *sentences, *texts), "stack")
    view.draw(Heading(key), facts(store, place, view.decisions, record, say), Group((left, waterfall), "side"))
    view.draw(Note(say("Contributions show what moved the model, not what would change the customer's mind."), "info"))
    timeline(view, store, key)
    alike_ones = similar(store, place, record, say)
    view.draw(Heading(say("Similar customers")))
    if alike_ones is None:
        view.draw(Prose(say("No outcomes are known to compare with.")))
    else:
        view.draw(Prose(alike_ones[0], "says"))
        with st.expander(say("Show as table")):
            view.draw(alike_ones[1])
    _what_if(view, store, place, key)


def _of_texts(by_word: pd.DataFrame, unit: str, say: Words) -> list[str]:
    found: list[str] = []
    for column, parts in by_word.groupby("column", sort=False):
        named, rest = parts.iloc[:-1], float(parts["part"].iloc[-1])
        found += lines(str(column), list(named["word"]), named["part"].to_numpy(), rest, unit, say)
    return found


@st.fragment
def _what_if(view: View, store: Store, place: int, key: str) -> None:
    """Show the prediction with other values."""
    say, row, intake = view.say, store.rows([place]), view.predictor.intake
    view.draw(Heading(say("What if")), Prose(say("What the model would predict, not what will happen."), "so"))
    every = {each.column: each for each in choices(intake, row)}
    if not every:
        view.draw(Prose(say("The recipe allows no changes for this customer.")))
        return
    chosen = st.multiselect(
        say("Columns to change"), list(every), key=f"what-if {key}", placeholder=say("Choose columns")
    )
    values = {name: _chosen_value(every[name], key) for name in chosen}
    moved = {name: value for name, value in values.items() if value != every[name].value}
    task = view.record.task
    with view.shared.lock:
        own = store.predicted[[place]]
        then = view.predictor.predict(changed(row, moved))[:1] if moved else own
    if task.kind == "multiclass":
        label = int(own[0].argmax())
        now, after = float(own[0][label]), float(then[0][label])
    else:
        now, after = float(task.score(own)[0]), float(task.score(then)[0])
    left, right = st.columns(2)
    left.metric(say("Now"), written(task, now, say))
    delta = _change(task, after - now, say) if moved else None
    right.metric(say("Then"), written(task, after, say), delta=delta, delta_color="off")
    history = store.history
    if moved and history is not None:
        n, least = alike(history[0], values, intake), int((intake.recipe.get("privacy") or {}).get("min_cell", 10))
        if n < least:
            text = say("Fewer than {n} known customers have these values together: the model extrapolates.", n=least)
            view.draw(Note(text, "warning", label=say("Careful")))


def _change(task: Task, by: float, say: Words) -> str:
    """Return a difference of predictions with its unit."""
    return say.signed(by) if task.kind == "regression" else say("{n} points", n=say.decimal(100 * by, signed=True))


def _chosen_value(choice: Choice, key: str) -> str | float:
    """Return the value set by the user."""
    name = f"what-if {key} {choice.column}"
    if choice.levels:
        return str(st.selectbox(choice.column, choice.levels, key=name))
    step = 1.0 if choice.whole else (choice.high - choice.low) / 100
    form = "%,.0f" if choice.whole else f"%,.{max(2, -floor(log10(step)))}f"
    return float(st.slider(choice.column, choice.low, choice.high, float(choice.value), step, format=form, key=name))
