"""Commands for finished runs: compare, monitor, export, promote, models and retrain."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from custpred.command import RunPath, misses, options, ran, working
from custpred.errors import EXIT_REQUIREMENT, DataError
from custpred.results.json_output import emit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from custpred.monitoring.comparison import RunComparison
    from custpred.monitoring.registry import Role
    from custpred.monitoring.watching import Monitoring
    from custpred.storage.plain import JSON

OldRun = Annotated[Path, typer.Argument(metavar="OLD", help="The folder of the run in use.")]
NewRun = Annotated[Path, typer.Argument(metavar="NEW", help="The folder of the run that may replace it.")]
Out = Annotated[Path | None, typer.Option(help="Also write an HTML, .md or .json file.")]
Reports = Annotated[Path, typer.Option(help="Folder of the runs.")]
Rules = Annotated[list[str], typer.Option(metavar="RULE", help="Required: 'lead_low > 0'; else exit code 3.")]
Allow = Annotated[bool, typer.Option("--plugins", help="Allow user-defined kinds.")]


@dataclass(frozen=True)
class Comparing:
    """The options of ``compare``."""

    out: Out = None
    require: Rules = field(default_factory=list)
    plugins: Allow = False


@dataclass(frozen=True)
class Watching(Comparing):
    """The options of ``monitor``."""

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
        Literal["all", "sql", "onnx"], typer.Option(help="sql, onnx: leave out members that have no formula.")
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

    found = compare_runs(old, new, require=chosen.require, plugins=chosen.plugins)
    _show(found, lines(found), chosen)


@options(Watching)
def monitor(
    folder: RunPath,
    new: Annotated[str, typer.Argument(metavar="NEW", help="New customers or events: a file, or ADDRESS::TABLE.")],
    *,
    chosen: Watching,
) -> None:
    """Monitor a run in production: contract, drift, scores, outcomes, and whether to retrain."""
    from custpred.monitoring.watching import monitor as watch
    from custpred.monitoring.watching_page import lines

    own: JSON = {"as_of": chosen.as_of, "require": chosen.require, "plugins": chosen.plugins}
    found = watch(folder, new, chosen.truth, **own)
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

        made = write_onnx(result.predictor, chosen.onnx, chosen.members)
        emit({"out": str(made), "engine": "onnx", "table": None}, str(made))
    elif chosen.mlflow is not None:
        from custpred.results.mlflow_export import save

        made = save(result, chosen.mlflow)
        emit({"out": str(made), "engine": "mlflow", "table": None}, str(made))


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
    from custpred.monitoring.registry import promote as put

    role: Role = "challenger" if challenger else "champion"
    written = str(put(folder, role))
    emit({"registry": written, "role": role}, written)


def models(reports: Reports = Path("reports")) -> None:
    """List the runs in use by recipe name: champion, challenger and number of earlier champions."""
    from custpred.monitoring.registry import models as listed

    every = list(listed(reports))
    emit({"models": every}, *(line for each in every for line in _in_use(each)))


def _in_use(each: JSON) -> Iterator[str]:
    """Yield one line for each role of a recipe name."""
    for role in ("champion", "challenger"):
        if entry := each[role]:
            score = "" if entry["score"] is None else f" {entry['metric']} {entry['score']:.4f},"
            yield f"{each['name']}: {role} {entry['run']},{score} since {entry['since'][:10]}"


def retrain(
    folder: RunPath,
    data: Annotated[str, typer.Option(help="New customers with labels, or events: a file, or ADDRESS::TABLE.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the new run; default: next to the old one.")] = None,
    plugins: Allow = False,
) -> None:
    """Run the same recipe on new data, compare, and promote the run if significantly better."""
    from custpred.monitoring.comparison_page import lines
    from custpred.monitoring.retraining import retrain as train

    with working() as progress:
        done = train(folder, data, out=out, plugins=plugins, progress=progress)
    done.comparison.report(done.result.folder / "compare.html")
    verdict = "promoted" if done.promoted else "not promoted: the run in use stays"
    found = {**ran(done.result), "promoted": done.promoted, "comparison": done.comparison.plain()}
    emit(found, *lines(done.comparison), verdict, str(done.result.folder / "report.html"))
