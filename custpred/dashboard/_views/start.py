"""Start a run: choose a table and a target, follow its progress, open its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from custpred import api
from custpred.dashboard._names import ENDINGS, safe_name
from custpred.dashboard._views.model import parts
from custpred.dashboard._words import spoken
from custpred.dashboard.launch import served
from custpred.errors import CustpredError
from custpred.report._blocks import Prose
from custpred.results.terminal import WORDS
from custpred.source.base import Source
from custpred.storage.files import write

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.dashboard._jobs import Job, Jobs
    from custpred.dashboard._views.frame import View

EVERY = 1.0
"""Seconds between two updates of the progress."""
UPLOADS = "uploads"
"""Folder next to the runs with uploaded tables, to which their recipes refer."""


def show(view: View) -> None:
    """Show the form, or the progress of the current run."""
    jobs: Jobs = view.shared.jobs
    if jobs.last is None or jobs.last.done:
        _form(view, jobs)
    if jobs.last is not None:
        st.fragment(_progress, run_every=None if jobs.last.done else EVERY)(view, jobs.last)


def _form(view: View, jobs: Jobs) -> None:
    say = view.say
    view.draw(Prose(say("Trains another model on a table with known outcomes; the run is saved next to this one.")))
    file = st.file_uploader(say("Table of customers: CSV or Excel"), list(ENDINGS))
    if file is None:
        return
    try:
        path = _kept(file.name, file.getvalue())
        columns = _columns(path)
    except CustpredError as error:
        st.error(view.say.fault(error))
        return
    with st.form("run", border=False):
        target = st.selectbox(say("Column to predict"), columns, index=len(columns) - 1)
        key = st.selectbox(say("Column with the customer's id"), ["", *columns], index=_first_id(columns))
        seconds = st.select_slider(say("Seconds"), [10, 30, 60, 120, 300, 600, 1800], 60)
        pressed = st.form_submit_button(say("Start"), type="primary")
    if pressed:
        language = view.say.language
        customers = {"path": str(path), **({"key": key} if key else {})}
        keys = {"name": path.stem, "customers": customers, "target": target, "budget": f"{seconds}s"}
        try:
            jobs.start({**keys, "report": {"language": language}}, served[0].result.folder.resolve().parent)
        except CustpredError as error:
            st.error(view.say.fault(error))
            return
        st.rerun()


def _kept(name: str, content: bytes) -> Path:
    """Store an uploaded table next to the runs, and return its path."""
    path = served[0].result.folder.resolve().parent / UPLOADS / safe_name(name)
    if not path.exists() or path.read_bytes() != content:
        write(path, content)
    return path


def _columns(path: Path) -> list[str]:
    source = Source.parse({"path": str(path)})
    return list(source.header() or map(str, source.raw().frame.columns))


def _first_id(columns: list[str]) -> int:
    """Return the index of a column named like an id, counted after the empty choice."""
    named = [i for i, name in enumerate(columns, 1) if name.casefold().endswith(("id", "번호"))]
    return named[0] if named else 0


def _progress(view: View, job: Job) -> None:
    """Show the progress of a run, and its report when it has ended."""
    say = view.say
    if not job.done:
        counted = say("{n} tried", n=say.count(job.trials, "model")) if job.trials else ""
        parts = [say(WORDS.get(job.stage, job.stage)), counted, job.best]
        st.progress(job.share, " \N{MIDDLE DOT} ".join(each for each in parts if each))
        return
    if st.session_state.get("seen") != str(job.folder):
        st.session_state["seen"] = str(job.folder)
        st.rerun()  # the form again, and no more updates
    if job.fault:
        st.error(say.fault(job.fault))
        return
    st.success(say("The run is done: {folder}", folder=job.folder.name))
    _report(view, job)


def _report(view: View, job: Job) -> None:
    say = view.say
    try:
        result = api.load(job.folder)
    except CustpredError as error:
        st.error(say.fault(error))
        return
    page = (job.folder / "report.html").read_bytes()
    label, name = say("Download the report (HTML)"), f"{job.folder.name}.html"
    st.download_button(label, page, name, "text/html", on_click="ignore")
    st.code(f"custpred dashboard {job.folder}", language=None, wrap_lines=True)
    parts(view, spoken(result.record, say.language))
