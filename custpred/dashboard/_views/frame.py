"""The frame of all pages: menu, language, style, and access to the run."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from custpred.dashboard._campaign import planned
from custpred.dashboard._html import SCRIPT, piece, style
from custpred.dashboard._jobs import Jobs
from custpred.dashboard._views import about, campaign, customer, listing, model, new_data, profile, start
from custpred.dashboard._words import LANGUAGES, Words, spoken
from custpred.dashboard.launch import served

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.navigation.page import StreamlitPage

    from custpred.dashboard._store import Store
    from custpred.inference.predictor import Predictor
    from custpred.policy import Decisions
    from custpred.report._blocks import Block
    from custpred.results.record import Record


ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b6a5d"/>'
    '<path d="M3 12V8m5 4V4m5 8V6" stroke="#fff" stroke-width="2.2"/></svg>'
)
"""The page's icon; without one, the browser would request the menu's icon from a remote server."""


STYLE = """<style>
[data-testid='stApp'] { overflow-wrap: anywhere; word-break: keep-all; }
[data-testid='stSliderThumbValue'] { color: inherit; }
@media (max-width: 40rem) { [data-testid='stElementContainer']:has([data-testid='stDataFrame']) { margin-top: 2rem; } }
</style>"""
"""Words would be broken, slider values unreadable on dark pages, text on phones under buttons."""


@dataclass
class Shared:
    """State shared by all users of a server: a lock for the model, runs, decisions."""

    lock: threading.Lock
    jobs: Jobs
    decisions: Decisions | None


@dataclass(frozen=True)
class View:
    """Data and language of a page."""

    record: Record
    predictor: Predictor
    store: Store | None
    lack: str
    say: Words
    theme: str
    shared: Shared
    mount: Callable[..., object]
    """Adds HTML to the page, isolated from Streamlit's style."""
    pages: dict[str, StreamlitPage]

    def draw(self, *blocks: Block, key: str | None = None) -> None:
        """Show blocks in the style of the report; equal blocks on one page need different keys."""
        self.mount(data=piece(blocks, self.say, self.theme), key=key)

    @property
    def decisions(self) -> Decisions:
        """Return the policy's decisions on the customers, which must be available."""
        assert self.shared.decisions is not None
        return self.shared.decisions

    def customers(self) -> Store | None:
        """Return the customers, or show why there are none."""
        say = self.say
        if self.store is None:
            st.warning(say("The customers of this run cannot be shown."))
            st.code(say.fault(self.lack), language=None, wrap_lines=True)
            st.write(say("Start the dashboard again with customers: `custpred dashboard RUN --data FILE`."))
        return self.store


@st.cache_resource(show_spinner=False)
def _shared(key: int) -> Shared:
    own = served[0]
    predictor, store = own.result.predictor, own.store
    decisions = None
    if store is not None:
        decisions = planned(predictor.policy, predictor.task, store.predicted, store.amounts).decisions
    return Shared(threading.Lock(), Jobs(), decisions)


def show() -> None:
    """Show the page selected by the menu, or by ``?page=`` in the address."""
    own = served[0]
    st.set_page_config(page_title=f"{own.result.record.name} - custpred", layout="wide", page_icon=ICON)
    if own.token and st.session_state.setdefault("token", st.query_params.get("token")) != own.token:
        say = Words(_language())
        st.error(say("Open the address with its token, as `custpred dashboard` printed it."))
        return
    view = _view()
    st.html(STYLE)
    chosen = st.navigation(list(view.pages.values()))
    st.title(chosen.title)
    chosen.run()


def _language() -> str:
    """Return the language of the address, or else that of the run's report."""
    recipe = served[0].result.record.recipe
    given = st.query_params.get("lang") or (recipe.get("report") or {}).get("language", "en")
    return given if given in LANGUAGES else "en"


def _view() -> View:
    own = served[0]
    record = own.result.record
    st.session_state.setdefault("language", _language())
    with st.sidebar:
        st.caption(record.name)
        named = LANGUAGES.__getitem__
        language = str(st.selectbox("Language / 언어", list(LANGUAGES), format_func=named, key="language"))
    currency = str((record.recipe.get("business") or {}).get("currency", ""))
    say = Words(language, currency)
    pages: dict[str, StreamlitPage] = {}
    theme = "dark" if st.context.theme.type == "dark" else "light"
    mount = st.components.v2.component("custpred", html='<div id="piece"></div>', css=style(), js=SCRIPT)
    view = View(
        record=spoken(record, language),
        predictor=own.result.predictor,
        store=own.store,
        lack=own.lack,
        say=say,
        theme=theme,
        shared=_shared(id(own)),
        mount=mount,
        pages=pages,
    )
    pages |= _pages(view)
    return view


def _pages(view: View) -> dict[str, StreamlitPage]:
    say = view.say
    every: dict[str, tuple[Callable[[View], None], str, str]] = {
        "customer": (customer.show, say("Customer"), ":material/person_search:"),
        "list": (listing.show, say("List"), ":material/list_alt:"),
        "campaign": (campaign.show, say("Campaign"), ":material/tune:"),
        "model": (model.show, say("Model"), ":material/monitoring:"),
        "profile": (profile.show, say("Profile"), ":material/table_chart:"),
        "new_data": (new_data.show, say("New data"), ":material/upload_file:"),
        "run": (start.show, say("Run"), ":material/play_circle:"),
        "about": (about.show, say("About this model"), ":material/info:"),
    }
    first = st.session_state.setdefault("first", st.query_params.get("page"))
    first = first if first in every else "customer"
    return {
        name: st.Page(partial(show, view), title=title, icon=icon, url_path=name, default=name == first)
        for name, (show, title, icon) in every.items()
    }
