"""What all tests share: where real data are, and a clean process state."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(os.environ.get("CUSTPRED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """Return a function that gives the path of a real data file, or skips with a reason."""

    def path(name: str) -> Path:
        found = DATA / name
        if not found.exists():
            pytest.skip(f"real data set {name} is not on this machine; set CUSTPRED_DATA to its folder")
        return found

    return path
