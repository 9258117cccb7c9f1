"""Score an uploaded table: checked, compared with training, downloaded as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from custpred.dashboard._names import ENDINGS
from custpred.dashboard._upload import event_tables, score_upload
from custpred.dashboard._views.scored import displayed
from custpred.errors import CustpredError
from custpred.inference.action_list import csv_text
from custpred.inference.scored import Reporting
from custpred.report._blocks import Note, Prose

if TYPE_CHECKING:
    from custpred.dashboard._upload import Scored
    from custpred.dashboard._views.frame import View

SHOWN = 100


def show(view: View) -> None:
    """Show the form and, below it, notes, the scored customers and their file."""
    say, intake = view.say, view.predictor.intake
    tables = event_tables(intake.recipe)
    text = say("A file with the same columns as in training; differences are listed.")
    if tables:
        text = say("Events as in training: one file per table ({tables}), named after it.", tables=say.listed(tables))
    view.draw(Prose(text))
    with st.form("upload", border=False):
        several = len(tables) > 1
        given = st.file_uploader(say("CSV or Excel"), list(ENDINGS), accept_multiple_files=several)
        day = st.text_input(say("Cutoff (day, such as 2024-06-30); empty: the end of the events")) if tables else ""
        pressed = st.form_submit_button(say("Score"), type="primary")
    if pressed and given:
        content = {each.name: each.getvalue() for each in (given if isinstance(given, list) else [given])}
        st.session_state["uploaded"] = _scored(view, content, day.strip() or None)
    if "uploaded" in st.session_state:
        _result(view, st.session_state["uploaded"])


def _scored(view: View, files: dict[str, bytes], day: str | None) -> Scored | str:
    """Return the scored customers, or an error message."""
    say = view.say
    try:
        with view.shared.lock, st.spinner(say("Scoring")):
            return score_upload(view.predictor, files, day, Reporting(say=say))
    except CustpredError as error:
        return say.fault(error)


def _result(view: View, found: Scored | str) -> None:
    say = view.say
    if isinstance(found, str):
        st.error(found)
        return
    view.draw(*(Note(say.message(each.text), each.severity, each.code) for each in found.notes))
    counted = say("{n} scored", n=say.count(len(found.table), "customer"))
    several = len(found.table) > SHOWN
    st.write(say("{what}; the first {n} are shown.", what=counted, n=SHOWN) if several else counted)
    # of many the first to contact, who have reasons; the file keeps the order of the upload
    ranked = found.table.sort_values("rank") if several and "rank" in found.table.columns else found.table
    st.dataframe(hide_index=True, **displayed(ranked.head(SHOWN), view.record.task, say))
    st.download_button(
        say("Download the list (CSV)"),
        csv_text(found.table).encode("utf-8-sig"),
        file_name=f"{view.record.name}-scores.csv",
        mime="text/csv",
        on_click="ignore",
        type="primary",
    )
