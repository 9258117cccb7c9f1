"""What is handed over beside what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from custpred.storage.plain import JSON


@dataclass(frozen=True)
class Final:
    """The model that is handed over, where the recipe wants it fitted again to all labelled rows.

    >>> Final("folds", rows=800, measured=800, folds=5, reason="late").refitted
    False
    """

    kind: Literal["refit", "folds"]
    """``folds``: the measured model, for a reason."""
    rows: int
    """Labelled rows that it learned from."""
    measured: int
    """Rows that the measured model learned from: all figures are those of that model."""
    folds: int
    """Fitted models of each member."""
    compared: int = 0
    """Test rows on which both were compared, each predicted by fits that did not learn from it."""
    agreement: float = math.nan
    """Spearman's rank correlation of the two models' predictions there; several classes: the mean over them."""
    difference: float = math.nan
    """Mean absolute difference there: of probabilities (several classes: the total variation), or of values."""
    reason: Literal["", "late", "interrupted", "failed", "apart"] = ""
    """Why it is the measured model: no time, Ctrl-C, a failed fit, or too little agreement."""

    @property
    def refitted(self) -> bool:
        """Return whether it was fitted again."""
        return self.kind == "refit"

    @classmethod
    def load(cls, plain: JSON | None) -> Self | None:
        """Rebuild it from a record's plain data, where numbers that JSON could not hold are null."""
        if plain is None:
            return None
        own: JSON = {key: math.nan if each is None else each for key, each in plain.items()}
        return cls(**own)
