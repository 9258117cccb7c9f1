"""What commands of the command line share: how they begin, and how they end at a bug."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from custpred.scratch import sweep
from custpred.signals import stoppable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def command() -> Iterator[None]:
    """Remove what killed commands left in the temporary folder; end on SIGTERM and SIGHUP as on Ctrl-C."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them reads every package's metadata
    sweep()
    with stoppable():
        yield


def show_version(wanted: bool) -> None:
    """Print the version and exit, where it is asked for."""
    if wanted:
        from custpred import __version__

        typer.echo(f"custpred {__version__}")
        raise typer.Exit


def changed(pairs: list[str]) -> dict[str, Any]:
    """Return the values of ``--set PATH=VALUE``.

    Raises
    ------
    RecipeError
        If one has no ``=``.
    """
    from custpred.errors import RecipeError
    from custpred.recipe.file import scalar

    wrong = [f"--set {pair!r} CP1112 wanted PATH=VALUE, such as budget.time=60s." for pair in pairs if "=" not in pair]
    if wrong:
        raise RecipeError(wrong)
    return {key: scalar(value) for key, _, value in (pair.partition("=") for pair in pairs)}


def bug(error: Exception) -> str:
    """Write the traceback, which holds no data, to a file, and say where it is."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="custpred-bug-", suffix=".txt", delete=False) as file:
        file.writelines(traceback.format_tb(error.__traceback__))
        file.write(f"{type(error).__name__}\n")
    return f"CP9000 a bug of ours: {type(error).__name__}. Please report it with the file {file.name}."
