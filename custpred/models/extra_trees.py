"""``models: extra_trees``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.models._forests.growing import TreeMean
from custpred.models._traits import MANY_ROWS
from custpred.task import Suited

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Setting, Task


class ExtraTrees(TreeMean):
    """Extremely randomised trees (Geurts 2006): random split points; smooth and fast."""

    _classes: ClassVar[tuple[str, str]] = ("ExtraTreesClassifier", "ExtraTreesRegressor")
    _bootstrap: ClassVar[bool] = False

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``, except for many rows, where boosters are better and faster.

        It is early: cheap, and far ahead if customers are nearly alike.
        """
        if len(setting.table) > MANY_ROWS:
            return None
        return Suited(place=35 if setting.task.kind == "regression" else 25)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return known configurations; random split points need more columns than a forest.

        Fully grown trees come first: they win if customers are nearly alike, and with strong noise
        their first fold shows it.
        """
        if task.kind == "regression":
            grown, three = (cls(max_features=1.0, min_samples_leaf=leaf) for leaf in (1, 3))
            return [grown, three, cls(max_features=0.75), cls(max_features=0.5)]
        leaf = max(2, min(20, rows // 50))
        return [
            cls(max_features=0.5, min_samples_leaf=1, criterion="entropy"),
            cls(max_features=0.5, min_samples_leaf=leaf),
            cls(max_features=0.75, min_samples_leaf=2 * leaf),
            cls(max_features=0.5, min_samples_leaf=1 + leaf // 4),
        ]
