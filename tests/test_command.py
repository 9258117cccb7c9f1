"""Options of the command line that are passed as one argument."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from custpred.command import Scoring, begin, options
from custpred.results.terminal import STYLE


def test_fields_of_a_dataclass_become_options() -> None:
    """The command gets its own parameters, and a dataclass of the options with their defaults."""
    got: list[tuple[str, Scoring]] = []
    app = typer.Typer()

    @app.command()
    @options(Scoring)
    def ask(name: str, *, scoring: Scoring) -> None:
        """Ask."""
        got.append((name, scoring))

    run = CliRunner().invoke
    assert run(app, ["a", "--max-drift", "0.2", "--require", "rows > 1", "--require", "psi < 1"]).exit_code == 0
    assert run(app, ["b"]).exit_code == 0
    assert run(app, ["c", "--max-drift", "-1"]).exit_code == 2
    assert got == [("a", Scoring(max_drift=0.2, require=["rows > 1", "psi < 1"])), ("b", Scoring())]


@pytest.mark.parametrize("words", [["--quiet"], ["--log", "json"]])
def test_progress_style_ends_with_the_command(words: list[str]) -> None:
    """A command called from Python leaves the process as it was."""
    seen: list[str] = []
    app = typer.Typer()
    app.callback()(begin)
    app.command("look")(lambda: seen.append(STYLE.get()))
    assert CliRunner().invoke(app, [*words, "look"]).exit_code == 0
    assert seen == [words[-1].removeprefix("--")]
    assert STYLE.get() == "auto"
