"""The one option that all kinds share which change the number of rows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from custpred.resample.base import Resample
from custpred.spec import Range


class Balancing(Resample):
    """Rows are added or left out until classes stand in a wanted ratio."""

    ratio: Annotated[
        float,
        Field(gt=0, le=1, description="Rows of the smallest class for each row of the largest; 1: balanced."),
        Range(0.1, 1.0),
    ] = 1.0
