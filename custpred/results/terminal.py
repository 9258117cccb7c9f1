"""Progress of a run: a bar on a terminal or in a notebook, otherwise plain or JSON lines."""

from __future__ import annotations  # light: imports inside functions are deliberate

import json
import sys
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from custpred.results.progress import Progress
from custpred.text import score_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar

    from custpred.metrics.base import Metric
    from custpred.results.record import Record

WORDS = {
    "read": "reading customers",
    "plan": "making a plan",
    "profile": "looking at the data",
    "search": "trying models",
    "blend": "blending and calibrating",
    "test": "scoring the test customers, once",
    "refit": "fitting the model to all rows",
    "write": "writing model and report",
}


STYLE: ContextVar[str] = ContextVar("style", default="auto")
"""How commands show progress: ``auto``, ``json`` lines, or ``quiet``."""


@contextmanager
def following(progress: Progress | None, verbose: int) -> Iterator[Progress]:
    """Show the progress of a call from Python, unless the caller handles it.

    Parameters
    ----------
    verbose
        0: nothing; 1: a bar in a notebook or on a terminal; 2: the bar, elsewhere plain lines.
    """
    from custpred.results.notebook import bar, display

    if progress is not None or verbose < 1:
        yield progress or Progress()
    elif display() is not None:
        with bar() as notify:
            yield Progress(notify)
    elif verbose > 1 or sys.stderr.isatty():
        with shown() as own:
            yield own
    else:
        yield Progress()


@contextmanager
def shown() -> Iterator[Progress]:
    """Show the progress of a run on stderr, in the style set for the command."""
    if STYLE.get() == "quiet":
        yield Progress()
        return
    if STYLE.get() == "json" or not sys.stderr.isatty():
        yield Progress(_json if STYLE.get() == "json" else Lines())
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Progress(_Live(bar))


class Lines:
    """Plain lines, one for each stage and each new best model."""

    def __init__(self) -> None:
        self.began, self.best, self.trials = time.monotonic(), float("-inf"), 0
        self.metric: Metric | None = None

    def __call__(self, event: str, what: Any) -> None:
        """Print one event of a run, if progress is shown."""
        if event == "stage":
            self.say(WORDS.get(what, what))
        elif event == "metric":
            self.metric = what
        elif event == "note":
            self.say(what)
        elif event == "trial":
            self.trials += 1
            if what.status != "ok":
                self.say(f"{what.name}: {what.status}, {what.reason}")
            elif what.gain > self.best:
                self.best = what.gain
                self.say(f"{what.name}: best so far{self.score(what.gain)}")

    def score(self, gain: float) -> str:
        """Return the metric's name and value as displayed."""
        if self.metric is None:
            return ""
        return f", {self.metric.title()} {score_text(self.metric.sign * gain)}"

    def say(self, text: str) -> None:
        """Print one line with the seconds since the start."""
        with suppress(OSError):  # the terminal is closed, and the run continues
            sys.stderr.write(f"{time.monotonic() - self.began:7.1f} s  {text}\n")
            sys.stderr.flush()


def _json(event: str, what: Any) -> None:
    """Print one event of a run as a line of JSON."""
    own: dict[str, object] = {"event": event}
    if event == "trial":
        gain = what.gain if what.status == "ok" else None
        own |= {"name": what.name, "status": what.status, "gain": gain, "reason": what.reason}
    else:
        own["value"] = what.name() if hasattr(what, "name") else what
    with suppress(OSError):
        sys.stderr.write(json.dumps({"at": round(time.time(), 3), **own}, default=str) + "\n")
        sys.stderr.flush()


class _Live(Lines):
    """A spinner with the stage, the number of trials, the best score and the time left."""

    def __init__(self, bar: Bar) -> None:
        super().__init__()
        self.bar, self.task = bar, bar.add_task("starting")
        self.left: float | None = None
        self.text = ""

    def __call__(self, event: str, what: Any) -> None:
        if event == "left":
            self.left = what
            return
        super().__call__(event, what)
        if event == "trial":
            self.say(self.text)

    def say(self, text: str) -> None:
        """Show the line, the trials and the ETA."""
        self.text = text
        eta = f", about {self.left:.0f} s left" if self.left is not None else ""
        counted = f" ({self.trials} trials{eta})" if self.trials else ""
        with suppress(OSError):
            self.bar.update(self.task, description=f"{text}{counted}")


def board_table(record: Record) -> None:
    """Print the leaderboard as a table."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    label = record.metrics[record.metric]["label"]
    table = Table("rank", "model", label, "95% interval", "weight", "fit s", "note", box=None)
    for row in record.leaderboard:
        score = score_text(row.score.value) if row.score else "-"
        interval = f"{score_text(row.score.low)} to {score_text(row.score.high)}" if row.score else "-"
        note = row.reason or ("baseline" if row.baseline else "tied with the best" if row.tied and row.rank > 1 else "")
        cells = [str(row.rank), row.name, score, interval, f"{row.weight:.2f}", f"{row.fit_seconds:.1f}", note]
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)
