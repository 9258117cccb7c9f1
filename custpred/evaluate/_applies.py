"""The check of whether a measure applies to the task and the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.errors import NotApplicable

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.task import TaskKind


def require(evidence: Evidence, what: str, *kinds: TaskKind) -> None:
    """Raise ``NotApplicable`` for other tasks, without customers, or with one class only."""
    predictions = evidence.predictions
    kind = predictions.task.kind
    if kind not in kinds:
        raise NotApplicable(f"{what} are for {' and '.join(kinds)} targets; this one is {kind}.")
    if not len(predictions):
        raise NotApplicable(f"{what} need test customers, but there are none.")
    if kind == "binary" and (predictions.truth == predictions.truth[0]).all():
        raise NotApplicable(f"{what} need customers of both classes, but the test rows have only one.")
