"""Output of commands: lines for people, or with ``--json`` one object for programs.

One mechanism for every command: ``emit(result, *lines)``.  The object is the only thing on stdout;
progress and warnings for people stay on stderr.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import io
import json
import re
import sys
import tempfile
import traceback
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import typer

from custpred import __version__
from custpred.errors import EXIT_BUG, EXIT_FAULT, EXIT_INTERRUPT, CustpredError, Interrupted, RecipeError
from custpred.storage.plain import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.storage.plain import JSON

SCHEMA = "custpred.output/1"
"""Name and version of the format; a breaking change increments the number."""
_LINE = re.compile(r"(?:(?P<place>.+?) )??(?P<code>[CD]P?\d{3,4}) (?:(?P<key>[\w.-]+): )?(?P<message>.+)", re.DOTALL)
_FOUND = re.compile(r"\bgot (?P<got>[^ ].*?)\.?$|^(?P<first>'[^']*'|\"[^\"]*\")", re.DOTALL)
_REMEDY = re.compile(r" ?(?P<remedy>(?:Did you mean|Known:|Allow it|Give |Write ).*)$", re.DOTALL)


@dataclass
class Output:
    """The object for programs; ``out`` is the stdout that it is written to.

    >>> made = Output("check", io.StringIO(), {"recipe": "a.yaml"}).plain(0)
    >>> made["schema"], made["command"], made["exit_code"], made["result"], made["errors"]
    ('custpred.output/1', 'check', 0, {'recipe': 'a.yaml'}, [])
    """

    command: str | None
    out: TextIO
    result: JSON | None = None
    warnings: list[JSON] = field(default_factory=list)
    errors: list[JSON] = field(default_factory=list)
    written: bool = False
    aside: io.StringIO = field(default_factory=io.StringIO)
    """Everything that the command printed apart from the object."""

    def plain(self, exit_code: int | None) -> JSON:
        """Return the object; ``exit_code`` is None while the command is running."""
        head: JSON = {"schema": SCHEMA, "custpred": __version__, "command": self.command, "exit_code": exit_code}
        return {**head, "result": self.result, "warnings": self.warnings, "errors": self.errors}

    def write(self, exit_code: int | None = None) -> None:
        """Write the object, once."""
        if not self.written:
            self.written = True
            plain = finite(self.plain(exit_code))
            self.out.write(json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1, default=str) + "\n")
            self.out.flush()


_OUTPUT: ContextVar[Output | None] = ContextVar("output", default=None)


def emit(result: JSON, *lines: str, at_once: bool = False) -> None:
    """Print lines on stdout, or with ``--json`` the object.

    Parameters
    ----------
    result
        Plain data; ``SCHEMA`` guarantees its keys.
    at_once
        Write the object immediately, as for a server, which keeps running.
    """
    own = _OUTPUT.get()
    if own is None:
        for line in lines:
            typer.echo(_encodable(line))
        return
    own.result = result
    if at_once:
        own.write()


def _encodable(line: str) -> str:
    """Return the line with hyphens for minus signs if stdout has none, as in code page 949."""
    minus = "\N{MINUS SIGN}"
    try:
        minus.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return line.replace(minus, "-")
    return line


def for_people() -> bool:
    """Return whether the output is for people, so that tables are not drawn for programs."""
    return _OUTPUT.get() is None


def note(line: str) -> None:
    """Record a warning such as ``CP4114 Only a baseline was kept.``; the caller shows it."""
    own = _OUTPUT.get()
    if own is not None:
        own.warnings.append({name: value for name, value in mistake(line).items() if name in {"code", "message"}})


def fault(line: str, **more: object) -> None:
    """Record an error that does not end the command at once, such as an unmet requirement."""
    own = _OUTPUT.get()
    if own is not None:
        own.errors.append({**mistake(line), **more})


def mistake(line: str) -> JSON:
    """Parse a one-line message into its parts; missing parts are None.

    >>> one = mistake("x.yaml:3:1 CP1103 modles: unknown key. Did you mean 'models'?")
    >>> one["place"], one["code"], one["key"], one["message"], one["remedy"]
    ('x.yaml:3:1', 'CP1103', 'modles', 'unknown key.', "Did you mean 'models'?")
    >>> mistake("x.yaml:4:1 CP1104 seed: must be a valid integer, got 'a'.")["found"]
    "'a'"
    """
    parts = _LINE.fullmatch(line)
    if parts is None:
        return _entry(None, line)
    text, remedy = parts["message"], _REMEDY.search(parts["message"])
    if remedy is not None:
        text = text[: remedy.start()]
    came = _FOUND.search(text)
    found = (came["got"] or came["first"]) if came else parts["key"]
    advice = remedy["remedy"] if remedy else _meaning(parts["code"])
    return _entry(parts["code"], text, place=parts["place"], key=parts["key"], found=found, remedy=advice)


def faults(error: CustpredError) -> list[JSON]:
    """Return the objects of an error: one, or one for each mistake of a recipe."""
    if isinstance(error, RecipeError):
        coded = {"code": error.code, "remedy": _meaning(error.code)}
        return [own if own["code"] else {**own, **coded} for own in map(mistake, error.mistakes)]
    remedy = error.remedy or _meaning(error.code)
    named: JSON = {"place": error.place, "column": error.column, "found": error.found, "remedy": remedy}
    return [_entry(error.code, error.message, **named)]


def envelope(error: CustpredError) -> JSON:
    """Return the complete object of a failed command, for callers without a command line."""
    own = Output(None, io.StringIO(), errors=faults(error))
    return own.plain(error.exit_code)


def ended(app: Any, words: list[str]) -> int:
    """Run a command line; return its exit code.  Known errors are a paragraph, or in the object."""
    if "--json" in words[: words.index("--")] if "--" in words else "--json" in words:
        with _captured() as own:
            code = _code(app, words, own)
        if own.result is None and not code:
            own.result = {"text": own.aside.getvalue()}  # of --help and --version
        own.write(code)
        return code
    try:
        app(args=words)
    except CustpredError as error:
        typer.echo(str(error), err=True)
        return error.exit_code
    except (KeyboardInterrupt, SystemExit) as end:  # typer makes an exit of an interruption
        if isinstance(end, SystemExit) and end.code != EXIT_INTERRUPT:
            raise
        typer.echo(_interruption(end), err=True)
        return EXIT_INTERRUPT
    except Exception as error:  # last resort: no traceback reaches a user, and none is lost
        typer.echo(bug(error), err=True)
        return EXIT_BUG
    return 0


def _interruption(end: BaseException | None) -> str:
    """Return the text of an interruption, which an exit may have as its cause."""
    while end is not None and not isinstance(end, Interrupted):
        end = end.__cause__ or end.__context__
    return str(end or "Interrupted.")


@contextmanager
def _captured() -> Iterator[Output]:
    """Reserve stdout for the object."""
    own = Output(None, sys.stdout)
    mark = _OUTPUT.set(own)
    try:
        with redirect_stdout(own.aside):
            yield own
    finally:
        _OUTPUT.reset(mark)


def _code(app: Any, words: list[str], own: Output) -> int:
    """Run a command and record its errors in the object."""
    try:
        code = app(args=words, standalone_mode=False)
    except CustpredError as error:
        own.errors += faults(error)
        return error.exit_code
    except KeyboardInterrupt:
        code = EXIT_INTERRUPT
    except Exception as error:  # last resort, as in ``ended``
        if hasattr(error, "format_message"):  # raised by typer: the command line is wrong
            own.errors.append(_entry("CP1100", error.format_message(), remedy=_meaning("CP1100")))
            return EXIT_FAULT
        own.errors.append(mistake(bug(error)))
        return EXIT_BUG
    if code == EXIT_INTERRUPT and not own.errors:
        own.errors.append(_entry("CP4130", "Interrupted.", remedy=_meaning("CP4130")))
    return code if isinstance(code, int) else 0


def called(name: str | None) -> None:
    """Record the name of the running command."""
    own = _OUTPUT.get()
    if own is not None:
        own.command = name


def bug(error: Exception) -> str:
    """Write the traceback, which holds no data, to a file; return a message with its path."""
    lines = [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n"]
    message = f"CP9000 a bug of custpred: {type(error).__name__}. Please report it with"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="custpred-bug-", suffix=".txt", delete=False) as file:
            file.writelines(lines)
    except OSError:
        return f"{message} these lines:\n{''.join(lines)}"
    return f"{message} the file {file.name}."


def _entry(code: str | None, message: str, **more: object) -> JSON:
    """Return an error with all keys that the schema guarantees."""
    empty = dict.fromkeys(("place", "key", "column", "found", "remedy"))
    return {"code": code, "message": message.strip(), **empty, **more}


def _meaning(code: str) -> str | None:
    from custpred.recipe.messages import MEANING

    return MEANING.get(code)
