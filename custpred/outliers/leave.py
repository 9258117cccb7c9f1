"""Outliers stay as they are."""

from __future__ import annotations

from custpred.outliers.base import Outliers


class Leave(Outliers):
    """Leaves outlying values as they are: for trees, or where extreme values matter.

    >>> Leave().dump()
    {'kind': 'leave'}
    """

    synonyms = ("none", "keep")

    def idle(self) -> bool:
        """Return True: the step changes nothing."""
        return True
