"""The command line: every command is one call of the Python interface and prints its result."""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import custpred as cp
from custpred.agents import commands as agents
from custpred.command import (
    Explaining,
    Reading,
    RunPath,
    Scoring,
    StoppedPath,
    begin,
    changed,
    command,
    finish,
    hoisted,
    options,
    run_alone,
    working,
)
from custpred.dashboard import commands as dashboard
from custpred.guide import commands as guide
from custpred.monitoring import commands as monitoring
from custpred.results.json_output import emit, ended, for_people
from custpred.serving import commands as serving

app = typer.Typer(
    name="custpred",
    help="AutoML for customer prediction: one recipe in, an honest report and a model out.",
    add_completion=True,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.callback()(begin)

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe file, or quickstart, which is built in.")]
Changes = Annotated[
    list[str],
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: --set budget.time=60s. May be repeated."),
]
AsOf = Annotated[
    str | None, typer.Option(metavar="DAY", help="With events: the cutoff to score at; their end if left out.")
]
Allow = Annotated[bool, typer.Option("--plugins", help="Allow kinds of your own modules (kind: shop.survival).")]


@app.command()
def run(
    recipe: RecipePath,
    changes: Changes = [],  # noqa: B006 (typer reads the default)
    out: Annotated[Path | None, typer.Option(help="Run folder; reports/<name>-<when> if left out.")] = None,
    plugins: Allow = False,
) -> None:
    """Run a recipe; the last line printed is the path of the report."""
    with working() as progress:
        result = cp.run(recipe, set=changed(changes), out=out, plugins=plugins, progress=progress)
    finish(result)


@app.command()
def demo(
    changes: Changes = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option(help="Run folder; reports/quickstart-<when> if left out.")] = None,
) -> None:
    """Run the quickstart on synthetic customers; needs no file of yours."""
    from custpred.recipe.paths import built_in

    run(built_in("quickstart"), changes, out)


@app.command()
def resume(folder: StoppedPath, plugins: Allow = False) -> None:
    """Continue a run that was stopped; finished trials are not repeated."""
    with working() as progress:
        result = cp.resume(folder, plugins=plugins, progress=progress)
    finish(result)


@app.command()
def new(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A table of customers: a file, or ADDRESS::TABLE.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    out: Annotated[Path | None, typer.Option(help="Recipe file to write; printed if left out.")] = None,
) -> None:
    """Write a commented recipe with the inferred values, and why."""
    from custpred.recipe.inspect import schema as recipe_schema
    from custpred.recipe.template import draft
    from custpred.storage.files import write

    text = draft(data, target, out)
    if out is not None:
        write(out, text)
        write(out.parent / ".custpred" / "recipe.schema.json", json.dumps(recipe_schema(), ensure_ascii=False))
    emit({"path": out and str(out), "recipe": text}, text.removesuffix("\n") if out is None else str(out))


@app.command()
def check(recipe: RecipePath, changes: Changes = [], plugins: Allow = False) -> None:  # noqa: B006
    """Report every mistake of a recipe at once, before any row is read."""
    from custpred.recipe.inspect import check as check_recipe

    check_recipe(recipe, changed(changes), plugins=plugins)
    emit({"recipe": str(recipe), "mistakes": 0}, f"{recipe}: no mistakes")


@app.command()
def show(recipe: RecipePath, changes: Changes = [], plugins: Allow = False) -> None:  # noqa: B006
    """Print the effective recipe and where each value comes from."""
    from custpred.recipe.inspect import show as show_recipe
    from custpred.recipe.inspect import shown

    values = shown(recipe, changed(changes), plugins=plugins)
    emit({"recipe": str(recipe), "values": values}, *show_recipe(values))


@app.command()
def plan(recipe: RecipePath, changes: Changes = [], plugins: Allow = False) -> None:  # noqa: B006
    """Resolve every 'auto' and say why."""
    from custpred.text import plain

    made = cp.plan(recipe, set=changed(changes), plugins=plugins).decisions
    choices = [{name: plain(getattr(each, name)) for name in ("key", "choice", "reason")} for each in made]
    emit(
        {"recipe": str(recipe), "decisions": choices},
        *("{key}: {choice}  # {reason}".format(**each) for each in choices),
    )


