"""Probabilities by label: columns have the labels' type, and can be selected by text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from custpred.source._typing.cells import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from custpred.task import Task


class Probabilities(pd.DataFrame):
    """A DataFrame with a column for each label; ``shares[1]`` and ``shares["1"]`` are the same.

    Objects derived from it are plain DataFrames.
    """

    @property
    def _constructor(self) -> Callable[..., object]:
        made: Callable[..., object] = pd.DataFrame
        return made

    def __getitem__(self, key: object) -> object:
        return super().__getitem__(self._label(key) if isinstance(key, str) else key)

    def _label(self, text: str) -> object:
        """Return the label with this text, or the text itself if there is none."""
        if text in self.columns:
            return text
        return next((label for label in self.columns if text_of(label) == text), text)


def probabilities(task: Task, predicted: np.ndarray, index: object) -> pd.DataFrame:
    """Return probabilities, (n_rows, n_classes), with the labels in the target's type."""
    return Probabilities(predicted, index=index, columns=pd.Index(task.values))
