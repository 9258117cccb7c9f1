"""The scripts of docs/examples run as written, and the gallery shows all of them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "examples"
SCRIPTS = sorted(FOLDER.glob("*.py"))


def test_the_gallery_shows_every_script() -> None:
    """Each script has a heading, its own first sentence and what it prints."""
    text = (FOLDER / "README.md").read_text("utf-8")
    assert len(SCRIPTS) >= 6
    for script in SCRIPTS:
        first = ast.get_docstring(ast.parse(script.read_text("utf-8"))).splitlines()[0]
        assert f"## [{script.name}]({script.name})\n\n{first}\n\n```text\n" in text


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_runs(script: Path, tmp_path: Path) -> None:
    """A script ends without an error, prints its output, and leaves only the documented files."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) >= 2
    assert {path.name for path in tmp_path.iterdir()} <= {"churn.html"}
