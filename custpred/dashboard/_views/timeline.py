"""A customer's events up to the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import streamlit as st

from custpred.report._blocks import Heading, Prose
from custpred.text import minor_digits

if TYPE_CHECKING:
    import pandas as pd

    from custpred.dashboard._store import Store
    from custpred.dashboard._views.frame import View
    from custpred.report._text import Text

MOST = 2_000
"""Maximum number of events shown, the newest ones."""


def timeline(view: View, store: Store, key: str) -> None:
    """Show the events of a customer; nothing if the run has no events."""
    say = view.say
    if not store.facts["cutoff"]:
        return
    events = store.timeline(key).tail(MOST)
    words = {"n": say.count(len(events), "event"), "day": store.facts["cutoff"]}
    view.draw(Heading(say("Events")), Prose(say("{n} before the cutoff on {day}.", **words)))
    if len(events):
        st.altair_chart(chart(events, store.facts["cutoff"], say), width="stretch")


def chart(events: pd.DataFrame, cutoff: str, say: Text) -> alt.LayerChart | alt.FacetChart:
    """Return a chart of events over time, with amounts as heights, and the cutoff as a line."""
    known = bool(events["amount"].notna().any())
    shown = events.assign(amount=events["amount"] if known else 1.0, cutoff=cutoff)
    y = alt.Y("amount:Q", title=say("Amount") if known else None, axis=alt.Axis() if known else None)
    tips = [alt.Tooltip("moment:T", title=say("Day")), alt.Tooltip("label:N", title=say("What"))]
    tips += [alt.Tooltip("amount:Q", title=say("Amount"), format=f",.{minor_digits(say.currency)}f")] if known else []
    base = alt.Chart(shown).encode(
        x=alt.X("moment:T", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True)), tooltip=tips
    )
    stems = base.mark_rule(opacity=0.5).encode(y=y, color=alt.Color("table:N", legend=None, scale=_scale()))
    coloured = alt.Color("table:N", title=None, legend=_legend(events), scale=_scale())
    heads = base.mark_circle(size=45, opacity=0.9).encode(y=y, color=coloured)
    end = alt.Chart(shown.head(1)).mark_rule(strokeDash=[4, 3], color="#89938f").encode(x="cutoff:T")
    return alt.layer(stems, heads, end).properties(height=180)


def _scale() -> alt.Scale:
    """Return the colours of tables, from the report; readable on a light and on a dark page."""
    return alt.Scale(range=["#2a8476", "#b5651d", "#5b7fa6", "#a0527a", "#7d8a2e"])


def _legend(events: pd.DataFrame) -> alt.Legend | None:
    return alt.Legend(orient="top") if events["table"].nunique() > 1 else None
