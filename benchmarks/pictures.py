"""The sample report, and the README's pictures of it and of the dashboard, in headless Chromium.

    python benchmarks/pictures.py          # or: make pictures

It runs ``recipes/quickstart.yaml`` with 30 trials, the same on every machine, writes
``reports/sample`` and, with Debian's ``chromium``, ``docs/report.png`` and ``docs/dashboard.png``,
and prints what the README quotes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

import custpred as cp
from custpred.inference.action_list import flat_customers

if TYPE_CHECKING:
    from custpred.results.result import Result

HOME = Path(__file__).parents[1]
TRIALS = 30
WIDE, HIGH = 1280, 1000
DRAWN = '[data-testid="stApp"][data-test-script-state="notRunning"]'
COMMAND = [sys.executable, "-c", "from custpred.cli import script; script()"]
SHOWN = 25
"""Rank of the customer in the picture."""
LINES = 4
"""Of the leaderboard, in the README."""


def main() -> None:
    """Run, keep the report, take both pictures."""
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        recipe = HOME / "recipes" / "quickstart.yaml"
        result = cp.run(recipe, set={"budget.time": None, "budget.work": TRIALS}, out="reports/quickstart")
        for name in ("report.html", "report.md"):
            shutil.copy(result.folder / name, HOME / "reports" / "sample" / name)
        with sync_playwright() as play:
            chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = chromium.new_page(viewport={"width": WIDE, "height": HIGH})
            page.goto((result.folder / "report.html").resolve().as_uri())
            page.screenshot(path=HOME / "docs" / "report.png")
            dashboard(result, page)
            chromium.close()
        quoted(result)


def dashboard(result: Result, page: Any) -> None:
    """Start the dashboard of a run, and take a picture of one of its customers."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    server = subprocess.Popen([*COMMAND, "dashboard", str(result.folder), "--port", str(port)])
    try:
        wait(f"http://127.0.0.1:{port}/_stcore/health")
        intake = result.predictor.intake
        scored, _ = result.act(flat_customers(intake), reasons="none")
        first = scored.loc[scored["rank"] == SHOWN, intake.key].iloc[0]
        page.goto(f"http://127.0.0.1:{port}/?page=customer&id={first}")
        page.locator("h3", has_text="Similar customers").wait_for(timeout=120_000)
        page.wait_for_selector(DRAWN)
        page.wait_for_timeout(1_000)
        page.screenshot(path=HOME / "docs" / "dashboard.png")
    finally:
        server.terminate()
        server.wait(20)


def wait(address: str) -> None:
    """Wait until a server responds, at most two minutes."""
    for _ in range(240):
        try:
            urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def quoted(result: Result) -> None:
    """Print what the README quotes."""
    board = result.leaderboard()[["model", "score", "low", "high"]].head(LINES).round(3)
    print(board.to_string(index=False))
    auc, best = result.record.test["roc_auc"], result.record.known_best["roc_auc"]
    print(f"On the {result.record.data.test_rows} test customers: ROC AUC {auc.value:.3f}, at best {best:.3f}")


if __name__ == "__main__":
    main()
