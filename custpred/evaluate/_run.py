"""Take every measure; one that declines or fails leaves its reason, and the others go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from custpred.errors import CustpredError, NotApplicable
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.evaluate.base import Evidence

LAST = "importance"
"""The one that asks the model: it takes all the time that there is."""


def here(function: Callable[[Any], Any], item: Any) -> Callable[[], Any]:
    """Return what calls a function when its answer is asked for."""
    return lambda: function(item)


def measure_all(evidence: Evidence, beside: Callable[..., Callable[[], Any]] = here) -> dict[str, Measure]:
    """Return every kind of measure by name, those that say nothing with their ``reason``.

    Parameters
    ----------
    beside
        Begins ``function(item)``, in another process if it can, and returns what waits for the answer: all measures
        that do not ask the model are taken there.
    """
    others = beside(_without_model, replace(evidence, answer=None))
    last = measured(LAST, evidence)
    found = {**others(), LAST: last}
    return {kind: found[kind] for kind in Evaluate.kinds()}


def _without_model(evidence: Evidence) -> dict[str, Measure]:
    return {kind: measured(kind, evidence) for kind in Evaluate.kinds() if kind != LAST}


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
