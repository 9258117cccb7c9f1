"""Description of the steps of a preparation, with charts of changed values, limits and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Chart, Grid, Group
from custpred.report._reading import interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

BARS = 12
STEPS = {
    "missing": "Missing values",
    "outliers": "Outliers",
    "": "Feature",
    "fill": "Filled for resampling",
    "resample": "Resampling",
    "levels": "Codes to 0/1 columns",
    "encode": "Categories to numbers",
    "matrix": "Numbers for the model",
}
"""Display names of steps, in order; all others are features."""
SILENT = ("fill", "levels", "matrix")
"""Internal steps, shown only if they change something."""
KEYS = ("missing", "outliers", "resample")
"""Keys of the recipe that are shown even if they change nothing."""
ACTIONS = {"clip": "{n} clipped", "flag": "{n} flagged", "remove": "{n} found"}


def stations(own: JSON, record: Record, say: Text) -> list[tuple[str, str, int, int]]:
    """Return the steps from table to model as (name, effect, columns after, rows after)."""
    columns, rows = own["stages"][0]["columns"][0], own["stages"][0]["rows"][0]
    left = record.data.columns - columns
    text = say("{n} left out, see the choices", n=say.count(left, "column")) if left > 0 else ""
    found = [(say("Training rows of one fold"), text, columns, rows)]
    for stage in _complete(own["stages"], record):
        if stage["step"] in SILENT and not list(_changes(stage, say)):
            continue
        columns, rows = stage["columns"][1], stage["rows"][1]
        name = say(STEPS.get(stage["step"], STEPS[""]))
        found.append((name, _did(stage, say), columns, rows))
    return [*found, (say("Model"), say.listed(own["models"], 3), columns, rows)]


def _complete(stages: Sequence[JSON], record: Record) -> Iterator[JSON]:
    """Yield the steps, including the recipe's choices that change nothing."""
    there = {stage["step"] for stage in stages}
    idle = [{"step": key, "kind": _kind(record.lock.get(key))} for key in KEYS if key not in there]
    places = list(STEPS)
    columns, rows = stages[0]["columns"], stages[0]["rows"]
    now = {"columns": [columns[0]] * 2, "rows": [rows[0]] * 2}
    for stage in sorted([*stages, *idle], key=lambda each: places.index(each["step"] if each["step"] in STEPS else "")):
        now = {key: stage.get(key, [size[1]] * 2) for key, size in now.items()}
        if stage.get("kind"):
            yield {**stage, **now}


def _kind(choice: object) -> str:
    return str(choice.get("kind", "")) if isinstance(choice, dict) else str(choice or "")


def _did(stage: JSON, say: Text) -> str:
    """Return a step's kind and its changes; internal kinds are not shown."""
    changes = list(_changes(stage, say)) or [say("nothing changed")]
    kind = "" if stage["kind"].startswith("_") else f"{stage['kind']}: "
    return kind + ", ".join(changes)


def _changes(stage: JSON, say: Text) -> Iterator[str]:
    filled = stage.get("filled") or {}
    if filled:
        text = "{n} filled in {columns}"
        count = sum(count for count, _ in filled.values())
        yield say(text, n=say.count(count, "missing value"), columns=say.count(len(filled), "column"))
    beyond = sum(limits[2] for limits in (stage.get("limits") or {}).values())
    if beyond:
        yield say(ACTIONS[stage["action"]], n=say.count(beyond, "outlying value"))
    for key, noun in (("rows", "row"), ("columns", "column")):
        before, after = stage[key]
        if after != before:
            yield say("{n} added" if after > before else "{n} removed", n=say.count(abs(after - before), noun))


def at_work(stages: Sequence[JSON], record: Record, say: Text) -> Iterator[Block]:
    """Yield charts of imputed values, of values beyond limits, and of classes."""
    for stage in stages:
        if stage.get("filled"):
            yield _filled(stage, say)
        if stage.get("limits"):
            yield _limits(stage, say)
        if stage.get("classes"):
            yield _classes(stage, record, say)


def _filled(stage: JSON, say: Text) -> Block:
    """Return the missing values by column, and their replacements."""
    rows = stage["rows"][0]
    cells = tuple(
        (name, count, count / max(rows, 1), say.message(word)) for name, (count, word) in stage["filled"].items()
    )
    heads = (say("Column"), say("Missing values"), say("Share"), say("Became"))
    grid = Grid(heads, cells, formats=("text", "count", "percent", "text"))
    brief = [f"{say.count(count)} ({say.percent(share)})" for _, count, share, _ in cells[:BARS]]
    notes = [f"{count} → {word}" for count, (*_, word) in zip(brief, cells, strict=False)]
    data = {
        "labels": [each[0] for each in cells[:BARS]],
        "values": [each[2] for each in cells[:BARS]],
        "notes": notes,
        "brief": brief,
        "top": 1.0,
    }
    title = say("Missing values filled: {step}", step=_called(stage, say))
    text = say("Bars: share of the fold's training rows. On the right, what a missing value became.")
    return Chart("bars", title, text, data, grid)


def _limits(stage: JSON, say: Text) -> Block:
    """Return the limits by column: a chart if values are beyond any, else a folded table."""
    rows = stage["rows"][0]
    cells = tuple((name, *limits, limits[2] / max(rows, 1)) for name, limits in stage["limits"].items())
    heads = tuple(say(name) for name in ("Column", "Lower limit", "Upper limit", "Values beyond", "Share"))
    grid = Grid(heads, cells, formats=("text", "number", "number", "count", "percent"))
    top = [each for each in cells if each[3]][:BARS]
    kind = stage["kind"]
    if not top:
        return Group(
            (grid,),
            "fold",
            say("No value is beyond the limits by {kind}: {n}", kind=kind, n=say.count(len(cells), "column")),
        )
    between = [interval(say, low, high, "number") for _, low, high, _, _ in top]
    notes = [
        say("{n} ({share}) beyond {ends}", n=say.count(each[3]), share=say.percent(each[4]), ends=ends)
        for each, ends in zip(top, between, strict=True)
    ]
    data = {"labels": [each[0] for each in top], "values": [each[4] for each in top], "notes": notes}
    title = say("Values beyond the limits by {kind}", kind=kind)
    text = say("Bars: share of the fold's training rows. On the right, the limits, learned from these rows alone.")
    return Chart("bars", title, text, data, grid)


def _classes(stage: JSON, record: Record, say: Text) -> Block:
    """Return the number of rows by class before and after the step."""
    before, after = stage["classes"]
    cells = tuple(zip(record.task.labels, before, after, strict=False))
    grid = Grid((say("Class"), say("Before"), say("After")), cells, formats=("text", "count", "count"))
    pairs = [
        (f"{label}: {say(when)}", count)
        for label, *counts in cells
        for when, count in zip(("before", "after"), counts, strict=True)
    ]
    data = {
        "labels": [name for name, _ in pairs],
        "values": [count for _, count in pairs],
        "faint": [place % 2 == 0 for place in range(len(pairs))],
        "format": "count",
    }
    title = say("Classes before and after: {step}", step=_called(stage, say))
    text = say("Training rows of each class. Probabilities are brought back to the true shares afterwards.")
    return Chart("bars", title, text, data, grid)


def _called(stage: JSON, say: Text) -> str:
    """Return the kind of a step, or its name if the kind is internal."""
    kind = stage["kind"]
    return say(STEPS.get(stage["step"], STEPS[""])) if kind.startswith("_") else str(kind)
