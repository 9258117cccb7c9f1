"""Purpose and origin of the model, and privacy: nothing leaves this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.dashboard.launch import served
from custpred.report._blocks import Code, Note, Prose
from custpred.report._page import OF_QUESTION, page

if TYPE_CHECKING:
    from custpred.dashboard._views.frame import View
    from custpred.report._blocks import Block


def show(view: View) -> None:
    """Show the model card, and the equivalent commands."""
    say, record = view.say, view.record
    shown = page(record, only=OF_QUESTION)
    blocks: list[Block] = [Prose(shown.subtitle), *(block for part in shown.parts for block in part.blocks)]
    folder = served[0].result.folder
    commands = [f"custpred predict {folder} NEW.csv --out scores.csv", f"custpred explain {folder} --key ID"]
    commands.append(f"custpred report {folder} --out report.html")
    private = say(
        "Everything stays on this machine: no usage statistics are sent, and files to score are kept only while read."
    )
    kept = say("The run's folder 'dashboard' contains customer data; if deleted, it is created again.")
    blocks += [
        Note(private, "info"),
        Note(kept, "info"),
        Code("\n".join(commands), say("The same on the command line")),
    ]
    view.draw(*blocks)
