"""The reference of commands, ``llms.txt`` and the skill file, from the command line's help."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo

from custpred.errors import EXIT_BUDGET, EXIT_BUG, EXIT_DONE, EXIT_FAULT, EXIT_INTERRUPT, EXIT_REQUIREMENT
from custpred.results.json_output import SCHEMA
from custpred.storage.files import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer import Typer

ENDS = {
    EXIT_DONE: "done",
    EXIT_BUG: "a bug of custpred",
    EXIT_FAULT: "an error in the recipe, the data or the command line",
    EXIT_REQUIREMENT: "a requirement was not met",
    EXIT_BUDGET: "no model: the budget was spent, or only a baseline was kept",
    EXIT_INTERRUPT: "interrupted; the best model so far is saved",
}
"""Exit codes in words."""
_MADE = "Generated from the commands' help by `make docs`; do not edit."


@dataclass(frozen=True)
class Words:
    """An argument or an option: its spelling, meaning and default."""

    written: str
    means: str
    default: str
    required: bool
    argument: bool


@dataclass(frozen=True)
class Command:
    """A command with its summary, its arguments in order, and its options."""

    name: str
    summary: str
    words: tuple[Words, ...]

    @property
    def usage(self) -> str:
        """Return the usage: arguments and required options.

        >>> path, out = Words("RUN", "", "", True, True), Words("--out PATH", "", "", True, False)
        >>> Command("report", "Write.", (path, out)).usage
        'custpred report RUN --out PATH'
        """
        needed = [each.written for each in self.words if each.argument or each.required]
        return " ".join(["custpred", self.name, *needed])


def commands(app: Typer) -> tuple[Command, ...]:
    """Return the commands of a typer application, in the order of its help."""
    return tuple(_command(each.name, each.callback) for each in app.registered_commands if each.callback is not None)


def _command(name: str | None, function: Callable[..., object]) -> Command:
    hints = get_type_hints(function, include_extras=True)
    words = [_words(each, hints[each.name]) for each in inspect.signature(function).parameters.values()]
    summary = " ".join((function.__doc__ or "").partition("\n\n")[0].split())
    return Command(name or function.__name__.replace("_", "-"), summary, tuple(words))


def _words(parameter: inspect.Parameter, hint: Any) -> Words:
    kind, mark = get_args(hint)
    argument, required = isinstance(mark, ArgumentInfo), parameter.default is parameter.empty
    value = mark.metavar or _value(kind)
    named = [*(mark.param_decls or ()), mark.default, f"--{parameter.name.replace('_', '-')}"]
    option = next(each for each in named if isinstance(each, str) and each.startswith("--"))
    written = (mark.metavar or parameter.name.upper()) if argument else option if kind is bool else f"{option} {value}"
    plain = isinstance(parameter.default, str | int | float | Path) and not isinstance(parameter.default, bool)
    return Words(written, mark.help or "", str(parameter.default) if plain else "", required, argument)


def _value(kind: Any) -> str:
    """Return the notation of a value: a Literal's choices, or the type in capital letters."""
    inner = get_args(kind)
    if get_origin(kind) is Literal:
        return "|".join(inner)
    first = next((each for each in inner if each is not NoneType), kind)
    return {str: "TEXT", int: "N", float: "NUMBER", Path: "PATH"}.get(first, "VALUE")


def put(app: Typer, docs: Path) -> None:
    """Write the reference of commands, the skill file and ``llms.txt``, which lists the pages."""
    write(docs / "reference" / "cli.md", cli_markdown(app))
    write(docs / "skill" / "SKILL.md", skill(app))
    write(docs / "llms.txt", llms(app, docs))


def cli_markdown(app: Typer) -> str:
    """Return ``docs/reference/cli.md``."""
    head = [f"# Commands\n\n{_MADE}\n", "`python -m custpred` is the same as `custpred`.\n"]
    head.append("Every command also takes `--json` ([JSON output](../json.md)), `--quiet` and `--log json`.\n")
    head += ["| exit code | means |\n|---|---|", *(f"| {code} | {words} |" for code, words in ENDS.items()), ""]
    return "\n".join([*head, *(line for each in commands(app) for line in _section(each))])


