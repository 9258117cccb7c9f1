"""Take every measure; one that declines or fails leaves its reason, and the others go on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.errors import CustpredError, NotApplicable
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence

LAST = "importance"
"""Takes whatever time the others leave, and at least a quarter of it."""


def measure_all(evidence: Evidence) -> dict[str, Measure]:
    """Return every kind of measure by name, those that say nothing with their ``reason``."""
    began = time.monotonic()
    found: dict[str, Measure] = {}
    for kind in sorted(Evaluate.kinds(), key=lambda kind: kind == LAST):
        left = max(0.25 * evidence.seconds, evidence.seconds - (time.monotonic() - began))
        found[kind] = measured(kind, replace(evidence, seconds=left))
    return {kind: found[kind] for kind in Evaluate.kinds()}


def measured(kind: str, evidence: Evidence) -> Measure:
    """Take one measure; whatever goes wrong becomes its reason, without any customer's value in it."""
    try:
        return Evaluate.find(kind)().measure(evidence)
    except NotApplicable as declined:
        return Measure(kind, reason=declined.message)
    except CustpredError as fault:
        return Measure(kind, reason=str(fault))
    except Exception as bug:
        return Measure(kind, reason=f"it could not be computed ({type(bug).__name__}); this is a bug in custpred.")
