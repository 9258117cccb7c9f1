"""The command that opens a run in the browser."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from custpred.command import Host, Port, RunPath, options, say
from custpred.results.json_output import emit


@dataclass(frozen=True)
class Serving:
    """The options of ``dashboard``."""

    data: Annotated[Path | None, typer.Option(help="Customers or events to show; default: those of the run.")] = None
    as_of: Annotated[str | None, typer.Option(metavar="DAY", help="With events: the cutoff; default: the end.")] = None
    host: Host = "127.0.0.1"
    port: Port = 8501
    plugins: Annotated[bool, typer.Option("--plugins", help="Allow kinds from your own modules.")] = False


def add(app: typer.Typer) -> None:
    """Add this command to an application."""
    app.command()(dashboard)


@options(Serving)
def dashboard(folder: RunPath, *, serving: Serving) -> None:
    """Serve a run as web pages, by default on this machine: customers, list, campaign, new data."""
    from custpred.dashboard.launch import serve

    serve(folder, serving, _print)


def _print(line: str) -> None:
    """Print a line at once, as the server keeps running."""
    emit({"address": line}, line, at_once=True) if line.startswith("http") else say(line)
