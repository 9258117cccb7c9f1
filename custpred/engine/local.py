"""Work on this machine: one child process per job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.engine.base import Engine

if TYPE_CHECKING:
    from custpred.engine.base import Workers


def warm() -> None:
    """Start the fork server in the background: its libraries load while the caller reads data."""
    from custpred.engine._server import warm as begin

    begin()


class Local(Engine):
    """Child processes of this machine: one per fit, so that a crash, a hang or a full memory ends that fit alone."""

    def warm(self) -> None:
        """Start the fork server in the background."""
        warm()

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
