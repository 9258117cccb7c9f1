"""``models: logistic``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.models._traits import MANY_ROWS
from custpred.models._weighted import L1_SHARE, Fitted, Penalty, Shape, Weighted, scaling
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.models._parts import Parts
    from custpred.models.base import Model
    from custpred.task import Fit, Rows, Setting, Task, TaskKind


class Logistic(Weighted):
    """Logistic regression on scaled columns; simple, fast, and hard to beat on a few thousand rows.

    >>> Logistic(C=0.1).dump(), sorted(Logistic.space())
    ({'kind': 'logistic', 'C': 0.1}, ['C', 'penalty', 'transform'])
    """

    synonyms = ("logistic_regression", "logisticregression", "lr")
    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary", "multiclass"})

    C: Annotated[
        float,
        Field(gt=0, description="Inverse penalty: small values shrink the weights more."),
        Range(1e-3, 100, log=True),
    ] = 0.3
    penalty: Penalty = "l2"
    transform: Shape = "quantile"

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: for classes only."""
        return None if setting.task.kind == "regression" else Suited(place=10)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return four configurations (one for many rows), more regularised for fewer rows."""
        C = 0.1 if rows < 50 * columns else 0.3
        found: list[Model] = [cls(C=C), cls(C=C / 10), cls(C=3.0, transform="none"), cls(C=C, penalty="l1")]
        return found[:1] if rows > MANY_ROWS else found

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Fit by Newton's method if columns are few, else by L-BFGS (L1: SAGA) in rounds."""
        import numpy as np

        from custpred.models._linear import logistic
        from custpred.models._scores import shares_of

        columns = scaling(rows, self.transform)
        known, classes = np.unique(rows.y), fit.task.classes
        start = np.log(shares_of(rows.y, rows.weight, classes))
        weights = np.zeros((rows.X.shape[1], classes))
        if len(known) > 1:
            found = logistic(columns.apply(rows.X), rows, self.C, L1_SHARE[self.penalty], fit)
            weights[:, known], start[known] = _of_each(found.coef_), _of_each(found.intercept_[:, None])[0]
        if fit.task.kind == "binary":
            weights, start = weights[:, 1:] - weights[:, :1], start[1:] - start[:1]
        return Fitted(columns, weights, start)

    def spreads(self, task: Task) -> bool:
        """Return whether Newton's method fits it: two classes and the ridge penalty."""
        return task.kind == "binary" and self.penalty == "l2"

    def fit_parts(self, fitted: Sequence[Fitted], parts: Parts, fit: Fit) -> Fitted:
        """Fit by Newton's method, adding up losses, gradients and Hessians of the parts."""
        from custpred.models._newton_parts import two_classes

        columns = scaling(parts.sample, self.transform)
        found = two_classes(columns, parts, self.C)
        return Fitted(columns, found.coef_.T, found.intercept_)


def _of_each(found: np.ndarray) -> np.ndarray:
    """Return weights with one column per observed class; two classes share one logit."""
    import numpy as np

    columns = found.T
    return np.hstack([-columns / 2, columns / 2]) if columns.shape[1] == 1 else columns
