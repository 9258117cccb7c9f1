"""What every command of the command line begins with."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from custpred.scratch import sweep
from custpred.signals import stoppable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def command() -> Iterator[None]:
    """Remove what killed commands left in the temporary folder; end on SIGTERM and SIGHUP as on Ctrl-C."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them reads every package's metadata
    sweep()
    with stoppable():
        yield
