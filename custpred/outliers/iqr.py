"""Outliers by the interquartile range."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.outliers._fenced import Fenced
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np


class InterquartileRange(Fenced):
    """Values beyond the quartiles by a multiple of their range; no normality is assumed.

    References
    ----------
    Tukey (1977), Exploratory Data Analysis, section 2D: fences at 1.5 and (far out) 3 ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> X = pd.DataFrame({"spend": [*np.linspace(10, 20, 40), 500.0]})
    >>> spec = InterquartileRange()
    >>> round(float(spec.apply(X, spec.learn(X, None, None, 0))["spend"].max()), 1)
    25.4
    """

    factor: Annotated[
        float,
        Field(gt=0, allow_inf_nan=False, description="Interquartile ranges between quartile and fence."),
        Range(1.0, 5.0),
    ] = 1.5

    def fences(self, values: np.ndarray) -> tuple[float, float] | str:
        """Return the quartiles minus and plus ``factor`` ranges; none if the range is 0."""
        import numpy as np

        low, high = np.quantile(values, [0.25, 0.75])
        if high <= low:
            return "its middle half is one value"
        return float(low - self.factor * (high - low)), float(high + self.factor * (high - low))
