"""Prepared rows of a table larger than the memory, in parts on the workers of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from distributed import Client, Future

    from custpred.task import Rows


@dataclass(frozen=True)
class Parts:
    """All rows that a model is fitted to.

    Parameters
    ----------
    client
        The connection to the cluster.
    rows
        The parts: each result is a ``Rows``.  The first part is the sample.
    sizes
        The number of rows of each part.
    sample
        The first part on this machine, from which scalings and known categories are learned.
    """

    client: Client
    rows: Sequence[Future]
    sizes: Sequence[int]
    sample: Rows
