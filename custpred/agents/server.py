"""The server of ``custpred mcp``: eight tools and the status of a run, on stdin and stdout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
from mcp.server.mcpserver import Context, MCPServer

from custpred import __version__
from custpred.agents.tools import Tools
from custpred.errors import CustpredError
from custpred.results.json_output import envelope
from custpred.storage.plain import JSON  # noqa: TC001 (the SDK reads the annotations)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from custpred.agents.jobs import Job

WAIT_SECONDS = 50.0
"""Seconds that ``run`` and ``status`` wait for a run to end: less than clients' timeouts."""
INSTRUCTIONS = """Predict what customers do from a table, with one folder of files. Work in this order: profile
(findings of severity alarm first), draft (a recipe), check (pass corrected text), run (follow it with status),
leaderboard, explain, predict. Each output has exit_code, result, warnings and errors; an error has a code, its place
and a remedy: apply it and call again. Paths are below the server's folder. Rows of customers stay in files."""


def serve(folder: Path, most: float) -> None:
    """Serve one agent until it closes stdin."""
    tools = Tools(folder, most)
    try:
        built(tools).run("stdio")
    finally:
        tools.close()


def built(tools: Tools) -> MCPServer:
    """Return the server with its tools."""
    server = MCPServer("custpred", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR")

    async def profile(data: str, target: str | None = None, key: str | None = None, out: str = "profile.html") -> JSON:
        """Profile a table: missing values, outliers, leaks. Writes a page; returns the findings."""
        return await output_of(tools.profile, data, target, key, out)

    async def draft(data: str, target: str, out: str = "recipe.yaml") -> JSON:
        """Write a commented recipe with inferred values and reasons. Returns its text."""
        return await output_of(tools.draft, data, target, out)

    async def check(recipe: str, text: str | None = None) -> JSON:
        """Report every mistake of a recipe; with text, the recipe is written first."""
        return await output_of(tools.check, recipe, text)

    async def run(ctx: Context, recipe: str, out: str = "run", seconds: float | None = None) -> JSON:
        """Run a recipe within a budget in seconds; returns the result, or a job for status."""
        return await started(tools, ctx, recipe, out, seconds)

    async def status(ctx: Context, job: str) -> JSON:
        """Wait for a run in progress; returns when it is done, or its progress."""
        found = await output_of(lambda: {"job": tools.job(job)})
        return await followed(found["job"], ctx) if "job" in found else found

    for tool in (profile, draft, check, run, status, *_of_runs(tools)):
        server.add_tool(tool)
    return server


def _of_runs(tools: Tools) -> tuple[Callable[..., Awaitable[JSON]], ...]:
    """Return the tools for finished runs."""

    async def leaderboard(run: str) -> JSON:
        """Return the models of a run, best first, with intervals, including baselines."""
        return await output_of(tools.leaderboard, run)

    async def explain(run: str, key: str) -> JSON:
        """Explain the score of a customer of the run's table: additive attributions by column."""
        return await output_of(tools.explain, run, key)

    async def compare(old: str, new: str) -> JSON:
        """Compare two runs of the same target: keep the old, take the new, or cannot tell."""
        return await output_of(tools.compare, old, new)

    async def predict(run: str, data: str, out: str = "list.csv") -> JSON:
        """Score customers into a file: rank, probability, decision, reasons. Returns the path."""
        return await output_of(tools.predict, run, data, out)

    return leaderboard, explain, compare, predict


async def output_of(work: Callable[..., JSON], *given: object) -> JSON:
    """Return a tool's result or error as command output; other tools can run meanwhile."""
    try:
        return await anyio.to_thread.run_sync(partial(work, *given))
    except CustpredError as error:
        return envelope(error)


async def started(tools: Tools, ctx: Context, recipe: str, out: str, seconds: float | None) -> JSON:
    """Start a run and follow it."""
    found = await output_of(lambda: {"job": tools.start(recipe, out, seconds)})
    return await followed(found["job"], ctx) if "job" in found else found


async def followed(job: Job, ctx: Context) -> JSON:
    """Report progress until a run ends or the client leaves; return its output, or its state."""
    with anyio.move_on_after(WAIT_SECONDS):
        while job.running:
            await ctx.report_progress(min(job.elapsed, job.seconds), job.seconds, f"{job.stage}, {job.trials} trials")
            await anyio.sleep(0.5)
    return job.state() if job.running else {**await output_of(job.output), "job": job.name}
