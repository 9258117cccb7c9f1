"""Outliers stay as they are."""

from __future__ import annotations

from custpred.outliers.base import Outliers


class Leave(Outliers):
    """Leaves outlying values as they are: for trees, which do not mind them, and where the far ones matter.

    >>> Leave().dump()
    {'kind': 'leave'}
    """

    def idle(self) -> bool:
        """Return that nothing is changed."""
        return True
