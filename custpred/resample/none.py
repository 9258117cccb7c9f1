"""Classes stay as they are."""

from __future__ import annotations

from typing import ClassVar

from custpred.resample.base import Resample


class NoResample(Resample):
    """Leaves the rows as they are: probabilities stay correct, and ranking rarely improves.

    >>> NoResample().weights([0, 1, 1]) is None
    True
    """

    changes_rows: ClassVar[bool] = False
    balances: ClassVar[bool] = False
