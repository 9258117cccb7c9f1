"""The final model compared with the measured model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from custpred.storage.plain import JSON


@dataclass(frozen=True)
class Final:
    """The final model of a run whose recipe requests a refit to all labelled rows.

    >>> Final("folds", rows=800, measured=800, folds=5, reason="late").refitted
    False
    """

    kind: Literal["refit", "folds"]
    """``refit``, or ``folds``: the measured model, see ``reason``."""
    rows: int
    """Number of labelled rows that the final model was trained on."""
    measured: int
    """Number of rows that the measured model was trained on; all scores are those of that model."""
    folds: int
    """Number of fitted models of each member."""
    compared: int = 0
    """Test rows on which both were compared, predicted by fits not trained on them."""
    agreement: float = math.nan
    """Spearman's rank correlation of both predictions; several classes: its mean."""
    difference: float = math.nan
    """Mean absolute difference of probabilities (several classes: total variation) or values."""
    reason: Literal["", "late", "interrupted", "failed", "apart"] = ""
    """Why the measured model was kept: no time, Ctrl-C, a failed fit, or too little agreement."""
    on_sample: tuple[str, ...] = ()
    """Members that keep their fits, if a cluster fitted others to a larger table."""

    @property
    def refitted(self) -> bool:
        """Return whether the final model was refitted."""
        return self.kind == "refit"

    @classmethod
    def load(cls, plain: JSON | None) -> Self | None:
        """Rebuild it from a record's plain data, in which null is nan or infinite."""
        if plain is None:
            return None
        own: JSON = {key: math.nan if each is None else each for key, each in plain.items()}
        own["on_sample"] = tuple(own.get("on_sample", ()))
        return cls(**own)
