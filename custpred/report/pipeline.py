"""From the table to the model: all steps of preparation, and their changes to training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Absent, Chart, Grid, Group, Prose
from custpred.report._stages import at_work, stations
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

MOST = 4
"""Maximum number of preparations shown, as models may need different ones."""


class Pipeline(Section):
    """Imputation, outliers, features, resampling and model, with counts before and after."""

    title = "From table to model"
    order = 52
    readers = frozenset({"analyst", "operations", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the preparation of the members with the largest weight, and the others folded."""
        say = Text.of(record)
        shown = [each for each in record.pipelines if each["stages"]][:MOST]
        if not shown:
            return [Absent(say("The model needs no preparation of its rows."))]
        text = say(
            "Each step is learned from the training rows of a fold; these are the numbers of the first. New customers "
            "go through the same steps, but none of them is ever removed or made up."
        )
        others = (
            Group(
                tuple(_preparation(each, record, say)),
                "fold",
                say("Steps for {models}", models=_models(each, say)),
            )
            for each in shown[1:]
        )
        return [
            Prose(_summary(shown[0], say), "says"),
            Prose(text, "so"),
            *_preparation(shown[0], record, say),
            *others,
        ]


def _models(own: JSON, say: Text) -> str:
    return say.listed(own["models"], 3)


def _summary(own: JSON, say: Text) -> str:
    first, last = own["stages"][0], own["stages"][-1]
    return say(
        "For {models}, {before} and {of} become {columns} and {rows}.",
        models=_models(own, say),
        columns=say.count(last["columns"][1], "column"),
        rows=say.count(last["rows"][1], "training row"),
        before=say.count(first["columns"][0], "column"),
        of=say.count(first["rows"][0], "training row"),
    )


def _preparation(own: JSON, record: Record, say: Text) -> list[Block]:
    """Return a preparation's flow chart, and charts of values, limits and classes."""
    found = stations(own, record, say)
    heads = tuple(say(name) for name in ("Stage", "What it did", "Columns", "Rows"))
    grid = Grid(heads, tuple(found), formats=("text", "text", "count", "count"))
    sizes = [
        say("{columns}, {rows}", columns=say.count(columns, "column"), rows=say.count(rows, "row"))
        for _, _, columns, rows in found
    ]
    data: JSON = {"labels": [each[0] for each in found], "details": [each[1] for each in found], "notes": sizes}
    text = say("From top to bottom; on the right, columns and training rows after the step.")
    picture = Chart("flow", say("What happens to the rows of {models}", models=_models(own, say)), text, data, grid)
    return [picture, *at_work(own["stages"], record, say)]
