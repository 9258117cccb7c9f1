"""``models: forest``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.models._forests.growing import TreeMean
from custpred.models._traits import MANY_ROWS
from custpred.task import Suited

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Setting, Task


MAX_ROWS = 100_000
"""Rows of classes above which a forest takes too much of the time."""


class Forest(TreeMean):
    """Random forest (Breiman 2001): trees on bootstrap samples, random columns per split.

    >>> Forest(trees=50).dump(), sorted(Forest.space())
    ({'kind': 'forest', 'trees': 50}, ['criterion', 'max_features', 'min_samples_leaf'])
    """

    synonyms = ("random_forest", "randomforest", "rf")
    _classes: ClassVar[tuple[str, str]] = ("RandomForestClassifier", "RandomForestRegressor")
    _bootstrap: ClassVar[bool] = True

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``, except for classes with more than ``MAX_ROWS`` rows.

        With many rows it is ahead of networks: fully grown trees are far better than boosters if
        customers are nearly alike.
        """
        rows = len(setting.table)
        if setting.task.kind == "regression" or rows <= MANY_ROWS:
            return Suited(place=60)
        return Suited(place=45) if rows <= MAX_ROWS else None

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return known configurations; regression needs more columns per split than classes do."""
        if task.kind == "regression":
            return [cls(max_features=0.75, min_samples_leaf=2), cls(max_features=1.0, min_samples_leaf=5)]
        leaf = max(2, min(10, rows // 100))
        usual, grown = cls(min_samples_leaf=leaf), cls(max_features=0.3, min_samples_leaf=1, criterion="entropy")
        return [
            *((usual, grown) if rows <= MANY_ROWS else (grown, usual)),
            cls(max_features=0.5, min_samples_leaf=2 * leaf + 5),
            cls(max_features=0.3, min_samples_leaf=1 + leaf // 3),
        ]
