"""The report's sections on the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from custpred.report._page import OF_DATA, page

if TYPE_CHECKING:
    from custpred.dashboard._views.frame import View
    from custpred.results.record import Record


def show(view: View) -> None:
    """Show the sections of the report, with the verdict open."""
    parts(view, view.record, but=OF_DATA)


def parts(view: View, record: Record, only: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> None:
    """Show sections of a record, with the first one open."""
    shown = [each for each in page(record, only).parts if each.kind not in but]
    for place, part in enumerate(shown):
        with st.expander(part.title, expanded=place == 0):
            view.draw(*part.blocks, key=part.kind)
