"""What Ctrl-C says on the command line."""

from __future__ import annotations

import pytest
import typer

from custpred.errors import EXIT_INTERRUPT, Interrupted
from custpred.results.json_output import ended


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (KeyboardInterrupt(), "Interrupted."),
        (Interrupted("The best model so far is saved.", code="CP4130", place="runs/churn"), "runs/churn"),
    ],
)
def test_an_interruption_is_said(raised: BaseException, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 130, and stderr has the message, although typer turns it into an exit."""
    app = typer.Typer()

    @app.command()
    def work() -> None:
        raise raised

    assert ended(app, []) == EXIT_INTERRUPT
    assert said in capsys.readouterr().err


def test_other_exits_stay() -> None:
    """A command's own exit code is passed on."""
    app = typer.Typer()

    @app.command()
    def work() -> None:
        raise typer.Exit(3)

    with pytest.raises(SystemExit) as end:
        ended(app, [])
    assert end.value.code == 3
