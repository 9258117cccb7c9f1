"""Work on a Dask cluster: every fit in a child process of the worker that it was sent to."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.engine.base import Engine
from custpred.errors import MissingDependency
from custpred.lazy import installed

if TYPE_CHECKING:
    from custpred.engine.base import Workers


class Dask(Engine):
    """Workers of a Dask cluster: trials and folds fan out over machines, each fit in a child process of its worker.

    The run itself stays here, and so do its files: training rows are sent to the workers once, fitted folds come back.

    >>> Dask(address="tcp://10.0.0.5:8786").dump()
    {'kind': 'dask', 'address': 'tcp://10.0.0.5:8786'}
    """

    remote: ClassVar[bool] = True

    address: str = Field("tcp://127.0.0.1:8786", description="The scheduler; tls:// where the cluster encrypts.")

    def unavailable(self) -> MissingDependency | None:
        """Return the extra that is missing."""
        return None if installed("distributed") else MissingDependency.of("distributed", "engine: dask", "dask")

    def warm(self, seconds: float | None = None) -> bool:
        """Load libraries for the jobs that stay here."""
        return Engine.usual().warm(seconds)

    def open(self, jobs: int, memory: int | None = None) -> Workers:
        """Connect to the cluster: as many jobs at once as its workers have threads.

        ``jobs`` and ``memory`` limit this machine alone; a worker's fits together may take its ``--memory-limit``.

        Raises
        ------
        MissingDependency
            If the extra ``dask`` is not installed.
        RunError
            CP5103 if no scheduler answers, CP5104 if it has no workers that can take jobs.
        """
        if lack := self.unavailable():
            raise lack
        from custpred.engine._cluster import Cluster

        return Cluster(self.address)
