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
        str | None, typer.Option(metavar="NAME", help="Serve the champion of this recipe name, instead of RUN.")
    ] = None
    host: Host = "127.0.0.1"
    port: Port = 8000
    plugins: Annotated[bool, typer.Option("--plugins", help="Allow user-defined kinds.")] = False


def add(app: typer.Typer) -> None:
    """Add this command to an application."""
    app.command()(serve)


@options(Service)
def serve(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="The folder of a finished run; omit with --champion.")
    ] = None,
    *,
    service: Service,
) -> None:
    """Serve a run over HTTP, by default on this machine: /predict, /explain, /health, /metrics."""
    need("fastapi", purpose="custpred serve", extra="serve")
    need("uvicorn", purpose="custpred serve", extra="serve")
    from custpred.serving.launch import serve as listen

    listen(folder, service, _announce)


def _announce(address: str, token: str | None) -> None:
    """Print the address and the token of the server immediately, as it keeps running."""
    lines = (address, f"Authorization: Bearer {token}") if token else (address,)
    emit({"address": address, "token": token}, *lines, at_once=True)
