"""An agent goes from a table to a report and a list by the SDK's client, within its folder."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from custpred.agents.confined import Root
from custpred.errors import DataError, RunError
from custpred.source.sample import Sample

KEY = "T0002654"
HERE = str(Path(__file__).parents[2])


def made_tools(folder: Path, most: float = 60.0) -> Any:
    """Return the implementation of the tools."""
    from custpred.agents.tools import Tools

    return Tools(folder, most)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an agent's folder with customers, next to a file outside it."""
    folder = tmp_path / "agent"
    folder.mkdir()
    Sample.of("telecom", 600, 7).with_outcome("churn").to_csv(folder / "customers.csv", index=False)
    Sample.of("telecom", 60, 8).with_outcome(None).to_csv(folder / "new.csv", index=False)
    (tmp_path / "secret.csv").write_text("customer_id,churn\na,yes\nb,no\n", "utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    return folder


@pytest.mark.parametrize(
    "path", ["../secret.csv", "/etc/passwd", "link.csv", "a/../../secret.csv", "postgresql://h/d", "x.duckdb::t", "\0"]
)
def test_paths_stay_below_the_folder(home: Path, path: str) -> None:
    """Dots, absolute paths, links and addresses outside the folder are refused."""
    with pytest.raises(DataError, match="CP2436"):
        Root(home).path(path)


@pytest.mark.parametrize(
    "source",
    [
        "customers: {path: ../secret.csv}",
        "customers: {path: '/etc/*.conf'}",
        "customers: {path: 'lin*.csv'}",
        "customers: {path: 'HERE/sub*/../../secret.csv'}",
        "customers: {kind: sql, url: 'duckdb:///x.db', query: \"SELECT * FROM read_csv('/etc/passwd')\"}",
        "events: {orders: {path: ../secret.csv, key: id, time: t}}\ntarget: {kind: event, horizon: 30d}",
        "customers: {path: customers.csv}\nmodels: [{kind: tabicl, checkpoint: /etc/passwd}]",
    ],
)
def test_recipes_read_only_below_the_folder(home: Path, source: str) -> None:
    """A recipe cannot read what the agent's paths cannot, also by what a pattern matches."""
    (home / "sub").mkdir()
    source = source.replace("HERE", str(home))
    with pytest.raises(DataError, match="CP2436"):
        made_tools(home).check("r.yaml", source if "target" in source else f"{source}\ntarget: churn\n")


@pytest.mark.parametrize("data", ["r.yaml", "lin*.csv", "sub*/../../secret.csv"])
def test_data_are_only_below_the_folder(home: Path, data: str) -> None:
    """No pattern, and no recipe in the place of a table, leads the tools outside."""
    (home / "sub").mkdir()
    (home / "r.yaml").write_text("customers: {path: ../secret.csv}\ntarget: churn\n", "utf-8")
    one = made_tools(home)
    for call in (
        lambda: one.profile(data, None, None, "p.html"),
        lambda: one.draft(data, "churn", "d.yaml"),
        lambda: one.predict("run", data, "list.csv"),
    ):
        with pytest.raises(DataError, match="CP2436"):
            call()
    assert Root(home).data("custom*.csv") == home / "custom*.csv"


def test_budgets_are_capped_and_extensions_checked(home: Path) -> None:
    """A run gets at most the server's seconds; a list cannot replace a recipe."""
    one = made_tools(home, 5.0)
    (home / "r.yaml").write_text("customers: {path: customers.csv}\ntarget: churn\nbudget: 3h\n", "utf-8")
    with pytest.raises(DataError, match="CP2436"):
        one.predict("run", "new.csv", "r.yaml")
    job = one.start("r.yaml", "run", 999.0)
    try:
        assert job.seconds == 5.0
        assert "budget.time=5s" in job.process.args
        with pytest.raises(Exception, match="CP4131 run-1 is still running"):
            one.start("r.yaml", "run2", None)
    finally:
        one.close()
    with pytest.raises(Exception, match="CP4131 There is no job 'x'"):
        one.job("x")


def test_a_late_run_is_stopped_unasked_and_a_killed_one_has_a_message(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to ask for the status of a late run; without output the agent gets a code."""
    from custpred.agents import jobs

    monkeypatch.setattr(jobs, "command", lambda *words: [sys.executable, "-c", "import time; time.sleep(60)"])
    job = jobs.Job("run-1", home, [], -2 * jobs.GRACE)
    try:
        assert job.process.wait(30) == -signal.SIGTERM
        assert not job.running
        with pytest.raises(RunError, match=r"CP4130 The command ended without output, with exit code -15\."):
            job.output()
    finally:
        job.end()


async def steps(call: Callable[..., Awaitable[Any]]) -> None:
    """Go from a table to a list as an agent does."""
    await call("profile", data="customers.csv", target="churn", key="customer_id")
    text = (await call("draft", data="customers.csv", target="churn"))["result"]["recipe"]
    lean = text.replace("models: auto", "models: [logistic, lightgbm]")
    assert (await call("check", recipe="recipe.yaml", text=lean))["exit_code"] == 0
    done = await call("run", recipe="recipe.yaml", seconds=10)
    while "running" in done:
        done = await call("status", job=done["job"])
    assert done["exit_code"] == 0, done
    assert Path(done["result"]["report"]).is_file()
    board = (await call("leaderboard", run="run"))["result"]["models"]
    assert {"dummy", "logistic"} <= {each["model"].partition(" ")[0] for each in board}
    reasons = await call("explain", run="run", key=KEY)
    assert reasons["exit_code"] == 0, reasons["errors"]
    parts = reasons["result"]["parts"]
    assert set(parts[0]) == {"column", "part"}
    assert (await call("compare", old="run", new="run"))["exit_code"] == 0
    assert (await call("predict", run="run", data="new.csv"))["exit_code"] == 0


@pytest.mark.slow
def test_from_a_table_to_a_list_in_eight_calls(home: Path) -> None:
    """All tools, from profile to predict, run in turn, and no output has a customer's row."""
    mcp = pytest.importorskip("mcp")
    import anyio

    said: list[tuple[str, Any]] = []
    seen: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    async def talk() -> None:
        line = ["-m", "custpred.cli", "mcp", "--root", str(home), "--most", "60"]
        server = mcp.StdioServerParameters(command=sys.executable, args=line, env={**os.environ, "PYTHONPATH": HERE})
        async with mcp.Client(server, read_timeout_seconds=120) as client:

            async def call(name: str, **given: Any) -> Any:
                found = await client.call_tool(name, given, progress_callback=progress)
                assert not found.is_error, found
                made = found.structured_content or json.loads(found.content[0].text)
                said.append((name, made))
                return made

            await steps(call)
            assert (await call("predict", run="run", data="../secret.csv"))["errors"][0]["code"] == "CP2436"

    anyio.run(talk)
    assert len(said) - 1 <= 8
    assert len(seen) > 3
    assert (home / "list.csv").read_text("utf-8").count("\n") == 61
    rows = [row.split(",") for row in (home / "customers.csv").read_text("utf-8").splitlines()[1:]]
    for name, found in said:
        text = json.dumps(found)
        assert [row[0] for row in rows if row[0] in text and row[0] != KEY] == [], name
        assert [row for row in rows if row[9] in text and row[10] in text and len(row[10]) > 5] == [], name
