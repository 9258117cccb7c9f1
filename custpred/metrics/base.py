"""The contract of metrics: ``score`` compares truth and answer, ``better`` says which way is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.spec import Spec
from custpred.task import TaskKind

if TYPE_CHECKING:
    from custpred.task import Predictions


class Metric(Spec):
    """One number for how good answers are, shown as people read it (an error is shown positive)."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    label: ClassVar[str] = ""
    """The name in reports, such as 'ROC AUC'."""

    def score(self, predictions: Predictions) -> float:
        """Return the metric; nan where it is not defined (one class only)."""
        raise NotImplementedError

    def gain(self, predictions: Predictions) -> float:
        """Return the score turned so that higher is better."""
        return self.score(predictions) if self.better == "higher" else -self.score(predictions)
