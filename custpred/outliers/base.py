"""The contract of outlier handling."""

from __future__ import annotations

from custpred.step import Step


class Outliers(Step):
    """How values far from the others are met; gaps are left alone.

    >>> Outliers.kinds(), Outliers.parse({"kind": "iqr", "action": "flag"}).dump()
    (('iqr', 'isolation', 'leave', 'zscore'), {'kind': 'iqr', 'action': 'flag'})
    """
