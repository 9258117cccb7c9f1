"""The contract of features: columns made from columns.

A feature is a step (``custpred.step``): it learns from the training rows of a fold and is applied to any
rows.  What it learns from the target is cross-fitted, so that a training row never contributes to its
own value.  The state lists the new columns with the columns that they were made from, so that reasons
can be given in terms of the user's own columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.features._traits import FeatureTraits
from custpred.table import Finding

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State


class Feature(FeatureTraits):
    """Columns made from columns.

    The state's ``made`` holds each new column's inputs, and its ``notes`` what was learned or skipped, so that most
    kinds need not write ``lineage`` and ``notes`` themselves.

    >>> "onehot" in Feature.kinds()
    True
    >>> Feature.parse({"kind": "bins", "count": 5}).dump()
    {'kind': 'bins', 'count': 5}
    """

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Name, for each column that ``apply`` adds or renames, the input columns it was made from."""
        return {name: tuple(inputs) for name, inputs in state.get("made", {}).items()}

    def words(self, state: State) -> dict[str, list[str]]:
        """Return, for each coded stem (``shop#``), the meaning of the codes 2, 3, ..."""
        words: dict[str, list[str]] = state.get("words", {})
        return words

    def attributions(self, row: pd.DataFrame, state: State) -> dict[str, dict[str, float]]:
        """Return, for each column computed from one customer's text, the contribution of each word."""
        return {}

    def notes(self, state: State) -> list[Finding]:
        """Report what was learned or skipped."""
        return [Finding(note["code"], "info", note["text"], note["column"]) for note in state.get("notes", [])]
