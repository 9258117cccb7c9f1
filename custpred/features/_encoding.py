"""Features that any preparation may end with, independent of the recipe."""

from __future__ import annotations

from custpred.features.base import Feature


def encoder(*, native: bool) -> Feature:
    """Return the encoder of categories: codes if the model accepts categories, else one-hot."""
    return Feature.parse("ordinal" if native else "onehot")


def combining() -> tuple[Feature, ...]:
    """Return the features that ``arithmetic`` adds, to be assessed by the out-of-fold score."""
    pairs = {"kind": "target_mean", "pairs": 5, "min_levels": 10_000}
    return Feature.parse({"kind": "ratios", "found": 10}), Feature.parse(pairs)
