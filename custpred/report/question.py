"""The prediction task, its customers, and how the model was tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Facts, Grid, Prose
from custpred.report._events import task_blocks
from custpred.report._reading import of_customers
from custpred.report._text import Text
from custpred.report._timeline import population
from custpred.report._words import target_name
from custpred.report.base import Section
from custpred.split.base import Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

_ABOUT = {
    "purpose": "Purpose",
    "behaviour": "What the customer does",
    "goal": "What should improve",
    "matters": "Expected to matter",
    "not_for": "Not to be used for",
    "owner": "Who is responsible",
}


class Question(Section):
    """The prediction task, its customers, and how the model was tested."""

    title = "The question"
    order = 20
    readers = frozenset({"summary", "analyst", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the task in words, the purpose from the recipe, and the split."""
        say = Text.of(record)
        return [
            Prose(_task(record, say), "says"),
            *task_blocks(record, say),
            Prose(_tested(record, say), "so"),
            *population(record, say),
            _sizes(record, say),
            *_about(record.recipe.get("about") or {}, say),
        ]


def _task(record: Record, say: Text) -> str:
    task, name = record.task, target_name(record, say)
    if task.kind == "binary":
        return say(
            "For each customer custpred estimates the probability that '{target}' is '{positive}'.",
            target=name,
            positive=task.positive,
        )
    if task.kind == "multiclass":
        return say(
            "For each customer custpred estimates the probability of each of {n} values of '{target}': {labels}.",
            n=task.classes,
            target=name,
            labels=say.listed(task.labels, 8),
        )
    return say("For each customer custpred estimates the value of '{target}'.", target=name)


def _tested(record: Record, say: Text) -> str:
    data = record.data
    if not data.test_rows:
        return say("No customers were held out for a test, so the numbers come from cross-validation.")
    return say(
        "Models were chosen on {train}; every number below, unless it says otherwise, comes "
        "from {test} that no model, step or choice has seen.",
        train=of_customers(data.train_rows, data.train_customers, say),
        test=_other(record, say),
    ) + _sampled(record, say)


def _sampled(record: Record, say: Text) -> str:
    """Return a sentence if there was not enough time to score the whole test."""
    if not 0 < record.data.scored_rows < record.data.test_rows:
        return ""
    return " " + say(
        "There was time for {n} of them, evenly spaced; a larger budget scores them all.",
        n=say.count(record.data.scored_rows),
    )


def _other(record: Record, say: Text) -> str:
    """Return the test rows; at a later cutoff, they may be of customers in the training data."""
    data, later = record.data, bool(record.data.events) and _by_time(record)
    many = of_customers(data.test_rows, data.test_customers, say, "customer" if later else "other customer")
    return say("{many} at a later cutoff", many=many) if later else many


def _split(record: Record) -> str:
    split = record.lock.get("split") or record.recipe.get("split") or {}
    return str(split.get("kind", "")) if isinstance(split, dict) else str(split)


def _by_time(record: Record) -> bool:
    split = Split.known(_split(record))
    return split is not None and split.by_time


def _sizes(record: Record, say: Text) -> Facts:
    kind, data = _split(record), record.data
    split = Split.known(kind)
    late = data.rows - data.train_rows - data.test_rows if split and split.by_time else 0
    left = (say("Left out"), say.count(late), say("their labels were not yet known when the test begins"))
    return Facts(
        (
            (say("Predicted column"), target_name(record, say), say(record.task.kind)),
            (say("Used for training"), say.count(data.train_rows), ""),
            *([left] if late > 0 else []),
            (say("Held out for the test"), say.count(data.test_rows), say(split.dealt(record.task) if split else kind)),
        )
    )


def _about(about: JSON, say: Text) -> list[Block]:
    rows = tuple(
        (say(label), say.listed(about[key], 20) if isinstance(about[key], list | tuple) else str(about[key]))
        for key, label in _ABOUT.items()
        if about.get(key)
    )
    if not rows:
        return [Prose(say("The recipe has no 'about': add purpose, goal, owner and limits there."))]
    return [Grid((say("About"), say("As the recipe says")), rows)]
