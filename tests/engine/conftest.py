"""Workers that all engine tests share, and scripts that run in separate processes."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custpred.engine.local import Local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from custpred.engine.base import Workers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

LIGHT = """\
from custpred.engine import _server
_server.PRELOAD.clear()  # these scripts fit nothing, so the server need not load libraries
import sys, time
sys.path.insert(0, sys.argv[1])
import _engine_jobs as jobs
from custpred.engine.local import Local
"""


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    with Local().open(2) as opened:
        opened.submit(math.sqrt, 4)
        opened.wait(120)  # until the libraries are loaded, so that no test's clock counts it
        yield opened


@pytest.fixture
def script() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts a Python script in a separate session."""
    started: list[subprocess.Popen[str]] = []

    def start(body: str, *arguments: object, how: str = "-c", folder: Path | None = None) -> subprocess.Popen[str]:
        text = LIGHT + textwrap.dedent(body)
        source = [text] if how == "-c" else []
        if how == "file":
            assert folder is not None
            (folder / "script.py").write_text(text)
            how = str(folder / "script.py")
        own = subprocess.Popen(
            [sys.executable, how, *source, str(HERE), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )
        started.append(own)
        assert own.stdin is not None
        own.stdin.write(text if how == "-" else "")
        own.stdin.close()
        own.stdin = None
        return own

    yield start
    for each in started:
        each.kill()
        each.communicate()
