"""The contract of splits: which rows are the test, and which are held out in each fold.

The test rows are used once, at the end.  All choices are made on the remaining rows by cross-validation:
each fold is predicted by models that were fitted on the other folds.  A split must separate what new
customers will be separated by: persons (``group``), or past and future (``time``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


@dataclass(frozen=True)
class Folds:
    """Row positions of the table: ``train`` and ``test`` do not overlap.

    ``held`` are pairs (fit, held out) of positions *within* ``train``; held-out parts do not overlap, and cover
    ``train`` unless time forbids it.

    >>> import numpy as np
    >>> held = ((np.array([0, 1]), np.array([2, 3])), (np.array([2, 3]), np.array([0, 1])))
    >>> folds = Folds(train=np.array([4, 5, 6, 7]), test=np.array([8]), held=held)
    >>> [folds.train[out].tolist() for _, out in folds.held]
    [[6, 7], [4, 5]]
    """

    train: np.ndarray
    test: np.ndarray
    held: tuple[tuple[np.ndarray, np.ndarray], ...]


class Split(Spec):
    """How rows are divided.

    >>> Split.parse({"kind": "group", "column": "household"}).columns(), Split.parse("plain").parts
    (('household',), 5)
    """

    by_row: ClassVar[bool] = False
    """Whether rows are drawn one by one, so that two rows of a customer may fall into different parts."""
    by_time: ClassVar[bool] = False
    """Whether the test is later than what is learned from."""
    several: ClassVar[bool] = False
    """Whether customers may have several rows each."""

    test: Annotated[float, Field(ge=0, lt=1, description="Share of rows kept for the one final test.")] = 0.2
    folds: Annotated[int | None, Field(ge=2, le=50)] = Field(
        None, description="Number of folds for comparing models; by the rows and the time where left out."
    )

    @property
    def parts(self) -> int:
        """Return the number of folds."""
        return self.folds or 5

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Divide the rows; small classes lower the number of folds rather than fail.

        Raises
        ------
        DataError
            If there are too few rows or customers of a class to hold any out.
        """
        raise NotImplementedError

    def of_all(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Return folds over all rows, none of them tested: for the model that learns from every row."""
        return self.with_(test=0).split(table, truth, task, seed)

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return how the test was chosen, in a few words for the report."""
        return cls.kind()

    def columns(self) -> tuple[str, ...]:
        """Name the columns that only divide the rows and must not become features."""
        return ()
