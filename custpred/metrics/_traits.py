"""The facts that a metric states about itself, with their defaults."""

from __future__ import annotations

from typing import ClassVar, Literal

from custpred.spec import Spec
from custpred.task import TaskKind


class MetricTraits(Spec):
    """The optional part of a metric."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    label: ClassVar[str] = ""
    """The name in reports."""
    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)
    """The least and the greatest value that it can take."""
    is_loss: ClassVar[bool] = False
    """Whether it ranks models as the loss does that ensembles are fitted by."""
