"""The order of a family's initial configurations on this table, by short fits on some of the rows.

Whether few or many leaves are better depends on the noise and on the number of rows, and with many
rows there is often time for one or two trials only.  So the first configurations of a family are
fitted for a fraction of a second on a sample before, and the best one comes first.  These fits also
show how many rounds the time allows: if they are too few for the learning rate, it is raised.
With few rows and little time, families are compared as well, and the best one comes first.

References
----------
Fürnkranz and Petrak (2001), An evaluation of landmarking variants, ECML/PKDD workshop IDDM: ranks
on subsamples (subsampling landmarks) predict those on all rows.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

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

SECONDS, FEW_SECONDS = 0.4, 0.25
"""Maximum seconds of boosting per configuration, with many rows and with few."""
SHARE, LEAST = 0.12, 1.5
"""Maximum share of the time left for more than two of these fits, and seconds left for any."""
OF_FAMILY, MOST = 3, 6
"""Maximum number of configurations, of one family and in total."""
HURRY = 12.0
"""Seconds left below which families are compared: with more, the first of each has a trial soon."""
FIT_ROWS, HELD_ROWS = 15_000, 8_000
"""Approximate numbers of rows to fit and to score."""
MAX_CELLS = 3_000_000
"""Cells, times classes if several, above which so short a fit says nothing (of ``FIT_ROWS``)."""
LEARNED, MAX_RATE = 20.0, 0.2
"""Learning rate x rounds that a fit needs time for, and the highest rate, that of the search space.
With 9 to 11 instead of 15 to 28 the AUC was up to .014 lower (docs/benchmarks.md, Landmarks)."""


class Landmark(NamedTuple):
    """A short fit: its gain, the seconds it took, and rounds x rows per second.

    ``pace`` is 0 for a model without rounds, and for one that stopped before its time was over.
    """

    gain: float
    seconds: float
    pace: float


def ordered(
    families: Sequence[Entry], scorer: FoldScorer, workers: Workers, done: Sequence[Trial]
) -> tuple[Entry, ...]:
    """Return the families, initial configurations that are better on a sample first.

    With few rows and little time left, the family with the best fit comes first as well.  The order
    stays without a time limit, with few rows and enough time, with texts, and for families with
    trials.

    Parameters
    ----------
    done
        Trials of an earlier run.
    """
    left, columns = scorer.left(), scorer.plan.columns
    size = FIT_ROWS * len(columns) * max(1, scorer.task.classes - 1)
    texts = any(column.kind == "text" for column in columns)  # linear models come first
    if left is None or left < LEAST or size > MAX_CELLS or texts:
        return tuple(families)
    few = len(scorer.truth) <= MANY_ROWS
    if few and left > HURRY:
        return tuple(families)
    begun = {owner(families, trial.model) for trial in done}
    seconds = FEW_SECONDS if few else SECONDS
    room = min(MOST, max(2, int(SHARE * left * workers.slots / seconds)))
    tickets: dict[int, tuple[int, Model]] = {}
    for place, family in enumerate(families):
        chosen = [] if place in begun else _first(family) if few else _comparable(family, scorer)
        for model in chosen[: room - len(tickets)]:
            job = replace(scorer.job(0, model, seconds=seconds), metric=scorer.metric)
            tickets[workers.submit(landmark, job, seconds=left)] = place, model
    found = _finished(workers, tickets, scorer.dropped)
    if few:
        return _best_first(families, found)
    return tuple(_by_gain(family, found.get(place, []), scorer) for place, family in enumerate(families))


def _first(family: Entry) -> list[Model]:
    """Return a family's first configuration, unless it has its trial early or is not in doubt."""
    first, *_ = family.starts
    return [] if first.cheap or first.baseline or first.compared or first.keeps_rows else [first]


def _best_first(families: Sequence[Entry], found: dict[int, list[tuple[Landmark, Model]]]) -> tuple[Entry, ...]:
    """Return the families, the one with the best fit before the others that were fitted."""
    if not found:
        return tuple(families)
    best, place = max(found, key=lambda each: found[each][0][0].gain), min(found)
    rest = [family for number, family in enumerate(families) if number != best]
    return (*rest[:place], families[best], *rest[place:])


def _comparable(family: Entry, scorer: FoldScorer) -> list[Model]:
    """Return a family's first configurations, if several stop early and share a preparation."""
    first, *_ = family.starts
    key = scorer.plan.preparation(first).key
    alike = [each for each in family.starts[:OF_FAMILY] if each.halved and scorer.plan.preparation(each).key == key]
    return alike if len(alike) > 1 else []


def _finished(
    workers: Workers, tickets: dict[int, tuple[int, Model]], seconds: list[float]
) -> dict[int, list[tuple[Landmark, Model]]]:
    """Wait for the fits; return each family's landmarks and configurations; add their seconds."""
    found: dict[int, list[tuple[Landmark, Model]]] = {}
    waiting = set(tickets)
    while waiting:
        for outcome in workers.wait(of=waiting):
            waiting.discard(outcome.ticket)
            place, model = tickets[outcome.ticket]
            made = outcome.value if outcome.status == "ok" else Landmark(math.nan, 0.0, 0.0)
            seconds.append(made.seconds)
            if not math.isnan(made.gain):
                found.setdefault(place, []).append((made, model))
    return found


def _by_gain(family: Entry, found: list[tuple[Landmark, Model]], scorer: FoldScorer) -> Entry:
    """Return the family with its compared configurations first, best first, each fast enough."""
    ordered = sorted(found, key=lambda pair: -pair[0].gain)
    best = [model for _, model in ordered]
    first = [fast_enough(model, made.pace, scorer) for made, model in ordered]
    return replace(family, starts=(*first, *(each for each in family.starts if each not in best)))


def fast_enough(model: Model, pace: float, scorer: FoldScorer) -> Model:
    """Return the model, with a higher learning rate if its rounds do not fit into a first trial.

    Parameters
    ----------
    pace
        Rounds x rows per second; 0: the rate stays.
    """
    (_, job), *_ = scorer.jobs(0, model)
    if not pace or job.seconds is None:
        return model
    rate = getattr(model, "learning_rate", MAX_RATE)
    rounds = pace * job.seconds / (len(scorer.truth) - len(scorer.held[0]))
    needed = min(MAX_RATE, LEARNED / max(1.0, rounds))
    return model.with_(learning_rate=round(needed, 2)) if needed > rate else model


def landmark(job: FoldJob) -> Landmark:
    """Fit the job's model briefly on some prepared rows of a fold, and score it on others."""
    with limited(job.threads):
        folder = prepare_fold(job, prepared(job))
        rows, held = _some(load_rows(folder / "fit"), FIT_ROWS, job), _some(load_rows(folder / "held"), HELD_ROWS, job)
        began = time.perf_counter()
        fitted, fit = trained(job.model, rows, held, Fit(job.task, job.seed, job.threads, job.seconds))
        seconds = time.perf_counter() - began
        raw = raw_scores(job.model, fitted, held, fit)
    rounds = job.model.rounds_made(fitted) if job.seconds and seconds >= job.seconds else 0
    return Landmark(held_gain(job, raw, held), seconds, rounds * len(rows.y) / seconds)


def _some(rows: Rows, most: int, job: FoldJob) -> Rows:
    step = -(-len(rows.y) // most)
    return rows.take(drawn(rows.y, step, job.seed)) if step > 1 else rows
