"""The image of the Dockerfile without Docker: its first stage in a folder, and what it takes.

    python benchmarks/image.py --python python3.12

Copies what ``.dockerignore`` allows, makes the environment, and runs the entry point in an empty
folder as an unprivileged user: a run, a batch and the server.  The size is that of the environment
plus that of the base image, which is the published one and not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = 125
"""Megabytes of python:3.12-slim, unpacked, as published; libgomp1 and the user take less than 1."""
LARGEST = 1200
USER = 65534
"""``nobody``: the image has a user of its own, and ``docker run --user`` names another."""


def context(home: Path) -> Path:
    """Copy what the build gets; return the folder."""
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    home.mkdir()
    for name in allowed:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, home / name)
    return home


def build(python: str, source: Path, home: Path) -> Path:
    """Make the environment as the first stage does; return its command."""
    stated = re.search(r'--constraint constraints\.txt "(\.\[[\w,]+\])"', (ROOT / "Dockerfile").read_text("utf-8"))
    assert stated is not None
    subprocess.run([python, "-m", "venv", home], check=True)
    words = ["install", "--quiet", "--no-cache-dir", "--constraint", "constraints.txt", stated[1]]
    subprocess.run([home / "bin" / "pip", *words], cwd=source, check=True)
    return home / "bin" / "custpred"


def unprivileged(*words: str | Path) -> list[str | Path]:
    """Return a command line that runs as nobody where this program is root."""
    who = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    return [*(who if os.geteuid() == 0 else ()), *words]


def used(command: Path, work: Path) -> None:
    """Run a recipe, score customers, and serve the run, as an unprivileged user."""
    env = {"HOME": "/tmp", "PATH": "/usr/bin:/bin"}  # no temporary folder of this program is named
    for words in (
        ["sample", "telecom", "--rows", "200", "--seed", "8", "--out", "new.csv"],
        ["run", "quickstart", "--set", "budget={work: 4}", "--out", "run", "--quiet"],
        ["predict", "run", "new.csv", "--out", "scores.csv"],
    ):
        subprocess.run(unprivileged(command, *words), cwd=work, env=env, check=True)
    server = subprocess.Popen(
        unprivileged(command, "serve", "run", "--port", "8765"), cwd=work, env=env, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}/health", timeout=30) as response:
            print("server:", json.load(response)["status"])
    finally:
        server.terminate()
    print("server ended with", server.wait(20))


def main() -> None:
    """Print the sizes; exit with 1 if the image would be too large."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--python", default=sys.executable, help="the image's Python, 3.12")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="custpred-image-") as folder:
        home, work = Path(folder), Path(folder) / "work"
        home.chmod(0o755)
        work.mkdir()
        work.chmod(0o777)
        command = build(given.python, context(home / "src"), home / "custpred")
        used(command, work)
        taken = subprocess.run(["du", "-sm", home / "custpred"], capture_output=True, text=True, check=True)
    size = int(taken.stdout.split()[0])
    print(f"environment {size:,} MB, with the base image {size + BASE:,} MB of at most {LARGEST:,} (computed)")
    raise SystemExit(size + BASE > LARGEST)


if __name__ == "__main__":
    main()
