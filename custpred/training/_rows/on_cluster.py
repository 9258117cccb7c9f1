"""Rows of a table sent by parts to the workers of a Dask cluster, which prepare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributed import wait

from custpred.models._parts import Parts
from custpred.preparation import transform
from custpred.task import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from distributed import Client, Future

    from custpred.columns.fitted_step import FittedStep


def spread(
    client: Client, sample: Rows, steps: Sequence[FittedStep], rest: Iterable[tuple[pd.DataFrame, np.ndarray]]
) -> Parts:
    """Return the prepared sample and the prepared rest of the rows, in turn on each worker.

    Parameters
    ----------
    sample
        Prepared rows.
    steps
        How the others are prepared.
    rest
        Parts of rows with their labels; at most as many as workers are on the way at once.
    """
    workers = sorted(client.nthreads())
    futures: list[Future] = [client.scatter(sample, workers=workers[:1], hash=False)]
    sizes = [len(sample.y)]
    for number, (frame, truth) in enumerate(rest, start=1):
        where = [workers[number % len(workers)]]
        sent = client.scatter((frame, truth), workers=where, hash=False)
        futures.append(client.submit(_prepared, sent, steps=tuple(steps), workers=where, pure=False))
        sizes.append(len(truth))
        wait(futures[-len(workers) :][:1])
    return Parts(client, futures, sizes, sample)


def _prepared(part: tuple[pd.DataFrame, np.ndarray], *, steps: Sequence[FittedStep]) -> Rows:
    frame, truth = part
    return Rows(transform(steps, frame), truth)
