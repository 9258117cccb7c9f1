"""Comparison of the final model with the measured one, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Note, Prose
from custpred.text import finite, listed

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.final import Final
    from custpred.results.record import Record


def handed(record: Record, say: Text) -> list[Block]:
    """Return what the final model was trained on, and how far it agrees with the measured one."""
    final = record.final
    if final is None:
        return []
    measured = say.count(final.measured, "row")
    if not final.refitted:
        text = say(
            "The final model is the measured one, of {measured}, and was not trained on the test rows: {why}.",
            measured=measured,
            why=_why(final, say),
        )
        return [Note(text, "warning")]
    if final.rows > record.data.rows:
        return [Prose(_of_table(final, measured, say)), *_agreement(record, final, say)]
    text = say(
        "The final model has the same configurations, weights and calibration, refitted to all {rows} with a label;"
        " every figure in this report is for the model of {measured}.",
        rows=say.count(final.rows, "row"),
        measured=measured,
    )
    return [Prose(text), *_agreement(record, final, say)]


def _of_table(final: Final, measured: str, say: Text) -> str:
    """Return what was fitted to all rows of a table of which the run read a sample."""
    rows = say.count(final.rows, "row")
    text = say(
        "The table is larger than the memory: the cluster refitted the members of the final model to {rows}.", rows=rows
    )
    if final.on_sample:
        text += " " + say("{names} keep their fits to the sample.", names=listed(final.on_sample))
    last = say(
        "Options, weights and calibration are those of the sample, and every figure in this report is for the model of"
        " {measured}.",
        measured=measured,
    )
    return f"{text} {last}"


def _why(final: Final, say: Text) -> str:
    known = {
        "late": say("there was no time for it; a larger budget helps"),
        "interrupted": say("the run was interrupted before it could"),
        "failed": say("a fit to all rows failed, and log.jsonl says why"),
        "apart": say("refitted to all rows, it ranked the test rows too differently"),
    }
    return known.get(final.reason, final.reason)


def _agreement(record: Record, final: Final, say: Text) -> list[Block]:
    """Return how far both models agree on test rows; nothing if none were compared."""
    if not final.compared:
        return []
    apart = final.difference
    difference = say.number(apart) if record.task.kind == "regression" else say.points(apart).lstrip("+")
    words = {"n": say.count(final.compared, "test row"), "difference": difference}
    text = say("On {n} that neither was trained on, their predictions differ by {difference} on average.", **words)
    if finite(final.agreement):
        rank = say.number(final.agreement, 2)
        text += " " + say("They rank these rows alike, with Spearman's correlation of {rank}.", rank=rank)
    return [Prose(text)]
