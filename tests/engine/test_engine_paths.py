"""Where the fork server keeps its sockets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_long_temporary_folder_does_not_stop_the_workers(tmp_path: Path) -> None:
    """With a $TMPDIR longer than a socket's path may be, jobs still run."""
    long = tmp_path / ("d" * 120)
    long.mkdir()
    code = (
        "from custpred.engine.base import Engine\n"
        "with Engine.parse('local').open(1, 2**31) as workers:\n"
        "    workers.submit(abs, -3)\n"
        "    print(workers.wait()[0].value)\n"
    )
    env = {**os.environ, "TMPDIR": str(long)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "3", done.stderr
