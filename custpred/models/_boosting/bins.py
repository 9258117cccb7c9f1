"""The number of bins of a booster's histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.models._traits import MANY_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from custpred.storage.plain import JSON

_ROWS, _BINS = 50_000, 127


def fewer_bins(X: pd.DataFrame) -> JSON:
    """Return options for 127 bins if a table has many columns and not many rows, else none.

    There a round's time is that of looking for splits in each leaf's bins, not of adding up rows:
    half of the bins halve it, and were as accurate (docs/benchmarks.md).

    >>> import numpy as np
    >>> import pandas as pd
    >>> fewer_bins(pd.DataFrame(np.zeros((5, 300)))), fewer_bins(pd.DataFrame(np.zeros((5, 20))))
    ({'max_bin': 127}, {})
    """
    return {"max_bin": _BINS} if X.shape[1] > MANY_COLUMNS and len(X) <= _ROWS else {}
