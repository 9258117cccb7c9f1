"""The columns of a frame by kind: numbers, categories, dates, texts."""

from __future__ import annotations

import numpy as np
import pandas as pd


def numbers(X: pd.DataFrame) -> list[str]:
    """Return the names of numeric columns: nullable booleans are numbers, NumPy's are not.

    >>> import pandas as pd
    >>> numbers(pd.DataFrame({"income": [1.0], "plan": pd.Categorical(["basic"])}))
    ['income']
    """
    return [c for c, dtype in X.dtypes.items() if pd.api.types.is_numeric_dtype(dtype) and dtype != np.dtype(bool)]


def categories(X: pd.DataFrame) -> list[str]:
    """Return the names of ``category`` columns.

    >>> import pandas as pd
    >>> categories(pd.DataFrame({"income": [1.0], "plan": pd.Categorical(["basic"])}))
    ['plan']
    """
    return [c for c, dtype in X.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]


def dates(X: pd.DataFrame) -> list[str]:
    """Return the names of ``datetime64`` columns.

    >>> import pandas as pd
    >>> dates(pd.DataFrame({"income": [1.0], "joined": pd.to_datetime(["2024-03-01"])}))
    ['joined']
    """
    return [c for c, dtype in X.dtypes.items() if pd.api.types.is_datetime64_any_dtype(dtype)]


def texts(X: pd.DataFrame) -> list[str]:
    """Return the names of columns that hold free text.

    >>> import pandas as pd
    >>> texts(pd.DataFrame({"income": [1.0], "remark": pd.Series(["too slow"], dtype=object)}))
    ['remark']
    """
    known = {*numbers(X), *categories(X), *dates(X)}
    return [c for c in X.columns if c not in known]


def finite_values(column: pd.Series) -> np.ndarray:
    """Return the finite values of a numeric column as floats, shape (n_finite,).

    >>> import pandas as pd
    >>> finite_values(pd.Series([3, None, float("inf")])).tolist()
    [3.0]
    """
    values: np.ndarray = column.to_numpy(dtype=float, na_value=np.nan)
    known: np.ndarray = values[np.isfinite(values)]
    return known
