"""The contract of outlier handling: a step (``custpred.step``) that acts on numeric columns.

Limits are learned from the training rows of each fold.  Beyond them a value is clipped or flagged,
or its training row is removed; rows of new customers are never removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.step import Step

if TYPE_CHECKING:
    from custpred.task import Setting


class Outliers(Step):
    """How outliers are handled; missing values are not touched.

    >>> Outliers.kinds(), Outliers.parse({"kind": "iqr", "action": "flag"}).dump()
    (('iqr', 'isolation', 'leave', 'zscore'), {'kind': 'iqr', 'action': 'flag'})
    """

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Outliers, str]:
        """Return the choice for ``auto``, and the reason."""
        return cls.parse("leave"), "trees are robust to outliers, and linear models get standardised columns"
