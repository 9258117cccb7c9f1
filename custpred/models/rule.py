"""``models: rule``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from custpred.models.base import Model
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._bins import Rule
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import State
    from custpred.target.base import Target
    from custpred.task import Fit, Rows


class OneRule(Model):
    """One rule on the best single column, in bins (Holte 1993): a baseline to apply by hand.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> X = pd.DataFrame({"f": np.repeat([0.0, 1.0], 20)})
    >>> fit = Fit(Task("binary", "left", ("no", "yes")))
    >>> fitted = OneRule().train(Rows(X, np.repeat([0, 1], 20)), None, fit)
    >>> (OneRule().raw(fitted, X.iloc[[0, -1]], fit) > 0).tolist()
    [False, True]
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"missing", "category"})
    baseline: ClassVar[bool] = True
    cheap: ClassVar[bool] = True
    everywhere: ClassVar[bool] = True

    bins: Annotated[int, Field(ge=2, le=100, description="Maximum bins of a numeric column."), Range(3, 20)] = 8
    smoothing: Annotated[float, Field(gt=0), Range(1, 50, log=True)] = Field(
        10.0, description="Weight of the overall share or mean in each bin, in rows."
    )

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return that it is on every leaderboard, as a rule that a person could apply."""
        return Suited(place=10)

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Rule:
        """Choose the column whose bins have the smallest leave-one-out loss."""
        from custpred.models._bins import learn

        return learn(rows, self.bins, self.smoothing, fit)

    def raw(self, fitted: Rule, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the score of the bin of each row."""
        scores: np.ndarray = fitted.scores[fitted.bins_of(X)]
        return scores

    def contributions(self, fitted: Rule, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Attribute the difference from the overall score to the column of the rule."""
        import numpy as np

        scores = self.raw(fitted, X, fit)
        parts = np.zeros((len(X), X.shape[1] + 1, *scores.shape[1:]))
        parts[:, -1] = fitted.start
        parts[:, fitted.column] += scores - fitted.start
        return parts

    def sql(self, fitted: Rule, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return the score of the bin as one CASE expression for each output."""
        x, write = X.columns[fitted.column], X.dialect.literal
        edges = fitted.edges.tolist()
        tests = [f"{x} = {write(edge)}" if fitted.category else f"{x} <= {write(edge)}" for edge in edges]
        last = 0 if fitted.category else len(edges) + 1
        found = []
        for scores in fitted.scores.reshape(len(fitted.scores), -1).T.tolist():
            ways = [f"WHEN {test} THEN {write(score)}" for test, score in zip(tests, scores[1:], strict=False)]
            ways = ways if fitted.category else [f"WHEN {x} IS NULL THEN {write(scores[0])}", *ways]
            found.append(f"CASE {' '.join(ways)} ELSE {write(scores[last])} END" if ways else write(scores[last]))
        return found

    def pack(self, fitted: Rule) -> State:
        """Return the column, its bins and their scores."""
        return fitted.dump()

    def unpack(self, packed: State, fit: Fit) -> Rule:
        """Read the rule back."""
        from custpred.models._bins import Rule

        return Rule(**packed)
