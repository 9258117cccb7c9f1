"""The command that serves a run over HTTP."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from custpred.command import Host, Port, options
from custpred.lazy import need
from custpred.results.json_output import emit


@dataclass(frozen=True)
class Service:
    """The options of ``serve``."""

    champion: Annotated[
        str | None, typer.Option(metavar="NAME", help="Serve the run in use of this recipe, instead of RUN.")
    ] = None
    host: Host = "127.0.0.1"
    port: Port = 8000
    plugins: Annotated[bool, typer.Option("--plugins", help="Allow kinds of your own modules.")] = False


def add(app: typer.Typer) -> None:
    """Give an application this command."""
    app.command()(serve)


@options(Service)
def serve(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="A finished run; none with --champion.")
    ] = None,
    *,
    service: Service,
) -> None:
    """Answer over HTTP with the scores of a run: /predict, /explain, /health, /metrics; on this machine alone."""
    need("fastapi", purpose="custpred serve", extra="serve")
    need("uvicorn", purpose="custpred serve", extra="serve")
    from custpred.serving.launch import serve as listen

    listen(folder, service, _told)


def _told(address: str, token: str | None) -> None:
    """Print where the server listens and which token it wants, at once, as it goes on."""
    lines = (address, f"Authorization: Bearer {token}") if token else (address,)
    emit({"address": address, "token": token}, *lines, at_once=True)
