"""Gates and states of a network on an example, as heat strips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid, Heading, Prose

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.storage.plain import JSON

PART = 6
"""Maximum steps of a heat strip in one row."""
LEGEND = {
    "forget": "Forget controls how much of the cell is kept.",
    "input": "Input controls how much of the candidate is written to it.",
    "output": "Output controls how much of the cell becomes the hidden state.",
    "reset": "Reset controls how much of the old state the candidate uses.",
    "update": "Update keeps the old state where it is near 1, and takes the candidate where it is near 0.",
    "candidate": "The candidate is the proposed new content, here without its sign.",
    "cell": "The cell is the content kept from step to step, here without its sign.",
    "hidden": "The hidden state is what the network knows after the step, here without its sign.",
}
"""Explanations of gates and states."""
NEWEST = "The newest step is on the right."


def gates(strip: JSON, say: Text) -> list[Block]:
    """Return the gates of one example as heat strips, with events or words below."""
    if not strip:
        return []
    text = say(
        "{name} reads a made-up customer, with the median of every number or with informative words: a fuller colour "
        "is a larger value.",
        name=strip["model"],
    )
    legend = " ".join(say(LEGEND[name]) for name in strip["rows"] if name in LEGEND)
    more = say("'custpred gates RUN' shows a customer: by --key, by --row, or by --text.")
    parts = [_heat(strip, first, say) for first in range(0, len(strip["steps"]), PART)]
    return [Heading(say("Gates at work")), Prose(f"{text} {legend}", "says"), Prose(more), *parts]


def _heat(strip: JSON, first: int, say: Text) -> Chart:
    names, place = list(strip["rows"]), slice(first, first + PART)
    steps = strip["steps"][place]
    events = any(" " in step for step in strip["steps"])
    numbers = [str(first + 1 + j) for j in range(len(steps))]
    columns = numbers if events else steps
    labels = [f"{number}: {step}" for number, step in zip(numbers, steps, strict=True)] if events else steps
    values = [strip["rows"][name][place] for name in names]
    data = {"rows": [say(name) for name in names], "columns": columns, "values": values, "format": "score"}
    grid = Grid((say("Step"), *(say(name) for name in names)), tuple(zip(labels, *values, strict=True)))
    last = first + len(steps)
    title = say(
        "Gates of {name}, steps {first} to {last}, mean of its units", name=strip["model"], first=first + 1, last=last
    )
    text = "The newest step is on the right; the table has the content of each." if events else NEWEST
    return Chart("heat", title, say(text), data, grid)
