"""Work on this machine: one child process per job."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.budget import core_share
from custpred.engine.base import Engine

if TYPE_CHECKING:
    from custpred.engine.base import Workers


LOADING = 2.5
"""Seconds of a core, about, after which workers have loaded their libraries and can begin."""


def warm(seconds: float | None = None) -> bool:
    """Start the fork server in the background, so that its libraries load while the caller reads data.

    Returns
    -------
    bool
        False if the server would not be ready within ``seconds`` at the pace that each process has now; then it is not
        started: it would only take processor time from this process.
    """
    from custpred.engine._server import started
    from custpred.engine._server import warm as begin

    if seconds is not None and not started() and seconds * core_share() < LOADING:
        return False
    begin()
    return True


class Local(Engine):
    """Child processes of this machine: one per fit, so that a crash, a hang or a full memory ends that fit alone."""

    def warm(self, seconds: float | None = None) -> bool:
        """Start the fork server in the background, if it can be ready within ``seconds``."""
        return warm(seconds)

    def open(self, jobs: int, memory: int | None = None) -> Workers:
        """Start workers: ``jobs`` at once, ``memory`` bytes for all of them together.

        Memory counts what jobs hold beyond the libraries that all of them share; it is read every 0.2 seconds, on
        Linux only.

        Raises
        ------
        RunError
            If child processes cannot be started here.
        """
        from custpred.engine._pool import Pool

        return Pool(jobs, memory)
