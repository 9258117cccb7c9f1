"""How long customers stay: the Kaplan-Meier curve.

References
----------
Kaplan and Meier (1958), JASA 53:457.  Log-log interval with Greenwood's variance: Kalbfleisch and
Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition, section 1.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from custpred.storage.plain import JSON

Z = 1.959963984540054
MOST = 60
"""Maximum number of points of a curve."""


def kaplan_meier(time: np.ndarray, left: np.ndarray, count: np.ndarray, least: int = 10) -> list[JSON]:
    """Return the curve as rows: ``time``, ``staying``, ``low``, ``high`` (95 %), ``at_risk``.

    Parameters
    ----------
    time : ndarray of shape (n,)
        Observed durations, in any unit; not negative.
    left : ndarray of bool, shape (n,)
        Whether the customers left at the end of it; the others are censored.
    count : ndarray of shape (n,)
        Number of customers that each entry represents.
    least
        Minimum number of customers at risk; the curve ends before there are fewer.

    Examples
    --------
    >>> import numpy as np
    >>> time, left = np.array([1.0, 2.0, 3.0]), np.array([True, False, True])
    >>> rows = kaplan_meier(time, left, np.array([20, 30, 50]))
    >>> [(row["time"], round(row["staying"], 2)) for row in rows]
    [(0.0, 1.0), (1.0, 0.8), (2.0, 0.8), (3.0, 0.0)]
    """
    moments, place = np.unique(time, return_inverse=True)
    gone = np.bincount(place, weights=count * left, minlength=len(moments))
    seen = np.bincount(place, weights=count, minlength=len(moments))
    at_risk = seen[::-1].cumsum()[::-1]
    kept = at_risk >= least
    moments, gone, at_risk = moments[kept], gone[kept], at_risk[kept]
    staying = np.cumprod(1 - gone / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(gone / (at_risk * (at_risk - gone)))) / abs(np.log(staying))
        low, high = (staying ** np.exp(sign * Z * spread) for sign in (1, -1))
    sure = np.isfinite(low) & np.isfinite(high)
    rows = [(0.0, 1.0, 1.0, 1.0, count.sum())] if len(moments) and moments[0] > 0 else []
    rows += zip(moments, staying, np.where(sure, low, staying), np.where(sure, high, staying), at_risk, strict=True)
    chosen = sorted({round(i) for i in np.linspace(0, len(rows) - 1, min(len(rows), MOST))}) if rows else []
    names = ("time", "staying", "low", "high", "at_risk")
    return [dict(zip(names, (*map(float, rows[i][:4]), int(rows[i][4])), strict=True)) for i in chosen]