@app.command()
def profile(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Customers: a file, or ADDRESS::TABLE; or a recipe (.yaml).")
    ],
    out: Annotated[Path, typer.Option(help="HTML file to write.")],
    target: Annotated[str | None, typer.Option(help="The column to predict, if there is one.")] = None,
    key: Annotated[str | None, typer.Option(help="The column with the customer's id.")] = None,
) -> None:
    """Write the profile of a table: missing values, outliers, distributions, leaks, drift."""
    from custpred.report._saved import PAGE, format_of

    format_of(out, PAGE)  # before the table is read in vain
    found = cp.profile(data, target=target, key=key)
    seen = {"rows": found.data.rows, "columns": found.data.columns, "findings": [vars(each) for each in found.findings]}
    emit({"report": str(out), **seen}, str(found.report(out)))


@app.command()
@options(Scoring)
def predict(
    folder: Annotated[str, typer.Argument(metavar="[RUN]", help="A finished run; none with --champion.")],
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="New customers or events: a file, or ADDRESS::TABLE.")
    ] = None,
    *,
    out: Annotated[str, typer.Option(help="CSV or Parquet file, or a table such as scores.duckdb::june.")],
    as_of: AsOf = None,
    plugins: Allow = False,
    scoring: Scoring,
) -> None:
    """Score new customers: key, rank, probabilities or value, expected gain, decision, reasons."""
    from custpred.monitoring.registry import scored_by
    from custpred.report._text import Text
    from custpred.results.scored_file import limits, score_file
    from custpred.source._reading.addresses import redacted

    run_folder, new = scored_by(scoring.champion, folder, data, "predict")
    required = limits(scoring.max_drift, scoring.require)
    result = cp.load(run_folder, plugins=plugins)
    notes = score_file(result.predictor, new, out, scoring.reasons, as_of, required)
    say = Text.of(result.record)
    for note in notes:
        typer.echo(f"{note.code} {say.message(note.text)}", err=True)
    emit({"out": redacted(out), "run": str(run_folder), "notes": [vars(each) for each in notes]}, redacted(out))


@app.command()
def leaderboard(folder: RunPath) -> None:
    """Print the models of a run, best first."""
    from custpred.results.terminal import board_table

    result = cp.load(folder)
    if for_people():
        board_table(result.record)
    else:
        emit({"metric": result.record.metric, "models": result.leaderboard().to_dict("records")})


@app.command()
@options(Explaining)
def explain(
    folder: RunPath,
    key: Annotated[str, typer.Option(help="The customer's id.")],
    data: Annotated[Path | None, typer.Option(help="Table to look in; the run's own if left out.")] = None,
    as_of: AsOf = None,
    plugins: Allow = False,
    *,
    explaining: Explaining,
) -> None:
    """Say why a customer gets the score, in percentage points that add up."""
    from custpred.inference.customer_card import explained, lines
    from custpred.report._customer import customer_html
    from custpred.report._text import Text
    from custpred.storage.files import write

    result = cp.load(folder, plugins=plugins)
    found = explained(result.predictor, key, data, as_of, explaining.top)
    if explaining.html is not None:
        write(explaining.html, customer_html(found, result.record))
        emit({"html": str(explaining.html), **found}, str(explaining.html))
    else:
        emit(found, *lines(found, Text.of(result.record)))


@app.command()
@options(Reading)
def gates(
    folder: RunPath,
    data: Annotated[Path | None, typer.Option(help="Table to look in; the run's own if left out.")] = None,
    as_of: AsOf = None,
    plugins: Allow = False,
    *,
    reading: Reading,
) -> None:
    """Show a trained LSTM or GRU on one customer: its gates and states at every step."""
    from custpred.report._text import Text
    from custpred.training._figures.network_diagnostics import strip
    from custpred.training._figures.network_gates import lines, reader, requested_row

    result = cp.load(folder, plugins=plugins)
    frame = requested_row(result.predictor, (reading.key, reading.row, reading.text), data, as_of)
    network = reader(result.predictor, folder, reading.model)
    found = strip(network, frame)
    emit(found, *lines(found, Text.of(result.record)))


@app.command()
def report(folder: RunPath, out: Annotated[Path, typer.Option(help="HTML, .md or .json file to write.")]) -> None:
    """Write the report of a run again."""
    emit({"report": str(out)}, str(cp.load(folder).report(out)))


agents.add(app)
dashboard.add(app)
guide.add(app)
monitoring.add(app)
serving.add(app)


@command()
def main() -> None:
    """Run the command line; known errors become one paragraph and an exit code."""
    sys.exit(ended(app, hoisted(sys.argv[1:])))


script = partial(run_alone, main)

if __name__ == "__main__":
    script()
