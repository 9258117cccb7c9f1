"""Conversion of frames to matrices and back: numbers are scaled, categories become codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.dtypes import categories, numbers
from custpred.errors import NotApplicable
from custpred.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Cells:
    """Column names and dtypes, used to convert synthetic rows to rows of the frame."""

    dtypes: pd.Series
    number: tuple[str, ...]
    category: tuple[str, ...]

    @classmethod
    def of(cls, X: pd.DataFrame, purpose: str) -> Cells:
        """Find the numeric and categorical columns, which must have no missing values.

        Raises
        ------
        NotApplicable
            If columns have missing values; the message names them.
        """
        number, category = tuple(numbers(X)), tuple(categories(X))
        incomplete = [name for name in number if not np.isfinite(X[name].to_numpy(dtype=float, na_value=np.nan)).all()]
        incomplete += [name for name in category if (X[name].cat.codes.to_numpy() < 0).any()]
        if incomplete:
            where = f"there are some in: {listed(incomplete)}"
            raise NotApplicable(
                f"{purpose} needs rows without missing values (NaN); {where}.", code="CP3203", column=incomplete[0]
            )
        return cls(X.dtypes, number, category)

    @property
    def other(self) -> tuple[str, ...]:
        """Return the columns that cannot be synthesised: dates, texts and booleans."""
        return tuple(name for name in self.dtypes.index if name not in {*self.number, *self.category})

    @property
    def names(self) -> tuple[str, ...]:
        """Return the columns in the matrix's order: numbers, then categories."""
        return self.number + self.category

    def matrix(self, X: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
        """Return rows by position as numbers and category codes, shape (n_rows, n_columns)."""
        out = np.empty((len(rows), len(self.names)))
        for i, name in enumerate(self.names):
            column = X[name].cat.codes if name in self.category else X[name]
            out[:, i] = column.to_numpy()[rows]
        return out

    def scale(self, matrix: np.ndarray) -> np.ndarray:
        """Return the columns' scales, (n_columns,): about a standard deviation; 1 for categories.

        Scales are powers of two, so that scaling is exactly reversible: 0 and 1 stay 0 and 1.
        """
        spread = matrix.std(axis=0)
        spread[len(self.number) :] = 1.0
        return np.exp2(np.rint(np.log2(np.where(spread > 0, spread, 1.0))))

    def frame(self, made: Sequence[np.ndarray], models: pd.DataFrame) -> pd.DataFrame:
        """Return synthetic rows as a frame with the dtypes of the original rows.

        ``models``: a row of the class for each synthetic row, for dates, texts and booleans.
        """
        values = np.vstack(made)
        columns = {name: self._column(values[:, i], name) for i, name in enumerate(self.names)}
        columns |= {name: models[name].reset_index(drop=True) for name in self.other}
        return pd.DataFrame({name: columns[name] for name in self.dtypes.index})

    def _column(self, values: np.ndarray, name: str) -> pd.Series:
        dtype = self.dtypes[name]
        if isinstance(dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical.from_codes(values.astype(np.int64), dtype=dtype))
        return pd.Series(np.rint(values) if dtype.kind in "iu" else values).astype(dtype)
