"""Decline where a measure does not apply to the task or the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.errors import NotApplicable

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.task import TaskKind


def asked(evidence: Evidence, what: str, *kinds: TaskKind) -> None:
    """Raise ``NotApplicable`` unless the task is of one of the kinds and there is something to compare."""
    predictions = evidence.predictions
    kind = predictions.task.kind
    if kind not in kinds:
        raise NotApplicable(f"{what} are for {' and '.join(kinds)} targets; this one is {kind}.")
    if not len(predictions):
        raise NotApplicable(f"{what} need customers to test on, and there are none.")
    if kind == "binary" and (predictions.truth == predictions.truth[0]).all():
        raise NotApplicable(f"{what} need customers of both classes, and the test rows have one only.")
