"""The server of ``custpred serve``: one process, by default reachable from this machine only."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import uvicorn

from custpred.api import load
from custpred.errors import RunError
from custpred.lazy import installed
from custpred.models._threads import limited
from custpred.monitoring.registry import in_use
from custpred.serving.app import application
from custpred.serving.hosts import LOOPBACK, address
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from custpred.serving.commands import Service

TOKEN_VARIABLE = "CUSTPRED_TOKEN"
"""The environment variable that may hold the token."""


def serve(folder: Path | None, service: Service, notify: Callable[[str, str | None], None]) -> None:
    """Serve a run until the process is interrupted or terminated.

    Parameters
    ----------
    folder
        The run; None if ``service`` names a champion.
    notify
        Called with the address, and with the token if it was generated.

    Raises
    ------
    DataError
        CP2418 if neither or both of run and champion are passed; CP2443 if the run's customers are
        gathered from events.
    ModelFileError
        If the folder holds no finished run.
    """
    result = load(in_use(service.champion, folder, "serve"), plugins=service.plugins)
    token = "" if service.host in LOOPBACK else os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(16)
    app = application(result, token)
    # Batches are small: a second thread of NumPy would wait for work on another program's core.
    with limited(1), closing(listening(service.host, service.port)) as listener:
        notify(address(service.host, service.port), None if os.environ.get(TOKEN_VARIABLE) else token or None)
        with suppress(KeyboardInterrupt):  # uvicorn raises the signal again
            run(app, listener)


def run(app: object, listener: socket.socket) -> None:
    """Serve an application until a signal ends it; with the fast loop and parser if installed."""
    config = uvicorn.Config(
        app,
        loop="uvloop" if installed("uvloop") else "asyncio",
        http="httptools" if installed("httptools") else "h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket listening at an address.

    Raises
    ------
    RunError
        CP4121 if the system refuses, usually because another program uses the port.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as cause:
        raise RunError(
            f"Cannot listen at {plain(host, 60)}, port {port}: {plain(cause.strerror, 100)}.",
            code="CP4121",
            remedy="Set another --port or --host, or end the program that uses it.",
        ) from cause
