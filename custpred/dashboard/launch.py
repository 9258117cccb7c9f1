"""The server of ``custpred dashboard``: one process, on this machine, without statistics."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from custpred import api
from custpred.dashboard._prepare import prepared
from custpred.errors import DataError
from custpred.lazy import need
from custpred.serving.hosts import LOOPBACK, address
from custpred.storage.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.dashboard._store import Store
    from custpred.dashboard.commands import Serving
    from custpred.results.result import Result

MEGABYTES = 500
"""Maximum size of an upload."""
_LIGHT = {"primaryColor": "#0b6a5d", "backgroundColor": "#ffffff", "secondaryBackgroundColor": "#f5f6f4"}
_DARK = {"primaryColor": "#2a8476", "backgroundColor": "#12171a", "secondaryBackgroundColor": "#1a2124"}
_INK = {"light": "#1c2326", "dark": "#e5eae8"}


@dataclass
class Served:
    """The run shown by the server's script."""

    result: Result
    store: Store | None
    lack: str = ""
    """Why there is no store."""
    scratch: Scratch | None = None
    """Location of the store if the run folder is not writable."""
    token: str = ""
    """Required of users if the server is reachable from other machines."""


served: list[Served] = []
"""The run that this process serves, read by the pages."""


def serve(run: Path, serving: Serving, notify: Callable[[str], None]) -> None:
    """Serve the dashboard of a run until it is interrupted.

    Parameters
    ----------
    serving
        Customers to show, and the server's address.
    notify
        Prints a line to the terminal.

    Raises
    ------
    MissingDependency
        CP1107 if Streamlit is not installed.
    ModelFileError
        If the folder contains no finished run.
    """
    need("altair", purpose="custpred dashboard", extra="dashboard")
    need("streamlit", purpose="custpred dashboard", extra="dashboard")
    opened = opening(run, serving.data, serving.as_of, notify, plugins=serving.plugins)
    host, port = serving.host, serving.port
    opened.token = "" if host in LOOPBACK else secrets.token_urlsafe(16)
    served[:] = [opened]
    from streamlit import config
    from streamlit.web import bootstrap

    flags = settings(host, port)
    for name, value in flags.items():
        config.set_option(name.replace("_", "."), value)
    notify(f"{address(host, port)}/{f'?token={opened.token}' if opened.token else ''}")
    bootstrap.run(str(Path(__file__).with_name("app.py")), False, [], flags)


def opening(run: Path, data: Path | None, as_of: str | None, notify: Callable[[str], None], *, plugins: bool) -> Served:
    """Return a run with its prepared customers, or without customers if they are unreadable."""
    result = api.load(run, plugins=plugins)
    scratch = None if os.access(run, os.W_OK) else Scratch()
    home = scratch.path if scratch else run
    try:
        return Served(result, prepared(result, home, data, as_of, notify), scratch=scratch)
    except DataError as error:
        if data is not None:
            raise
        notify(str(error))
        return Served(result, None, str(error))


def settings(host: str, port: int) -> dict[str, object]:
    """Return Streamlit's options.

    >>> settings("127.0.0.1", 8501)["browser_gatherUsageStats"]
    False
    """
    own: dict[str, object] = {
        "server_address": host,
        "server_port": port,
        "server_headless": True,
        "server_fileWatcherType": "none",
        "server_maxUploadSize": MEGABYTES,
        "server_enableXsrfProtection": True,
        "server_enableCORS": True,
        "browser_gatherUsageStats": False,
        "browser_serverAddress": "localhost",
        "client_toolbarMode": "minimal",
        "client_showErrorDetails": "none",
        "global_developmentMode": False,
        "logger_level": "error",
    }
    for name, colours in (("light", _LIGHT), ("dark", _DARK)):
        own |= {f"theme_{name}_{key}": value for key, value in {**colours, "textColor": _INK[name]}.items()}
    return own
