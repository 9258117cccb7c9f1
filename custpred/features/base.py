"""The contract of features."""

from __future__ import annotations

from custpred.step import Step


class Feature(Step):
    """Columns made from columns."""
