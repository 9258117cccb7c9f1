"""Shared parts of the commands: startup, common options, and error handling."""

from __future__ import annotations  # light: imports inside functions are deliberate

import atexit
import gc
import inspect
import os
import sys
import warnings
from contextlib import contextmanager, suppress
from dataclasses import MISSING, dataclass, field, fields
from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, get_type_hints

import typer

from custpred import __version__
from custpred.engine._signals import stoppable
from custpred.errors import EXIT_BUDGET, EXIT_INTERRUPT, EXIT_REQUIREMENT, CustpredWarning, Interrupted, RecipeError
from custpred.results.json_output import called, emit, fault, faults, note
from custpred.storage.scratch import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from custpred.results.progress import Progress
    from custpred.results.record import Requirement
    from custpred.results.result import Result
    from custpred.storage.plain import JSON


Host = Annotated[str, typer.Option(help="Address to listen at; other than 127.0.0.1 only with a token.")]
Port = Annotated[int, typer.Option(min=1024, max=65535, help="Port to listen at.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
StoppedPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that was stopped.")]


@contextmanager
def command() -> Iterator[None]:
    """Remove temporary files of killed commands; handle SIGTERM and SIGHUP like Ctrl-C.

    Our own warnings are lines on stderr.
    """
    sweep()
    with stoppable(), warnings_shown():
        yield


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Print custpred's warnings at once, one line each on stderr; others keep Python's format."""
    others = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, CustpredWarning):
            from custpred.text import plain

            line = plain(message, 2000)
            say(line)
            note(line)
        else:
            others(message, category, *place, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", CustpredWarning)
        warnings.showwarning = show
        yield


def say(text: str) -> None:
    """Print a line on stderr, unless the terminal has been closed."""
    with suppress(OSError):
        typer.echo(text, err=True)


def show_version(wanted: bool) -> None:
    """Print the version and exit, if requested."""
    if wanted:
        typer.echo(f"custpred {__version__}")
        raise typer.Exit


@contextmanager
def working() -> Iterator[Progress]:
    """Show progress; after Ctrl-C exit with 130, for which ``ended`` prints the cause."""
    from custpred.results.terminal import shown

    try:
        with shown() as progress:
            yield progress
    except Interrupted as stopped:
        for each in faults(stopped):
            fault(f"{each['code']} {each['message']}", **each)
        raise typer.Exit(EXIT_INTERRUPT) from stopped


def finish(result: Result) -> NoReturn:
    """Print the report's path; exit 4 if only a baseline was kept, 3 if a requirement failed."""
    missed = misses(result.record.requirements)
    emit(ran(result), str(result.folder / "report.html"))
    raise typer.Exit(EXIT_BUDGET if result.record.fallback else EXIT_REQUIREMENT if missed else 0)


def ran(result: Result) -> JSON:
    """Return the JSON output of a finished run."""
    record, folder = result.record, result.folder
    score = record.test.get(record.metric)
    return {
        "name": record.name,
        "folder": str(folder),
        "report": str(folder / "report.html"),
        "metric": record.metric,
        "score": vars(score) if score else None,
        "fallback": record.fallback,
        "requirements": [vars(each) for each in record.requirements],
    }


def misses(requirements: Iterable[Requirement]) -> bool:
    """Say on stderr which requirements are missed; return whether any is."""
    missed = [each for each in requirements if not each.met]
    for each in missed:
        found = "but it could not be measured" if isnan(each.found) else f"found {each.found:.4g}"
        say(line := f"CP4103 required {each.name} {each.wanted}, {found}")
        fault(line, key=each.name, found=each.found)
    return bool(missed)


def begin(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress; with every command.")] = False,
    log: Annotated[
        Literal["text", "json"], typer.Option(help="How progress is shown on stderr; with every command.")
    ] = "text",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout, errors too; with every command.")
    ] = False,
) -> None:
    """AutoML for customer prediction: one recipe in, an honest report and a model out."""
    from custpred.results.terminal import STYLE

    called(context.invoked_subcommand)
    before = STYLE.set("quiet" if quiet else "json" if log == "json" else "auto")
    context.call_on_close(partial(STYLE.reset, before))  # a caller in this process keeps its own style


def hoisted(words: list[str]) -> list[str]:
    """Return a command line with the global options moved to the front, wherever they were written.

    >>> hoisted(["run", "x.yaml", "--log", "json", "--quiet"])
    ['--log', 'json', '--quiet', 'run', 'x.yaml']
    """
    first: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*first, *rest, word, *left]
        if word == "--log":
            first += [word, *([value] if (value := next(left, None)) is not None else [])]
        else:
            (first if word in {"--quiet", "--json"} or word.startswith("--log=") else rest).append(word)
    return [*first, *rest]


