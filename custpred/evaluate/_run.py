"""Compute every measure; one that does not apply or fails leaves its reason."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from custpred.errors import CustpredError, NotApplicable
from custpred.evaluate._few import hidden
from custpred.evaluate.base import Evaluate, Measure
from custpred.models._threads import limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.evaluate.base import Evidence

Item = TypeVar("Item")
Found = TypeVar("Found")
FIRST = "scores"
"""The slowest measure; it needs predictions only."""


def here(function: Callable[[Item], Found], *items: Item) -> Callable[[], list[Found]]:
    """Return a callable that applies a function to each item when the results are requested."""
    return lambda: [function(item) for item in items]


def measure_all(
    evidence: Evidence, submit: Callable[..., Callable[[], list[dict[str, Measure]]]] = here
) -> dict[str, Measure]:
    """Return all measures by kind; those that do not apply have a ``reason``.

    Parameters
    ----------
    submit
        Starts ``function(item)`` for each item, in other processes if possible, and returns a
        callable that waits for the results.  It computes all measures that do not call the model.
    """
    lean = replace(evidence, predict=None, reasons=None, earlier=None)
    calling = [kind for kind in Evaluate.kinds() if Evaluate.find(kind).calls_model]
    rest = tuple(kind for kind in Evaluate.kinds() if kind not in {FIRST, *calling})
    predictions = replace(lean, table=lean.table.take(np.arange(0)))
    others = submit(_several, ((FIRST,), predictions), (rest, lean))
    if evidence.predict is not None:
        with suppress(Exception):  # each measure says what failed
            evidence.predict(evidence.table.frame.iloc[:1])  # builds what the threads share
    # models limit libraries' threads meanwhile, and each restores what it found, in any order
    with limited(evidence.cores), ThreadPoolExecutor(evidence.cores) as pool:  # boosters release the GIL
        found = dict(zip(calling, pool.map(lambda kind: measured(kind, evidence), calling), strict=True))
    for some in others():
        found |= some
    return {kind: found[kind] for kind in Evaluate.kinds()}


def _several(job: tuple[tuple[str, ...], Evidence]) -> dict[str, Measure]:
    kinds, evidence = job
    return {kind: measured(kind, evidence) for kind in kinds}


def measured(kind: str, evidence: Evidence) -> Measure:
    """Compute one measure; a failure becomes its reason, which contains no customer's value."""
    try:
        measure = Evaluate.find(kind)
        if measure.optional and time.monotonic() > evidence.deadline:
            raise NotApplicable("the run was out of time; a larger budget shows it.")
        # amounts are not counts
        counts = getattr(measure, "counts", ()) if evidence.predictions.task.labels else ()
        return hidden(measure().measure(evidence), counts, evidence.min_cell)
    except NotApplicable as declined:
        return Measure(kind, reason=declined.message)
    except CustpredError as fault:
        return Measure(kind, reason=str(fault))
    except Exception as bug:
        return Measure(kind, reason=f"it could not be computed ({type(bug).__name__}); this is a bug in custpred.")
