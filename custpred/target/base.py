"""The contract of targets: ``label`` separates the true labels from the table and encodes them.

The label is a column of the table (``column``), or it follows from what customers do after a cutoff
(``event``, ``amount``, ``next``).  A target that is constant, has missing values, or has a class
that is too small to learn from is an error, named before any model is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.task import Task


@dataclass(frozen=True)
class Labelled:
    """Customers with labels, one per row, outside of ``table``; ``weight`` None: equal weights."""

    table: Table
    truth: np.ndarray
    task: Task
    weight: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Labelled:
        """Return the customers at row positions, with their labels."""
        weight = None if self.weight is None else self.weight[rows]
        return Labelled(self.table.take(rows), self.truth[rows], self.task, weight)

    def bounded(self, train: np.ndarray) -> Labelled:
        """Return a copy whose task never predicts below 0 if no training value is below 0."""
        return replace(self, task=self.task.bounded(self.truth[train]))


class Target(Spec):
    """What is predicted.

    >>> Target.parse({"column": "churn", "positive": "yes"}).name()
    'churn'
    """

    shorthand = ("column",)
    likeliest: ClassVar[bool] = False
    """Whether there are many labels, of which the most likely few are of interest."""

    @classmethod
    def _kind_of(cls, options: JSON) -> str | None:
        return next((each for each in cls.shorthand if each in options), None)

    def name(self) -> str:
        """Return the displayed name of the target."""
        raise NotImplementedError

    def label(self, table: Table) -> Labelled:
        """Separate the labels from the table.

        Raises
        ------
        DataError
            If the target is missing, constant, incomplete, or a class is too small to learn from.
        """
        raise NotImplementedError
