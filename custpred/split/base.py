"""The contract of splits: which rows are the test, and which are held out in each fold.

The test rows are used once, at the end.  All choices are made on the others by cross-validation:
each fold is predicted by models fitted on the other folds.  A split must separate rows as new
customers are separated from training: by person (``group``), or by past and future (``time``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field

from custpred.spec import Spec
from custpred.split._count import DEFAULT

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


@dataclass(frozen=True)
class Folds:
    """Row positions of a table: ``train`` and ``test`` do not overlap.

    ``held`` are pairs (fit, held out) of positions *within* ``train``; held-out parts do not
    overlap, and cover ``train`` except in time splits.

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
    """Whether rows are drawn independently: two rows of a customer may be in different parts."""
    by_time: ClassVar[bool] = False
    """Whether the test rows are later than the training rows."""
    several: ClassVar[bool] = False
    """Whether customers may have several rows each."""
    test: Annotated[float, Field(ge=0, lt=1, description="Share of rows kept for the final test.")] = 0.2
    folds: Annotated[int | None, Field(ge=2, le=50, description="Number of folds; default: by rows and time.")] = None
    scored_folds: Annotated[int | None, Field(ge=2, le=50)] = Field(
        None, description="Number of folds that are scored; default: all, or fewer for many rows or little time."
    )

    @property
    def parts(self) -> int:
        """Return the number of folds."""
        return self.folds or DEFAULT

    def of(self, table: Table) -> Self:
        """Return the split with the column named that it would choose from this table."""
        return self

    def split(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Split the rows; small classes reduce the number of folds instead of failing.

        Raises
        ------
        DataError
            If a class has too few rows or customers to hold any out.
        """
        raise NotImplementedError

    def of_all(self, table: Table, truth: np.ndarray, task: Task, seed: int) -> Folds:
        """Return folds over all rows without a test, for the model refitted to every row."""
        return self.with_(test=0).split(table, truth, task, seed)

    @classmethod
    def dealt(cls, task: Task) -> str:
        """Return a short description of how the test was chosen, for the report."""
        return cls.kind()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that only define the split and must not become features."""
        return ()
