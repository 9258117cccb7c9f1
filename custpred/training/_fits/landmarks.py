"""The order of a family's initial configurations on this table, by short fits on some of the rows.

Whether few or many leaves are better depends on the noise and on the number of rows, and with many
rows there is often time for one or two trials only.  So the first configurations of a family are
fitted for a fraction of a second on a sample before, and the best one comes first.

References
----------
Fürnkranz and Petrak (2001), An evaluation of landmarking variants, ECML/PKDD workshop IDDM: ranks
on subsamples (subsampling landmarks) predict those on all rows.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.models._threads import limited
from custpred.models._traits import MANY_ROWS
from custpred.search._trial import owner
from custpred.task import Fit
from custpred.training._fits.early_stopping import drawn, raw_scores, trained
from custpred.training._rows.prepared import load_rows
from custpred.training.fold import held_gain, prepare_fold, prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.engine.base import Workers
    from custpred.models.base import Model
    from custpred.search._trial import Entry, Trial
    from custpred.task import Rows
    from custpred.training.fold import FoldJob
    from custpred.training.scorer import FoldScorer

SECONDS = 0.4
"""Maximum seconds of boosting per configuration."""
SHARE, LEAST = 0.12, 1.5
"""Maximum share of the time left for more than two of these fits, and seconds left for any."""
OF_FAMILY, MOST = 3, 6
"""Maximum number of configurations, of one family and in total."""
FIT_ROWS, HELD_ROWS = 15_000, 8_000
"""Approximate numbers of rows to fit and to score."""
MAX_CELLS = 3_000_000
"""Cells, times classes if several, above which so short a fit says nothing (of ``FIT_ROWS``)."""


def ordered(
    families: Sequence[Entry], scorer: FoldScorer, workers: Workers, done: Sequence[Trial]
) -> tuple[Entry, ...]:
    """Return the families, initial configurations that are better on a sample first.

    The order stays without a time limit, with few rows, with texts, and for families with trials.

    Parameters
    ----------
    done
        Trials of an earlier run.
    """
    left, columns = scorer.left(), scorer.plan.columns
    size = FIT_ROWS * len(columns) * max(1, scorer.task.classes - 1)
    texts = any(column.kind == "text" for column in columns)  # linear models come first
    if left is None or left < LEAST or len(scorer.truth) <= MANY_ROWS or size > MAX_CELLS or texts:
        return tuple(families)
    begun = {owner(families, trial.model) for trial in done}
    room = min(MOST, max(2, int(SHARE * left * workers.slots / SECONDS)))
    tickets: dict[int, tuple[int, Model]] = {}
    for place, family in enumerate(families):
        chosen = [] if place in begun else _comparable(family, scorer)[: room - len(tickets)]
        for model in chosen if len(chosen) > 1 else ():
            job = replace(scorer.job(0, model, seconds=SECONDS), metric=scorer.metric)
            tickets[workers.submit(landmark, job, seconds=left)] = place, model
    gains = _gains(workers, tickets, scorer.dropped)
    return tuple(_by_gain(family, gains.get(place, [])) for place, family in enumerate(families))


def _comparable(family: Entry, scorer: FoldScorer) -> list[Model]:
    """Return a family's first configurations if they stop early and share a preparation."""
    first, *_ = family.starts
    key = scorer.plan.preparation(first).key
    return [each for each in family.starts[:OF_FAMILY] if each.halved and scorer.plan.preparation(each).key == key]


def _gains(
    workers: Workers, tickets: dict[int, tuple[int, Model]], seconds: list[float]
) -> dict[int, list[tuple[float, Model]]]:
    """Wait for the fits; return each family's gains and configurations, and add their seconds."""
    found: dict[int, list[tuple[float, Model]]] = {}
    waiting = set(tickets)
    while waiting:
        for outcome in workers.wait(of=waiting):
            waiting.discard(outcome.ticket)
            place, model = tickets[outcome.ticket]
            gain, took = outcome.value if outcome.status == "ok" else (math.nan, 0.0)
            seconds.append(took)
            if not math.isnan(gain):
                found.setdefault(place, []).append((gain, model))
    return found


def _by_gain(family: Entry, gains: list[tuple[float, Model]]) -> Entry:
    """Return the family with its compared configurations first, best first."""
    best = [model for _, model in sorted(gains, key=lambda pair: -pair[0])]
    return replace(family, starts=(*best, *(each for each in family.starts if each not in best)))


def landmark(job: FoldJob) -> tuple[float, float]:
    """Fit the job's model briefly on some prepared rows of a fold; return its gain and seconds."""
    with limited(job.threads):
        folder = prepare_fold(job, prepared(job))
        rows, held = _some(load_rows(folder / "fit"), FIT_ROWS, job), _some(load_rows(folder / "held"), HELD_ROWS, job)
        began = time.perf_counter()
        fitted, fit = trained(job.model, rows, held, Fit(job.task, job.seed, job.threads, job.seconds))
        seconds = time.perf_counter() - began
        raw = raw_scores(job.model, fitted, held, fit)
    return held_gain(job, raw, held), seconds


def _some(rows: Rows, most: int, job: FoldJob) -> Rows:
    step = -(-len(rows.y) // most)
    return rows.take(drawn(rows.y, step, job.seed)) if step > 1 else rows
