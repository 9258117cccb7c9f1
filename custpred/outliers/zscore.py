"""Outliers by the z-score."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.outliers._fenced import Fenced
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np

NORMAL = 0.6745
"""Median absolute deviation of the standard normal distribution."""


class ZScore(Fenced):
    """Values many standard deviations from the mean, or ``robust`` ones from the median.

    References
    ----------
    Iglewicz & Hoaglin (1993), How to Detect and Handle Outliers, ASQC: the modified z-score 0.6745
    (x - median) / MAD, for which they advise a threshold of 3.5.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> X = pd.DataFrame({"spend": [*np.linspace(10, 20, 40), 500.0]})
    >>> spec = ZScore()
    >>> round(float(spec.apply(X, spec.learn(X, None, None, 0))["spend"].max()), 1)
    251.4
    """

    threshold: Annotated[
        float,
        Field(gt=0, allow_inf_nan=False, description="Deviations between the centre and the fence."),
        Range(2.0, 6.0),
    ] = 3.0
    robust: bool = Field(
        False, description="Use the median and the median absolute deviation, which are robust to outliers."
    )

    def fences(self, values: np.ndarray) -> tuple[float, float] | str:
        """Return the centre minus and plus ``threshold`` deviations; none for constant values."""
        import numpy as np

        middle = np.median(values) if self.robust else values.mean()
        deviation = np.median(np.abs(values - middle)) / NORMAL if self.robust else values.std()
        if not deviation > 0:
            return "half of its values are one value" if self.robust else "it is constant"
        return float(middle - self.threshold * deviation), float(middle + self.threshold * deviation)
