"""Which columns the predictions rely on."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence


class Importance(Evaluate):
    """How much the first metric drops when a raw column is shuffled among the customers.

    Columns with the same information are shuffled together, those most related to the predictions
    first.  Rows, the most important first: ``column``, ``together`` (the columns shuffled with it),
    ``importance`` (the drop, in the metric's units) with ``low`` and ``high``, ``noise`` (whether
    the interval includes 0), ``repeats``.  Facts: ``metric``, ``overall``, ``customers``, and the
    columns left ``unmeasured`` for lack of time.

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45, section 10; Fisher et al. (2019), JMLR 20.
    """

    optional: ClassVar[bool] = True
    calls_model: ClassVar[bool] = True

    repeats: Annotated[int, Field(ge=1, le=50, description="Maximum number of shuffles of each column.")] = 5
    rows: Annotated[int, Field(ge=50, description="Maximum number of customers to use.")] = 2000

    def measure(self, evidence: Evidence) -> Measure:
        """Shuffle each raw column within the time limit."""
        from custpred.evaluate._shuffle import drops

        require(evidence, "importances", "binary", "multiclass", "regression")
        return drops(evidence, self.kind(), self.rows, self.repeats)
