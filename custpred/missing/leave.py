"""Gaps stay as they are."""

from __future__ import annotations

from custpred.missing._filling import Filling


class Leave(Filling):
    """Leaves gaps as they are: for models that read them, such as gradient boosted trees."""