def changed(pairs: list[str]) -> JSON:
    """Return the values of ``--set PATH=VALUE``.

    Raises
    ------
    RecipeError
        If one has no ``=``.
    """
    from custpred.recipe.file import scalar

    wrong = [
        f"--set {pair!r} CP1112 expected PATH=VALUE, such as budget.time=60s." for pair in pairs if "=" not in pair
    ]
    if wrong:
        raise RecipeError(wrong)
    return {key: scalar(value) for key, _, value in (pair.partition("=") for pair in pairs)}


@dataclass(frozen=True)
class Scoring:
    """The options of ``predict`` that say what is scored, and what is required of the rows."""

    reasons: Annotated[str, typer.Option(metavar="WHOM", help="chosen, all, none; or how many: 0 to 10.")] = "chosen"
    max_drift: Annotated[
        float | None, typer.Option(min=0, help="Stability index against training at most; else exit code 3.")
    ] = None
    champion: Annotated[
        str | None, typer.Option(metavar="NAME", help="Score with the run in use of this recipe, instead of RUN.")
    ] = None
    require: Annotated[
        list[str], typer.Option(metavar="RULE", help="Required of the rows: 'unseen <= 0.01'. May be repeated.")
    ] = field(default_factory=list)


@dataclass(frozen=True)
class Explaining:
    """The options of ``explain`` that say how much is shown, and in which form."""

    top: Annotated[int, typer.Option(min=0, help="Reasons that are listed one by one; 0: all.")] = 8
    html: Annotated[Path | None, typer.Option(help="HTML file to write: the customer's card.")] = None


@dataclass(frozen=True)
class Reading:
    """The options of ``gates`` that say whose row is read, by which network."""

    key: Annotated[str | None, typer.Option(help="The customer's id.")] = None
    row: Annotated[int | None, typer.Option(metavar="N", help="A row of the table, counted from 1.")] = None
    text: Annotated[str | None, typer.Option(help="A text, where the run has one text column.")] = None
    model: Annotated[
        str | None, typer.Option(metavar="KIND", help="lstm, gru or rnn, also where the blend gave it no weight.")
    ] = None


def options(kind: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the fields of a dataclass as options, passed together as its last argument."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own, more = get_type_hints(function, include_extras=True), get_type_hints(kind, include_extras=True)
        *first, last = inspect.signature(function).parameters.values()

        def called(**given: object) -> None:
            made = kind(**{each.name: given.pop(each.name) for each in fields(kind)})
            function(**given, **{last.name: made})

        every = [each.replace(annotation=own[each.name], kind=each.KEYWORD_ONLY) for each in first]
        every += [_parameter(each, more[each.name]) for each in fields(kind)]
        named: Any = called
        named.__name__, named.__doc__ = function.__name__, function.__doc__
        named.__signature__ = inspect.Signature(every)
        named.__annotations__ = {each.name: each.annotation for each in every}
        return called

    return decorate


def _parameter(each: Any, annotation: object) -> inspect.Parameter:
    """Return a field of a dataclass as a parameter of a function."""
    default = each.default if each.default_factory is MISSING else each.default_factory()
    return inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def run_alone(main: Callable[[], None]) -> NoReturn:
    """Run ``main`` as the whole process; exit after its exit handlers, without freeing memory.

    That saves half a second of processor time (mypy's command does the same).
    """
    code: object = 0
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # scanning for them is slow
    gc.set_threshold(50_000)  # imports make many objects and no garbage
    try:
        main()
    except SystemExit as end:
        code = end.code
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)
