"""Scikit-learn manners for every step: one transformer, driven by a step's pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from custpred.columns.sequence import step_columns

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from custpred.step import State, Step
    from custpred.task import Task


def numbers(X: pd.DataFrame) -> list[str]:
    """Return the names of numeric columns (plain booleans are not; pandas' own with gaps read as 0 and 1).

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


def levels(column: pd.Series) -> np.ndarray:
    """Return a category column's values as an object array of text, None where missing; shape (n_rows,)."""
    names = np.array([*column.cat.categories.astype(str), None], dtype=object)
    taken: np.ndarray = names[column.cat.codes.to_numpy()]
    return taken


def apart(spec: Step, X: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return what a step is given, and the sequence columns that pass it by; None where there are none."""
    aside = [] if spec.sees_steps else step_columns(X.columns)
    return (X.drop(columns=aside), X[aside]) if aside else (X, None)


class StepEstimator(BaseEstimator):
    """What transformers and samplers share: parameters, checks at the door, tags."""

    def __init__(self, spec: Any = None, task: Task | None = None, seed: int = 0) -> None:
        self.spec, self.task, self.seed = spec, task, seed

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """Return ``X`` as a frame: frames as they are, arrays checked and with columns named x0, x1, ..."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        array = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(np.asarray(array, dtype=float), columns=[f"x{i}" for i in range(array.shape[1])])

    def _truth(self, y: Any, rows: int) -> np.ndarray | None:
        if y is None:
            return None
        truth = np.ravel(check_array(y, ensure_2d=False, dtype=None))
        if len(truth) != rows:
            raise ValueError(f"X has {rows} rows, but y has {len(truth)}.")
        return np.unique(truth, return_inverse=True)[1] if truth.dtype.kind in "OUSb" else truth

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class Transformer(TransformerMixin, StepEstimator):
    """A fitted step; ``state_`` is plain data, ``names_out_`` the columns it gives.

    >>> import pandas as pd
    >>> from custpred.missing.base import Missing
    >>> step = Missing.parse("mean").build().fit(pd.DataFrame({"income": [1.0, 3.0]}))
    >>> step.transform(pd.DataFrame({"income": [None, 5.0]}, dtype=float))["income"].tolist()
    [2.0, 5.0]
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from training rows."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Learn from training rows and return them as training rows should look."""
        frame = self._frame(X, reset=True)
        own, aside = apart(self.spec, frame)
        self.state_: State
        self.state_, out = self.spec.learn_apply(own, self._truth(y, len(frame)), self.task, self.seed)
        out = out if aside is None else pd.concat([out, aside], axis=1)
        self.names_in_ = [str(c) for c in frame.columns]
        self.names_out_ = [str(c) for c in out.columns]
        return self._like(X, out)

    def transform(self, X: Any) -> Any:
        """Return new rows as a model should see them."""
        check_is_fitted(self, "state_")
        own, aside = apart(self.spec, self._frame(X, reset=False))
        out = self.spec.apply(own, self.state_)
        return self._like(X, out if aside is None else pd.concat([out, aside], axis=1))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that ``transform`` gives."""
        check_is_fitted(self, "state_")
        return np.asarray(self.names_out_, dtype=object)

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Return, for every output column, the input columns that it was made from."""
        made = self.spec.lineage(self.state_)
        return {name: made.get(name, (name,)) for name in self.names_out_}

    @classmethod
    def restore(cls, spec: Step, state: State, names_in: list[str], names_out: list[str]) -> Self:
        """Rebuild a fitted step from what ``state_`` and the names held."""
        step = cls(spec=spec)
        step.state_, step.names_in_, step.names_out_ = state, names_in, names_out
        step.feature_names_in_, step.n_features_in_ = np.asarray(names_in, dtype=object), len(names_in)
        return step

    @staticmethod
    def _like(X: Any, out: pd.DataFrame) -> Any:
        return out if isinstance(X, pd.DataFrame) else out.to_numpy(dtype=float)
