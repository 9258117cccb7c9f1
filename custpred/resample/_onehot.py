"""Scikit-learn's one-hot encoder with a fast way back, which SMOTE-NC takes for every row it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import OneHotEncoder

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class FastOneHot(OneHotEncoder):
    """Decodes whole columns at once; scikit-learn's own goes through sparse rows one by one."""

    def inverse_transform(self, X: csr_matrix) -> np.ndarray:
        """Return the level of each row and column, shape (n_rows, n_columns); every row has one level a column."""
        dense, decoded, start = X.toarray(), [], 0
        for known in self.categories_:
            decoded.append(known[dense[:, start : start + len(known)].argmax(axis=1)])
            start += len(known)
        return np.column_stack(decoded)
