"""The command that serves agents."""

from __future__ import annotations  # light: imports inside functions are deliberate

from pathlib import Path
from typing import Annotated

import typer

from custpred.errors import DataError
from custpred.lazy import need
from custpred.results.json_output import for_people


def add(app: typer.Typer) -> None:
    """Add this command to an application."""
    app.command()(mcp)


def mcp(
    root: Annotated[Path, typer.Option(help="Folder with all files that an agent may read or write.")] = Path(),
    most: Annotated[
        float,
        typer.Option(
            "--most", metavar="SECONDS", min=1, help="Maximum budget of a run, and time limit of other tools."
        ),
    ] = 600.0,
) -> None:
    """Serve agents by the Model Context Protocol, on stdin and stdout (extra ``mcp``)."""
    if not for_people():
        raise DataError("'custpred mcp' uses stdout for the agent.", code="CP2435", remedy="Omit --json.")
    need("mcp", purpose="custpred mcp", extra="mcp")
    from custpred.agents.server import serve

    serve(root, most)
