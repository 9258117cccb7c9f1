"""A Dask cluster; every fit runs in a child process of its worker."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.engine.base import Engine
from custpred.errors import MissingDependency
from custpred.lazy import installed

if TYPE_CHECKING:
    from distributed import Client

    from custpred.engine.base import Workers


class Dask(Engine):
    """Workers of a Dask cluster: fits run on many machines, each in a child process.

    Training rows are sent to each worker once; fitted folds and all files return to this machine.

    >>> Dask(address="tcp://10.0.0.5:8786").dump()
    {'kind': 'dask', 'address': 'tcp://10.0.0.5:8786'}
    """

    remote: ClassVar[bool] = True

    address: str = Field("tcp://127.0.0.1:8786", description="The scheduler; tls:// if the cluster is encrypted.")

    def unavailable(self) -> MissingDependency | None:
        """Return the missing extra."""
        return None if installed("distributed") else MissingDependency.of("distributed", "engine: dask", "dask")

    def warm(self, seconds: float | None = None) -> bool:
        """Load libraries for jobs on this machine."""
        return Engine.usual().warm(seconds)

    def open(self, jobs: int, memory: int | None = None) -> Workers:
        """Connect to the cluster; the workers' threads are the number of concurrent jobs.

        ``jobs`` and ``memory`` limit this machine; a worker has its own ``--memory-limit``.

        Raises
        ------
        MissingDependency
            If the extra ``dask`` is not installed.
        RunError
            CP5103 if no scheduler responds, CP5104 if it has no workers that can run jobs.
        """
        if lack := self.unavailable():
            raise lack
        from custpred.engine._cluster import Cluster

        return Cluster(self.address)

    def client(self) -> Client:
        """Connect to the scheduler; raises as ``open`` does."""
        if lack := self.unavailable():
            raise lack
        from custpred.engine._cluster import connected

        return connected(self.address)
