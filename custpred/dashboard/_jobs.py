"""Runs started in the dashboard: one at a time, in a thread; they survive reloading the page."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from custpred import api
from custpred.errors import CustpredError, RunError
from custpred.recipe.file import from_keys
from custpred.results.progress import Progress
from custpred.storage.run_folder import fresh
from custpred.text import score_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from custpred.metrics.base import Metric
    from custpred.recipe.keys import Recipe

LATE = 0.97
"""Maximum of the progress bar while a run is still writing."""


@dataclass
class Job:
    """A run and its progress."""

    folder: Path
    seconds: float
    began: float = field(default_factory=time.monotonic)
    stage: str = "read"
    trials: int = 0
    best: str = ""
    fault: str = ""
    done: bool = False
    _gain: float = float("-inf")
    _metric: Metric | None = None

    @property
    def share(self) -> float:
        """Return the share of the time used, 0 to 1; 1 only when the run has ended."""
        return 1.0 if self.done else min((time.monotonic() - self.began) / max(self.seconds, 1.0), LATE)

    def hear(self, event: str, what: Any) -> None:
        """Process one progress event of the run."""
        if event == "stage":
            self.stage = str(what)
        elif event == "metric":
            self._metric = what
        elif event == "trial":
            self.trials += 1
            if what.status == "ok" and what.gain > self._gain:
                self._gain = what.gain
                self.best = self._score(what.gain)

    def _score(self, gain: float) -> str:
        if self._metric is None:
            return ""
        return f"{self._metric.title()} {score_text(gain if self._metric.better == 'higher' else -gain)}"

    def work(self, recipe: Recipe) -> None:
        """Run the recipe; an error is stored as text."""
        try:
            api.run(recipe, out=self.folder, progress=Progress(self.hear))
        except CustpredError as error:
            self.fault = str(error)
        except Exception as error:  # the page shows the error as the command line would
            self.fault = f"CP9000 a bug of custpred: {type(error).__name__}."
        self.done = True


class Jobs:
    """The runs of one server."""

    def __init__(self) -> None:
        self.every: list[Job] = []
        self._turn = threading.Lock()

    @property
    def last(self) -> Job | None:
        """Return the most recently started run."""
        return self.every[-1] if self.every else None

    def start(self, keys: Mapping[str, object], home: Path) -> Job:
        """Start a run in a new folder of ``home``.

        Raises
        ------
        RunError
            CP4101 if another run is in progress.
        RecipeError
            With every error in the keys.
        """
        recipe = from_keys(keys)
        with self._turn:
            if self.last is not None and not self.last.done:
                raise RunError("Another run is in progress.", code="CP4101", remedy="Wait for it to end.")
            job = Job(fresh(recipe.name, home), recipe.budget.time or 0.0)
            self.every.append(job)
        threading.Thread(target=job.work, args=(recipe,), daemon=True).start()
        return job
