"""Progress of a run by stages."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Callback: TypeAlias = Callable[[str, Any], None]
    """Called with progress: an event, such as ``stage``, and its details."""


@dataclass
class Progress:
    """Reports events to a listener, and keeps the seconds of each stage."""

    notify: Callback = lambda event, what: None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announce and time a stage."""
        self.notify("stage", name)
        began = time.monotonic()
        try:
            yield
        finally:  # a stage that is interrupted took time, too
            self.seconds[name] = time.monotonic() - began
