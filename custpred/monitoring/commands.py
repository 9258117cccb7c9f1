"""Commands about finished runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from custpred.command import misses, options
from custpred.errors import EXIT_REQUIREMENT

OldRun = Annotated[Path, typer.Argument(metavar="OLD", help="The folder of the run in use.")]
NewRun = Annotated[Path, typer.Argument(metavar="NEW", help="The folder of the run that may take its place.")]
Out = Annotated[Path | None, typer.Option(help="HTML, .md or .json file to write as well.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")]
Rules = Annotated[list[str], typer.Option(metavar="RULE", help="Required: 'lead_low > 0'; else exit code 3.")]
Allow = Annotated[bool, typer.Option("--plugins", help="Allow kinds of your own modules.")]


@dataclass(frozen=True)
class Comparing:
    """The options of ``compare``."""

    out: Out = None
    as_json: AsJson = False
    require: Rules = field(default_factory=list)
    plugins: Allow = False


def add(app: typer.Typer) -> None:
    """Give an application these commands."""
    app.command()(compare)


@options(Comparing)
def compare(old: OldRun, new: NewRun, *, chosen: Comparing) -> None:
    """Compare two runs of one question: keep the old, take the new, or cannot tell."""
    from custpred.monitoring.comparison import compare as compare_runs
    from custpred.monitoring.comparison_page import lines

    found = compare_runs(old, new, require=chosen.require, plugins=chosen.plugins)
    for line in [found.json()] if chosen.as_json else lines(found):
        typer.echo(line)
    if chosen.out is not None:
        typer.echo(str(found.report(chosen.out)), err=chosen.as_json)
    if misses(found.requirements):
        raise typer.Exit(EXIT_REQUIREMENT)
