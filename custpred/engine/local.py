"""Child processes of this machine, one per job."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.budget import core_share
from custpred.engine.base import Engine

if TYPE_CHECKING:
    from custpred.engine.base import Workers


LOADING_SECONDS = 2.5
"""Approximate CPU seconds until workers have loaded their libraries."""


def warm(seconds: float | None = None) -> bool:
    """Start the fork server in the background: libraries load while the caller reads data.

    Returns
    -------
    bool
        False if the server would not be ready within ``seconds`` on the currently busy cores; then
        it is not started, as it would only take CPU time from this process.
    """
    from custpred.engine._server import started
    from custpred.engine._server import warm as begin

    if seconds is not None and not started() and seconds * core_share() < LOADING_SECONDS:
        return False
    begin()
    return True


class Local(Engine):
    """One child process of this machine per fit: a crash, a hang or lack of memory ends only it."""

    def warm(self, seconds: float | None = None) -> bool:
        """Start the fork server in the background, if it can be ready within ``seconds``."""
        return warm(seconds)

    def open(self, jobs: int, memory: int | None = None) -> Workers:
        """Start workers for ``jobs`` concurrent jobs with ``memory`` bytes in total.

        Memory excludes the libraries shared by all jobs; it is read on Linux only.

        Raises
        ------
        RunError
            If child processes cannot be started.
        """
        from custpred.engine._pool import Pool

        return Pool(jobs, memory)