def _section(command: Command) -> Iterator[str]:
    yield f"## {command.name}\n\n{command.summary}\n\n```text\n{command.usage}\n```\n"
    if command.words:
        yield "| argument or option | means | default |\n|---|---|---|"
        for each in command.words:
            cells = (f"`{each.written}`", each.means.replace("<", "&lt;"), each.default and f"`{each.default}`")
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""


def llms(app: Typer, docs: Path) -> str:
    """Return ``llms.txt``: what custpred is, every page of the documentation, every command."""
    pages = [f"- [{title}]({path}): {text}" for path, title, text in _pages(docs)]
    calls = [f"- `{each.usage}`: {each.summary}" for each in commands(app)]
    head = f"# custpred\n\n> {app.info.help}\n"
    more = f"With `--json`, each command prints one JSON object (`{SCHEMA}`).\n"
    return "\n".join([head, more, "## Pages\n", *pages, "\n## Commands\n", *calls, ""])


def _pages(docs: Path) -> Iterator[tuple[str, str, str]]:
    """Yield path, title and first sentence of each page."""
    for path in sorted(docs.rglob("*.md")):
        text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text("utf-8"), flags=re.DOTALL)
        title = re.search(r"^# (.+)$", text, re.MULTILINE)
        prose = re.search(r"^(?![#|`!<:\-\s]|Made from)(.+?(?:\.(?=\s)|:(?=\n)|\n\n))", text, re.MULTILINE | re.DOTALL)
        if title is not None:
            first = " ".join(prose[1].split()) if prose else title[1]
            yield path.relative_to(docs).as_posix(), title[1], re.sub(r"\]\([^)]*\)|\[", "", first)


def skill(app: Typer) -> str:
    """Return the skill file: how an agent works with custpred, with every command and exit code."""
    calls = [f"| `{each.usage}` | {each.summary.replace('|', chr(92) + '|')} |" for each in commands(app)]
    ends = [f"| {code} | {words} |" for code, words in ENDS.items()]
    return "\n".join([_SKILL.format(made=_MADE, schema=SCHEMA), _ENDS, *ends, _CALLS, *calls, ""])


_SKILL = """---
name: custpred
description: Predict what customers do (churn, response, spend, next purchase, sentiment) from a table, events or texts
  with the custpred command line. For tables with one row per customer, order tables and reviews.
---

# custpred for agents

{made}

Work in this order. Pass `--json` to every command: stdout is then one object (`{schema}`) with `exit_code`, `result`,
`warnings` and `errors`; each error has a code, its place, the value found and a remedy. Apply the remedy and call
again.

1. `custpred profile DATA --target COLUMN --out profile.html`: read the findings of severity `alarm` first. A column
   that gives the target away (a leak) goes under `drop`.
2. `custpred new DATA --target COLUMN --out recipe.yaml`: a draft with inferred values and reasons. Correct it.
3. `custpred check recipe.yaml`: all mistakes, before any row is read.
4. `custpred run recipe.yaml --set budget.time=60s --out run`: the score with its interval, and the report's path.
5. `custpred leaderboard run`: report it if the best model is not better than a baseline (`dummy`,
   `rule`) by more than chance.
6. `custpred predict run NEW --out scores.csv`: rank, probability, decision and reasons of each customer.

Rules: report the test score with its interval, never the best fold. Do not show a customer's row to anybody who did not
ask for it. A result with `fallback: true` holds a baseline, not a model: increase the budget. `custpred mcp`
offers the same steps as tools, without raw rows."""
_ENDS = "\n## Exit codes\n\n| code | means |\n|---|---|"
_CALLS = "\n## Commands\n\n| call | does |\n|---|---|"
