"""The option shared by all strategies that change the number of rows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from custpred.resample.base import Resample
from custpred.spec import Range


class Balancing(Resample):
    """Rows are added or removed until classes have the requested ratio."""

    ratio: Annotated[
        float,
        Field(gt=0, le=1, description="Rows of the smallest class per row of the largest; 1: balanced."),
        Range(0.1, 1.0),
    ] = 1.0
