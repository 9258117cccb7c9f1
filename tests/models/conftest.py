"""Small generated tables for models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from custpred.task import Rows


@pytest.fixture
def numbers() -> Callable[..., Rows]:
    """Return a function that makes rows: a relation to three columns, and one of noise."""

    def make(rows: int = 300, classes: int = 2, seed: int = 0) -> Rows:
        draw = np.random.default_rng(seed)
        values = draw.normal(size=(rows, 4)).astype(np.float32)
        score = values @ np.array([1.5, -1.0, 0.5, 0.0])
        if not classes:
            y: np.ndarray = 10 + 2 * score + draw.normal(0, 0.5, rows)
        else:
            y = np.searchsorted(np.quantile(score, np.arange(1, classes) / classes), score + draw.normal(0, 0.5, rows))
        return Rows(pd.DataFrame(values, columns=[f"f{i:06d}" for i in range(1, 5)]), y)

    return make
