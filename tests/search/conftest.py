"""Families, a scorer, and workers for tests of searches: real ones, and simulated ones."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custpred.engine.local import Local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.engine.base import Workers

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    with Local().open(2) as opened:
        opened.submit(math.sqrt, 4)
        opened.wait(120)  # until the libraries are loaded, so that no test's clock counts it
        yield opened
