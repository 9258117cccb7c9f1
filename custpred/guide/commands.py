"""Commands that need no run: kinds, schemas, codes, sample tables."""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from custpred.results.json_output import emit


def add(app: typer.Typer) -> None:
    """Add these commands to an application."""
    app.command(name="list")(list_kinds)
    app.command(name="explain-code")(explain_code)
    for each in (migrate, schema, sample):
        app.command()(each)


def list_kinds(
    folder: Annotated[str | None, typer.Argument(metavar="[KEY]", help="A recipe key, such as models.")] = None,
) -> None:
    """List the keys that take a kind, or the kinds of one key with their options."""
    from custpred.recipe.inspect import kinds, listed

    emit(listed(folder), *kinds(folder))


def migrate(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe file.")],
    out: Annotated[Path | None, typer.Option(help="Recipe file to write; default: overwrite RECIPE.")] = None,
    plugins: Annotated[bool, typer.Option("--plugins", help="Allow user-defined kinds.")] = False,
) -> None:
    """Convert a recipe of an earlier grammar to the current one; comments are kept."""
    from custpred.recipe.migration import migrated
    from custpred.storage.files import write

    text, changes = migrated(recipe, plugins=plugins)
    if changes or out is not None:
        write(out or recipe, text)
    lines = [f"{each['place']} {each['key']} is now {each['now']}" for each in changes]
    emit({"recipe": str(recipe), "out": str(out or recipe), "changes": changes}, *lines, str(out or recipe))


def schema(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the reference in docs/recipe.md instead.")
    ] = False,
    output: Annotated[bool, typer.Option("--output", help="Print the schema of the output of --json instead.")] = False,
) -> None:
    """Print the JSON Schema of recipes, for editors."""
    from custpred.recipe.inspect import schema as recipe_schema
    from custpred.results.output_schema import schema as output_schema

    if markdown:
        from custpred.recipe.reference import markdown as reference

        text = reference()
        emit({"markdown": text}, text.removesuffix("\n"))
    else:
        made = output_schema() if output else recipe_schema()
        emit({"schema": made}, json.dumps(made, ensure_ascii=False, indent=1))


def explain_code(code: Annotated[str, typer.Argument(metavar="CODE", help="A code such as CP1103.")]) -> None:
    """Explain the code of a message."""
    from custpred.recipe.inspect import meaning

    emit({"code": code.upper(), "meaning": meaning(code)}, meaning(code))


def sample(
    name: Annotated[str, typer.Argument(metavar="NAME", help="telecom, shop, reviews, orders or sentences.")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    target: Annotated[
        str | None, typer.Option(help="The outcome to keep, such as churn; default: none, as for new customers.")
    ] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="Number of rows; default: 2000, for reviews 1000.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 7,
) -> None:
    """Write synthetic customers to a CSV file, for experiments."""
    from custpred.source.sample import Sample
    from custpred.storage.files import write

    frame = Sample.of(name, rows, seed).with_outcome(target)
    write(out, frame.to_csv(index=False))
    emit({"out": str(out), "rows": len(frame), "columns": list(frame.columns)}, str(out))
