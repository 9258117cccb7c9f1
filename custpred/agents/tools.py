"""The tools: calls of custpred's commands, without customer rows in the output."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from custpred.agents.confined import Root
from custpred.agents.jobs import Job, command, environment, parsed
from custpred.errors import BudgetSpent, DataError, RunError
from custpred.storage.files import write

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.storage.plain import JSON

MAX_TEXT = 100_000
"""Maximum characters of a recipe written by an agent."""
COMPARISON_KEYS = "verdict same_customers rows scores measures agreement requirements"
"""Keys of a comparison for an agent, without the table of columns, which would fill its context."""


class Tools:
    """What the tools of one server share: the folder, the limit of a run, the started runs.

    Parameters
    ----------
    folder
        Folder that contains all paths.
    most
        Maximum seconds of a run, or of any other tool.
    """

    def __init__(self, folder: Path, most: float) -> None:
        self.root, self.most = Root(folder), most
        self.jobs: dict[str, Job] = {}

    def call(self, *words: str) -> JSON:
        """Run a command and return its output.

        Raises
        ------
        BudgetSpent
            CP4104 if it takes longer than the limit.
        RunError
            CP4130 if it was killed.
        """
        try:
            done = subprocess.run(
                command(*words, "--quiet"),
                cwd=self.root.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.most,
                check=False,
            )
        except subprocess.TimeoutExpired as cause:
            remedy = "Use a smaller table, or start 'custpred mcp' with a larger --most."
            raise BudgetSpent(f"It took more than {self.most:g} s.", code="CP4104", remedy=remedy) from cause
        return parsed(done.stdout, done.returncode)

    def profile(self, data: str, target: str | None, key: str | None, out: str) -> JSON:
        """Return the findings of a table, and the path of the page."""
        named = [*(["--target", target] if target else []), *(["--key", key] if key else [])]
        return self.call("profile", self._data(data), "--out", self._out(out, ".html"), *named)

    def draft(self, data: str, target: str, out: str) -> JSON:
        """Write a recipe with inferred values; return its text."""
        return self.call("new", self._data(data), "--target", target, "--out", self._out(out, ".yaml", ".yml"))

    def check(self, recipe: str, text: str | None) -> JSON:
        """Check a recipe, after writing it if its text is passed."""
        if text is not None:
            if len(text) > MAX_TEXT:
                raise DataError(f"The recipe has {len(text):,} characters.", code="CP1109", remedy="Write less.")
            write(self.root.path(self._out(recipe, ".yaml", ".yml")), text)
        self.root.recipe(recipe)
        return self.call("check", self._in(recipe))

    def start(self, recipe: str, out: str, seconds: float | None) -> Job:
        """Start a run within the limit.

        Raises
        ------
        RunError
            CP4131 if another one is running.
        """
        made = self.root.recipe(recipe)
        if busy := [job.name for job in self.jobs.values() if job.running]:
            raise RunError(f"{busy[0]} is still running.", code="CP4131", remedy="Ask for its status, or wait.")
        budget = min(seconds or made.budget.time or self.most, self.most)
        words = ["run", self._in(recipe), "--out", self._out(out, ""), "--set", f"budget.time={budget:g}s"]
        name = f"run-{len(self.jobs) + 1}"
        self.jobs[name] = Job(name, self.root.folder, words, budget)
        return self.jobs[name]

    def job(self, name: str) -> Job:
        """Return a started run.

        Raises
        ------
        RunError
            CP4131 if there is none of that name.
        """
        if name not in self.jobs:
            known = ", ".join(self.jobs) or "none yet"
            raise RunError(f"There is no job {name!r}.", code="CP4131", remedy=f"The jobs are: {known}.")
        return self.jobs[name]

    def leaderboard(self, run: str) -> JSON:
        """Return the models of a run, best first."""
        return self.call("leaderboard", self._in(run))

    def explain(self, run: str, key: str) -> JSON:
        """Return a customer's reasons by column, without values and words of the row."""
        found = self.call("explain", self._in(run), "--key", key)
        if own := found["result"]:
            kept = {name: own[name] for name in ("key", "start", "answer", "unit", "decision") if name in own}
            parts = [{"column": each["column"], "part": each["part"]} for each in own["parts"]]
            found["result"] = {**kept, "parts": parts, "others": own["others"], "rest": own["rest"]}
        return found

    def compare(self, old: str, new: str) -> JSON:
        """Return which of two runs to keep, with the evidence."""
        found = self.call("compare", self._in(old), self._in(new))
        if own := found["result"]:
            found["result"] = {name: own[name] for name in COMPARISON_KEYS.split() if name in own}
        return found

    def predict(self, run: str, data: str, out: str) -> JSON:
        """Score new customers into a file; return its path and notes about the rows."""
        return self.call("predict", self._in(run), self._data(data), "--out", self._out(out, ".csv", ".parquet"))

    def close(self) -> None:
        """End all running jobs."""
        for job in self.jobs.values():
            job.end()

    def _in(self, given: str) -> str:
        return str(self.root.path(given))

    def _data(self, given: str) -> str:
        return str(self.root.data(given))

    def _out(self, given: str, *endings: str) -> str:
        """Return a path to write; its extension ensures that no other kind is replaced."""
        found = self.root.path(given)
        if found == self.root.folder or (found.suffix not in endings and endings != ("",)):
            wanted = " or ".join(endings) or "a new folder"
            raise DataError(f"{given!r} cannot be written.", code="CP2436", remedy=f"Use a path that is {wanted}.")
        return str(found)
