"""Commands for finished runs: compare, monitor, export, promote, models and retrain."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from custpred.command import RunPath, misses, options, ran, say, working
from custpred.errors import EXIT_REQUIREMENT, DataError
from custpred.results.json_output import emit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from custpred.monitoring.comparison import RunComparison
    from custpred.monitoring.registry import Role
    from custpred.monitoring.retraining import Retrained
    from custpred.monitoring.watching import Monitoring
    from custpred.storage.plain import JSON

OldRun = Annotated[Path, typer.Argument(metavar="OLD", help="The folder of the run in use.")]
NewRun = Annotated[Path, typer.Argument(metavar="NEW", help="The folder of the run that may replace it.")]
Out = Annotated[Path | None, typer.Option(help="Also write an HTML, .md or .json file.")]
Reports = Annotated[Path, typer.Option(help="Folder of the runs.")]
Rules = Annotated[list[str], typer.Option(metavar="RULE", help="Required: 'lead_low > 0'; else exit code 3.")]
Allow = Annotated[bool, typer.Option("--plugins", help="Allow user-defined kinds.")]
Champion = Annotated[str | None, typer.Option(metavar="NAME", help="The run in use of this recipe, instead of RUN.")]


@dataclass(frozen=True)
class Comparing:
    """The options of ``compare``."""

    out: Out = None
    require: Rules = field(default_factory=list)
    plugins: Allow = False


@dataclass(frozen=True)
class Watching(Comparing):
    """The options of ``monitor``."""

    champion: Champion = None
    truth: Annotated[str | None, typer.Option(help="Customers with known outcomes, or ids with outcomes.")] = None
    as_of: Annotated[str | None, typer.Option(metavar="DAY", help="With events: the cutoff to score at.")] = None


@dataclass(frozen=True)
class Exporting:
    """The options of ``export``."""

    sql: Annotated[
        Literal["duckdb", "postgres", "spark", "snowflake", "bigquery"] | None,
        typer.Option(help="The engine that scores."),
    ] = None
    out: Annotated[Path | None, typer.Option(help="SQL file to write.")] = None
    table: Annotated[str, typer.Option(help="Name of the table to read, as written in the SQL.")] = "customers"
    members: Annotated[
        Literal["all", "sql", "onnx"],
        typer.Option(help="sql, onnx: leave out members without a formula and blend the others again."),
    ] = "all"
    onnx: Annotated[Path | None, typer.Option(metavar="FILE", help="ONNX file to write.")] = None
    mlflow: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder for an MLflow model.")] = None
    plugins: Allow = False


def add(app: typer.Typer) -> None:
    """Add these commands to an application."""
    for each in (compare, promote, models, monitor, retrain, export):
        app.command()(each)


@options(Comparing)
def compare(old: OldRun, new: NewRun, *, chosen: Comparing) -> None:
    """Compare two runs of the same target: keep the old, take the new, or cannot tell."""
    from custpred.monitoring.comparison import compare as compare_runs
    from custpred.monitoring.comparison_page import lines

    _writable(chosen.out)
    found = compare_runs(old, new, require=chosen.require, plugins=chosen.plugins)
    _show(found, lines(found), chosen)


@options(Watching)
def monitor(
    folder: Annotated[str, typer.Argument(metavar="[RUN]", help="A finished run; none with --champion.")],
    new: Annotated[
        str | None, typer.Argument(metavar="NEW", help="New customers or events: a file, or ADDRESS::TABLE.")
    ] = None,
    *,
    chosen: Watching,
) -> None:
    """Monitor a run in production: contract, drift, scores, outcomes, and whether to retrain."""
    from custpred.monitoring.registry import scored_by
    from custpred.monitoring.watching import monitor as watch
    from custpred.monitoring.watching_page import lines
    from custpred.text import listed

    _writable(chosen.out)
    run, data = scored_by(chosen.champion, folder, new, "monitor")
    own: JSON = {"as_of": chosen.as_of, "require": chosen.require, "plugins": chosen.plugins}
    found = watch(run, data, chosen.truth, **own)
    metrics = [each.name for each in found.requirements if each.name in found.record.metrics]
    if metrics and found.later is None:
        say(f"{listed(metrics)}: measured on customers with known outcomes only; pass them with --truth.")
    _show(found, lines(found), chosen)


@options(Exporting)
def export(folder: RunPath, *, chosen: Exporting) -> None:
    """Write the model as SQL that scores inside a database, an ONNX graph, or an MLflow model."""
    from custpred.api import load

    ways = [chosen.sql, chosen.onnx, chosen.mlflow]
    if sum(each is not None for each in ways) != 1 or (chosen.sql is None) != (chosen.out is None):
        raise DataError(
            "Expected --sql ENGINE with --out FILE, --onnx FILE, or --mlflow FOLDER.",
            code="CP2448",
            remedy="Write 'custpred export RUN --sql duckdb --out a.sql', or 'custpred export RUN --onnx a.onnx'.",
        )
    result = load(folder, plugins=chosen.plugins)
    if chosen.sql is not None and chosen.out is not None:
        made = result.export(chosen.out, sql=chosen.sql, table=chosen.table, members=chosen.members)
        emit({"out": str(made), "engine": chosen.sql, "table": chosen.table}, str(made))
    elif chosen.onnx is not None:
        from custpred.results.exported import write_onnx

        made = write_onnx(result, chosen.onnx, chosen.members)
        emit({"out": str(made), "engine": "onnx", "table": None}, str(made))
    elif chosen.mlflow is not None:
        from custpred.results.mlflow_export import save

        made = save(result, chosen.mlflow)
        emit({"out": str(made), "engine": "mlflow", "table": None}, str(made))


def _writable(out: Path | None) -> None:
    """Refuse an extension that no page is written in, before anything is compared in vain."""
    from custpred.report._saved import format_of

    if out is not None:
        format_of(out)


def _show(found: RunComparison | Monitoring, lines: Iterable[str], chosen: Comparing) -> None:
    """Print findings, write them to a file on request; exit with 3 if a requirement fails."""
    more = [] if chosen.out is None else [str(found.report(chosen.out))]
    emit({**found.plain(), "out": more[0] if more else None}, *lines, *more)
    if misses(found.requirements):
        raise typer.Exit(EXIT_REQUIREMENT)


def promote(
    folder: RunPath,
    challenger: Annotated[bool, typer.Option("--challenger", help="As the challenger, not the champion.")] = False,
) -> None:
    """Make a run the champion of its recipe name; 'predict --champion NAME' scores with it."""
    from custpred.monitoring.registry import REPORTS
    from custpred.monitoring.registry import promote as put

    role: Role = "challenger" if challenger else "champion"
    written = put(folder, role)
    if written.parent.parent != REPORTS.resolve():
        say(
            f"--champion looks in {REPORTS.resolve()}, but this run is in {written.parent.parent}: move it there and"
            " promote it again, or change the current folder."
        )
    emit({"registry": str(written), "role": role}, str(written))


def models(reports: Reports = Path("reports")) -> None:
    """List the runs in use by recipe name: champion, challenger and number of earlier champions."""
    from custpred.monitoring.registry import models as listed

    every = list(listed(reports))
    if not every:
        say(
            f"No run in {reports.resolve()} is in use. 'custpred promote RUN' makes one the champion of its recipe"
            " name; --reports names another folder, and 'custpred list models' lists the kinds of models."
        )
    emit({"models": every}, *(line for each in every for line in _in_use(each)))


def _in_use(each: JSON) -> Iterator[str]:
    """Yield one line for each role of a recipe name."""
    for role in ("champion", "challenger"):
        if entry := each[role]:
            score = "" if entry["score"] is None else f" {entry['metric']} {entry['score']:.4f},"
            yield f"{each['name']}: {role} {entry['folder']},{score} since {entry['since'][:10]}"


def retrain(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="A finished run of the recipe; none with --champion.")
    ] = None,
    *,
    data: Annotated[str, typer.Option(help="New customers with labels, or events: a file, or ADDRESS::TABLE.")],
    champion: Champion = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new run; default: next to the old one.")] = None,
    plugins: Allow = False,
) -> None:
    """Run the same recipe on new data; promote the run if better than the champion."""
    from custpred.monitoring.comparison_page import lines
    from custpred.monitoring.registry import in_use
    from custpred.monitoring.retraining import retrain as train

    run = in_use(champion, folder, "retrain")
    with working() as progress:
        done = train(run, data, out=out, plugins=plugins, progress=progress)
    done.comparison.report(done.result.folder / "compare.html")
    found = {**ran(done.result), "promoted": done.promoted, "comparison": done.comparison.plain()}
    emit(found, *lines(done.comparison), _decided(done), str(done.result.folder / "report.html"))


def _decided(done: Retrained) -> str:
    """Return whether the new run was promoted, and if it could not be compared, what to do."""
    if done.promoted:
        return "promoted"
    stays = "not promoted: the run in use stays"
    if not done.comparison.lost:
        return stays
    return f"{stays}. Correct the data; or if the change will last, 'custpred promote {done.result.folder}'."
