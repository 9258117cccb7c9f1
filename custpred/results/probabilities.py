"""Probabilities by label: columns have the labels' own type, and a label's text finds them as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from custpred.source._typing.cells import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from custpred.task import Task


class Probabilities(pd.DataFrame):
    """A DataFrame with a column for each label; ``shares[1]`` and ``shares["1"]`` give the same column.

    Anything derived from it is a plain DataFrame.
    """

    @property
    def _constructor(self) -> Callable[..., object]:
        made: Callable[..., object] = pd.DataFrame
        return made

    def __getitem__(self, key: object) -> object:
        return super().__getitem__(self._label(key) if isinstance(key, str) else key)

    def _label(self, text: str) -> object:
        """Return the label with this text; the text itself where there is none."""
        if text in self.columns:
            return text
        return next((label for label in self.columns if text_of(label) == text), text)


def probabilities(task: Task, predicted: np.ndarray, index: object) -> pd.DataFrame:
    """Return probabilities, shape (n_rows, n_classes), with the labels in the target's own type as columns."""
    return Probabilities(predicted, index=index, columns=pd.Index(task.values))
