"""Start-up time of the command line in CPU seconds, which hardly depend on other work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TRIES = 3
Cost = Callable[[list[str]], float]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment that keeps compiled modules, as an installed package has them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled"))}


@pytest.fixture(scope="module")
def cost(environment: dict[str, str]) -> Cost:
    """Return a function that gives a command's user seconds over those of an empty program."""

    def once(arguments: list[str]) -> float:
        child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, arguments
        return used.ru_utime

    def best(arguments: list[str]) -> float:
        once(arguments)  # compiles what is imported
        return min(once(arguments) for _ in range(TRIES))

    nothing = best(["-c", "pass"])
    return lambda arguments: best(arguments) - nothing


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell a child's processor time")
@pytest.mark.parametrize(
    ("arguments", "limit"),
    [
        (["-c", "import custpred"], 0.3),
        (["-m", "custpred.cli", "--help"], 0.3),
        (["-m", "custpred.cli", "check", "{recipe}"], 0.7),
    ],
    ids=["import", "help", "check"],
)
def test_light_commands_are_fast(cost: Cost, tmp_path: Path, arguments: list[str], limit: float) -> None:
    """Importing, help and the check of a recipe over a text file finish within their limits."""
    (tmp_path / "c.csv").write_text("id,visits,left\n" + "".join(f"c{n},{n % 7},yes\n" for n in range(5000)), "utf-8")
    recipe = tmp_path / "c.yaml"
    recipe.write_text("customers: {path: c.csv, key: id}\ntarget: left\nmodels: [logistic, lightgbm]\n", "utf-8")
    assert cost([each.format(recipe=recipe) for each in arguments]) < limit
