"""What the code must never do."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import custpred

PACKAGE = Path(custpred.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
UNPICKLE = {"engine/_child.py", "engine/_job.py", "engine/_worker.py"}
"""Where our own processes speak to each other; nothing that was saved or given is unpickled."""
STARTS = {"agents/tools.py", "agents/jobs.py"}
"""Start custpred's own commands as processes, by lists of words, never through a shell."""


@pytest.fixture(scope="module")
def calls(nodes: dict[Path, list[ast.AST]]) -> dict[Path, list[tuple[int, str]]]:
    """Return line and dotted name of every call in each file."""
    return {
        path: [(node.lineno, ast.unparse(node.func)) for node in inner if isinstance(node, ast.Call)]
        for path, inner in nodes.items()
    }


def test_nothing_saved_is_unpickled(calls: dict[Path, list[tuple[int, str]]]) -> None:
    """No file outside the engine reads a pickle, and no array is loaded with pickle."""
    bad = []
    for path in FILES:
        name = path.relative_to(PACKAGE).as_posix()
        text = path.read_text("utf-8")
        unpickles = [f"{name}:{line}" for line, call in calls[path] if re.search(r"pickle\.loads?$|read_pickle$", call)]
        bad += unpickles if name not in UNPICKLE else []
        bad += [name] if re.search(r"allow_pickle\s*=\s*True|import (joblib|dill|cloudpickle|shelve)", text) else []
    assert bad == []


def test_no_text_becomes_code(calls: dict[Path, list[tuple[int, str]]]) -> None:
    """Nothing is evaluated, executed or passed to a shell."""
    wrong = {"eval", "exec", "compile", "os.system", "os.popen", "__import__"}
    bad = [
        f"{path.relative_to(PACKAGE)}:{line} {call}"
        for path in FILES
        for line, call in calls[path]
        if call in wrong or (call.startswith("subprocess.") and path.relative_to(PACKAGE).as_posix() not in STARTS)
    ]
    assert bad == []
    assert not [name for name in STARTS if "shell=" in (PACKAGE / name).read_text("utf-8")]


def test_nothing_leaves_the_machine() -> None:
    """No file opens a connection itself; databases are reached through their drivers."""
    wrong = re.compile(
        r"^\s*(?:import|from) (?:requests|urllib\.request|http\.client|httpx|aiohttp|smtplib|ftplib)\b", re.M
    )
    assert [str(path.relative_to(PACKAGE)) for path in FILES if wrong.search(path.read_text("utf-8"))] == []


def test_errors_are_our_own(nodes: dict[Path, list[ast.AST]]) -> None:
    """Every CustpredError has a stable code, directly or by its class."""
    own = {"RecipeError", "NotApplicable"}
    bare = []
    for path, inner in nodes.items():
        for node in inner:
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            ours = node.func.id in {"DataError", "RunError", "ModelFileError", "BudgetSpent", "Interrupted"} - own
            if ours and not any(keyword.arg == "code" for keyword in node.keywords):
                bare.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert bare == []


def test_the_command_line_runs_no_code_of_the_current_folder(tmp_path: Path) -> None:
    """``python -m custpred`` imports no module from the data's folder."""
    begun = subprocess.run(
        [sys.executable, "-c", "import runpy, sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    names = {*sys.stdlib_module_names, *(name.partition(".")[0] for name in packages_distributions())}
    for name in names - set(begun.stdout.split()) - {"custpred"}:  # what has begun is loaded before our first line
        (tmp_path / f"{name}.py").write_text("import sys\nsys.exit(f'{__name__} was imported')\n", "utf-8")
    (tmp_path / "c.csv").write_text("id,visits,left\n" + "".join(f"c{n},{n % 7},no\n" for n in range(99)), "utf-8")
    (tmp_path / "c.yaml").write_text("customers: {path: c.csv, key: id}\ntarget: left\n", "utf-8")
    check, profile = ["check", "c.yaml"], ["profile", "c.csv", "--out", "c.html"]
    for words in (["-m", "custpred.cli", *check], ["-mcustpred", *check], ["-m", "custpred", *profile]):
        done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
