"""Features that every preparation may end with, whatever the recipe asks for."""

from __future__ import annotations

from custpred.features.base import Feature


def encoder(*, native: bool) -> Feature:
    """Return what turns categories into numbers: codes for models that read categories, else columns of 0 and 1."""
    return Feature.parse("ordinal" if native else "onehot")


def combining() -> tuple[Feature, ...]:
    """Return what ``arithmetic`` adds; whether a trial with it enters the blend is for its out-of-fold score to say."""
    pairs = {"kind": "target_mean", "pairs": 5, "min_levels": 10_000}
    return Feature.parse({"kind": "ratios", "found": 10}), Feature.parse(pairs)
