"""The contract of features: columns computed from columns.

A feature is a step (``custpred.step``): it learns from the training rows of a fold and is applied
to any rows.  What it learns from the target is cross-fitted, so that a training row never
contributes to its own value.  The state lists the new columns with the columns from which they were
computed, so that predictions can be explained by the user's own columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.features._traits import FeatureTraits
from custpred.table import Finding

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State


class Feature(FeatureTraits):
    """Columns computed from columns.

    ``state["made"]`` holds the inputs of each new column and ``state["notes"]`` what was learned or
    skipped, so that most kinds need not implement ``lineage`` and ``notes``.

    >>> "onehot" in Feature.kinds()
    True
    >>> Feature.parse({"kind": "bins", "count": 5}).dump()
    {'kind': 'bins', 'count': 5}
    """

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Return the inputs of each column that ``apply`` adds or renames."""
        return {name: tuple(inputs) for name, inputs in state.get("made", {}).items()}

    def words(self, state: State) -> dict[str, list[str]]:
        """Return, for each coded stem (``shop#``), the meaning of the codes 2, 3, ..."""
        words: dict[str, list[str]] = state.get("words", {})
        return words

    @classmethod
    def _hint(cls, kind: str) -> str:
        return " For no features, write []." if kind == "none" else super()._hint(kind)

    def attributions(self, row: pd.DataFrame, state: State) -> dict[str, dict[str, float]]:
        """Return each word's contribution for each column computed from a customer's text."""
        return {}

    def notes(self, state: State) -> list[Finding]:
        """Return notes on what was learned or skipped."""
        return [Finding(note["code"], "info", note["text"], note["column"]) for note in state.get("notes", [])]
