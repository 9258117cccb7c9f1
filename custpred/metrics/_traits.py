"""The declared properties of a metric, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.spec import Spec
from custpred.task import Suited, TaskKind

if TYPE_CHECKING:
    from custpred.task import Setting


class MetricTraits(Spec):
    """The optional members of a metric."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary"})
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    label: ClassVar[str] = ""
    """The name in reports."""
    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)
    """The minimum and the maximum possible value."""
    is_loss: ClassVar[bool] = False
    """Whether it ranks models in the same order as the loss by which ensembles are fitted."""
    of_median: ClassVar[bool] = False
    """Whether the conditional median is the optimal prediction, instead of the mean."""
    by_class: ClassVar[bool] = False
    """Whether it judges classes by their own rows, so that one row of a class says little."""
    usual: ClassVar[Mapping[TaskKind, float]] = {}
    """Tasks for which ``auto`` includes it, with its position; a recipe's first is optimised."""

    @property
    def sign(self) -> float:
        """Return 1.0 if higher is better, else -1.0: the factor from a score to its gain."""
        return 1.0 if self.better == "higher" else -1.0

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the position at which ``auto`` includes it for a task; None if it does not."""
        place = cls.usual.get(setting.task.kind)
        return None if place is None else Suited(place=place)
