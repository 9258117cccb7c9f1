"""``custpred new``: a commented recipe with values inferred from the data, and reasons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from custpred.source._reading.addresses import moved, named
from custpred.source.base import Source
from custpred.target.base import Target
from custpred.text import listed, plain

if TYPE_CHECKING:
    from custpred.table import Table
    from custpred.task import Task


def draft(data: str | Path, target: str, out: Path | None = None) -> str:
    """Return the text of a recipe for a table.

    Parameters
    ----------
    data
        A file of customers, or ADDRESS::TABLE.
    target
        The column to predict.
    out
        Path of the recipe; the data's path is written relative to it.

    Raises
    ------
    DataError
        If the file cannot be read or has no such column.
    """
    table = Source.parse({"path": str(data)}).read(target=target)
    labelled = Target.parse({"column": target}).label(table)
    home = (out.resolve().parent if out else Path.cwd()).resolve()
    path = moved(str(data), home)
    lines = [
        "# yaml-language-server: $schema=./.custpred/recipe.schema.json",
        "recipe: 1",
        f"name: {_quoted(named(str(data)))}",
        "about:",
        '  purpose: ""   # what the prediction is for: the report prints it',
        "  matters: []   # columns that domain experts consider important",
        f"customers: {{path: {_quoted(path)}{_key(labelled.table)}}}",
        *_findings(table),
        f"target: {{column: {_quoted(target)}{_positive(labelled.task)}}}   # {_why(labelled.task)}",
        "split: auto       # stratified, or by customer where a customer has several rows",
        "missing: auto     # leave | drop | constant | mean | median | mode | knn | regression",
        "outliers: auto    # leave | iqr | zscore | isolation",
        "features: auto",
        "resample: auto    # none | weights | over | under | smote | adasyn",
        "models: auto",
        "budget: {time: 2m}",
        "# business: {value: 100, contact_cost: 1, offer_cost: 10, success_rate: 0.3}   # turns scores into money",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(table: Table) -> str:
    ids = table.of_kind("id")
    unique = [name for name in ids if not table.frame[name].duplicated().any()]
    return f", key: {_quoted(unique[0])}" if unique else ""


def _findings(table: Table) -> list[str]:
    """Return comments about columns not used as they are, and findings of reading the file."""
    left = [c for c in table.columns if not c.usable or c.kind in {"text", "date", "code"}]
    lines = [f"  # {plain(c.name, 60)}: {c.kind}{f', {plain(c.reason)}' if c.reason else ''}" for c in left[:30]]
    if len(left) > 30:
        lines.append(f"  # and {len(left) - 30} more columns")
    return [*lines, *(f"  # {finding.code} {plain(finding.text)}" for finding in table.findings[:20])]


def _positive(task: Task) -> str:
    return f", positive: {_quoted(task.positive)}" if task.kind == "binary" else ""


def _why(task: Task) -> str:
    return f"{task.kind}: {f'labels {listed(task.labels)}' if task.labels else 'many different numbers'}"
