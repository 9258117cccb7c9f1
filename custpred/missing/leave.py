"""Gaps stay as they are."""

from __future__ import annotations

from custpred.missing.base import Missing


class Leave(Missing):
    """Leaves gaps as they are: for models that read them, such as gradient boosted trees."""
