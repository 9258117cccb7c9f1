"""The facts that a metric states about itself, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.spec import Spec
from custpred.task import Suited, TaskKind

if TYPE_CHECKING:
    from custpred.task import Setting


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
    of_median: ClassVar[bool] = False
    """Whether the median of a customer's possible values scores best, not their mean."""
    usual: ClassVar[Mapping[TaskKind, float]] = {}
    """Tasks for which ``auto`` takes it, each with its place: the first metric of a recipe is optimised."""

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return that it is one of the usual metrics of the task."""
        place = cls.usual.get(setting.task.kind)
        return None if place is None else Suited(place=place)
