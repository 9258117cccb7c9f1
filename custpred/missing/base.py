"""The contract of missing-value strategies."""

from __future__ import annotations

from pydantic import Field

from custpred.step import Step


class Missing(Step):
    """How gaps are met; each strategy can add a column that says where they were."""

    indicator: bool = Field(False, description="Add a 0/1 column for each column that had gaps in training.")
