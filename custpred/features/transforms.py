"""Transforms of skewed numbers."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, note
from custpred.features.base import Feature
from custpred.spec import Choices
from custpred.text import listed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task


class Transforms(Feature):
    """Replaces skewed numbers by a less skewed monotone transform; for linear models and networks.

    ``auto`` uses the mildest that reduces the skewness below the threshold: log1p (for numbers that
    are not negative), Yeo-Johnson, quantiles.  ``log1p`` keeps the sign of negative numbers.

    References
    ----------
    Yeo and Johnson (2000), A new family of power transformations, Biometrika 87(4),
    doi:10.1093/biomet/87.4.954: equation (2.1), power by maximum likelihood (section 3).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> X = pd.DataFrame({"spend": np.exp(np.arange(20.0))})
    >>> spec = Transforms()
    >>> np.diff(spec.apply(X, spec.learn(X, None, None, 0))["spend"])[[0, -1]].round(2).tolist()
    [0.62, 1.0]
    """

    of: Columns = Field((), description="Number columns; default: all with more than ten values.")
    by: Annotated[
        Literal["auto", "log1p", "yeo_johnson", "quantile", "none"],
        Field(description="Logarithm, power transform, or quantiles mapped to a normal distribution."),
        Choices("auto", "log1p", "yeo_johnson", "quantile", "none"),
    ] = "auto"
    threshold: float = Field(1.0, ge=0, description="Columns with at most this absolute skewness are left unchanged.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the skewed columns and their transforms."""
        from custpred.columns.dtypes import numbers
        from custpred.features._shapes import learned

        names = chosen(self.of, numbers(X), list(X.columns), "numbers")
        if self.by == "none" or not names:
            return idle("Nothing needs a transform.")
        shapes = learned(X[names], self.by, self.threshold, seed)
        if not shapes:
            return idle(f"No number column has more than ten values and a skewness above {self.threshold:g}.")
        kinds = {kind: [name for name, shape in shapes.items() if shape["by"] == kind] for kind in _WORDS}
        texts = [f"{_WORDS[kind]} for {listed(names)}." for kind, names in kinds.items() if names]
        return {"shapes": shapes, "notes": [note(text, code="F103") for text in texts]}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Replace the columns under their own names; they go to the end."""
        from custpred.features._shapes import shape_sql

        for name, learned in state.get("shapes", {}).items():
            rows.number(name, shape_sql(rows, rows.columns.pop(name).sql, learned))

    def columnwise(self, state: State) -> ColumnOperation:
        """Replace the columns under their own names; they go to the end."""
        from custpred.features._shapes import shaped

        def shape(batch: ColumnBatch) -> None:
            for name, learned in state.get("shapes", {}).items():
                batch.columns[name] = shaped(batch.columns.pop(name).astype(float, copy=False), learned)

        return shape


_WORDS = {"log1p": "Logarithm", "yeo_johnson": "Yeo-Johnson power", "quantile": "Normal by quantiles"}
