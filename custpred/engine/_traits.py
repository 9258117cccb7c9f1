"""Optional traits of an engine beyond the contract, with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.spec import Spec

if TYPE_CHECKING:
    from distributed import Client


class EngineTraits(Spec):
    """Optional traits of an engine.

    ``forks``: jobs run in separate processes with preloaded libraries; ``remote``: on machines
    without the run's files, which may be unreachable.
    """

    forks: ClassVar[bool] = True
    remote: ClassVar[bool] = False

    def warm(self, seconds: float | None = None) -> bool:
        """Start loading the workers' libraries in the background; repeated calls are harmless.

        Returns
        -------
        bool
            False if the cores are too busy for workers to be ready within ``seconds``; then nothing
            is started, and workers load their libraries with their first job.
        """
        return True

    def client(self) -> Client | None:
        """Return a connection to the engine's cluster, closed by the caller; None without one."""
        return None
