"""The command that serves agents."""

from __future__ import annotations  # light: imports inside functions are deliberate

from pathlib import Path
from typing import Annotated

import typer

from custpred.errors import DataError
from custpred.lazy import need
from custpred.results.json_output import for_people


def add(app: typer.Typer) -> None:
    """Give an application this command."""
    app.command()(mcp)


def mcp(
    root: Annotated[Path, typer.Option(help="Folder that holds all files that an agent may read or write.")] = Path(),
    most: Annotated[
        float,
        typer.Option("--most", metavar="SECONDS", min=1, help="Budget of a run at most, and limit of other tools."),
    ] = 600.0,
) -> None:
    """Serve agents on stdin and stdout by the Model Context Protocol (pip install 'custpred[mcp]')."""
    if not for_people():
        raise DataError(
            "Stdout is the agent's: 'custpred mcp' has no other output.", code="CP2435", remedy="Leave --json out."
        )
    need("mcp", purpose="custpred mcp", extra="mcp")
    from custpred.agents.server import serve

    serve(root, most)
