"""Imports stand at the top, except where a light start would load more: computed, not listed.

A light start is ``import custpred``, the command line and its help, ``custpred check`` with a list
of all kinds, and a run on a busy machine, up to its first model and to its end.  A module that one
of them loads may import inside a function what that start does not load, and says so in its first
import line.  Other modules do so only for libraries that few runs need, or to break a circle.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import custpred

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(custpred.__file__).parent
MARK = "# light: imports inside functions are deliberate"
SELDOM = {
    "duckdb",
    "polars",
    "pyarrow",
    "openpyxl",
    "sqlalchemy",
    "jinja2",
    "optuna",
    "lightgbm",
    "xgboost",
    "catboost",
}
SELDOM |= {"catboost", "tensorflow", "keras", "kiwipiepy", "konlpy", "matplotlib", "streamlit", "dask", "treelite"}
SELDOM |= {"mlflow", "onnx", "pyspark", "sqlglot", "sklearn", "fcntl", "resource", "msvcrt", "_winapi"}
"""Libraries of few runs, scikit-learn (1.4 CPU seconds), modules of one system."""
APART = {"custpred.source._reading.workbook"}
"""Modules with a light start: the columns of an Excel file are known without pandas."""

STARTS = """
import json, random, sys
from pathlib import Path
home, loaded = Path(sys.argv[1]), []
def note(): loaded.append(sorted(sys.modules))
draw = random.Random(0)
lines = [f"c{i},{draw.randrange(9)},{draw.choice('abc')},2024-01-{draw.randrange(10, 29)},{draw.choice('yn')}"
         for i in range(900)]
(home / "c.csv").write_text("customer,visits,plan,since,left\\n" + "\\n".join(lines))
keys = {"customers": {"path": str(home / "c.csv"), "key": "customer"}, "target": "left", "budget": {"time": 1}}
(home / "r.yaml").write_text(json.dumps(keys))
import custpred
note()
from custpred import cli
note()
from custpred import api
note()
from custpred.recipe import inspect
for key in inspect.families():
    list(inspect.kinds(key))
sys.argv = ["custpred", "check", str(home / "r.yaml")]
try:
    cli.main()
except SystemExit as end:
    assert not end.code
note()
import custpred.budget
from custpred.results.progress import Progress
custpred.budget.core_share = lambda root=None: 0.01  # a hundred processes want to run
def tell(event, what):
    if event == "trial" and not what.model.baseline:
        note()
result = api.run(home / "r.yaml", out=home / "run", progress=Progress(tell))
assert [row.kind for row in result.record.leaderboard if row.weight] == ["logistic"]
note()
(home / "loaded.json").write_text(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """Return the modules after each light start, the lightest first."""
    home = tmp_path_factory.mktemp("start")
    done = subprocess.run([sys.executable, "-c", STARTS, str(home)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [set(each) for each in json.loads((home / "loaded.json").read_text())]


def test_a_run_on_a_busy_machine_needs_neither_scipy_nor_scikit_learn(starts: list[set[str]]) -> None:
    """From the command to the report: their import would take as long as the whole model."""
    assert starts[-1] & {"scipy", "sklearn", "lightgbm", "xgboost", "optuna"} == set()


def test_imports_stand_at_the_top(starts: list[set[str]], trees: dict[Path, ast.Module]) -> None:
    """An import inside a function spares a light start, is rarely needed, or breaks a circle."""
    light = {name: each for each in reversed(starts) for name in each}
    found = []
    for name, path in _modules().items():
        own, spared = light.get(name, set() if name in APART else None), False
        for node, guarded in _inside(trees[path]):
            targets = _targets(node)
            new = own is not None and not own.issuperset(targets)
            spared |= new
            seldom = targets[0].partition(".")[0] in SELDOM
            if not (new or seldom or guarded or any(_reaches(each, name) for each in targets)):
                found.append(f"{path.relative_to(HOME)}:{node.lineno} {targets[0]}: import it at the top")
        if spared is not (MARK in path.read_text("utf-8")):
            found.append(f"{path.relative_to(HOME)}: {'say' if spared else 'do not say'} {MARK!r} at its head")
    assert not found, "\n".join(found)


@cache
def _modules() -> dict[str, Path]:
    names = {path: ".".join(path.relative_to(HOME.parent).with_suffix("").parts) for path in HOME.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def _inside(tree: ast.AST, deep: bool = False, guarded: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the imports inside functions, and whether each is in a ``try``."""
    for node in ast.iter_child_nodes(tree):
        if deep and isinstance(node, ast.Import | ast.ImportFrom):
            yield node, guarded
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _inside(node, deep or function, guarded or isinstance(node, ast.Try))


def _targets(node: ast.stmt) -> list[str]:
    """Return the modules that an import loads."""
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    assert isinstance(node, ast.ImportFrom)
    inner = [f"{node.module}.{each.name}" for each in node.names]
    return [str(node.module), *(each for each in inner if each in _modules())]


@cache
def _imported(name: str) -> frozenset[str]:
    """Return the modules of ours that a module imports at its top."""
    if name not in _modules():
        return frozenset()
    body = ast.parse(_modules()[name].read_text("utf-8")).body
    return frozenset(each for node in body if isinstance(node, ast.Import | ast.ImportFrom) for each in _targets(node))


def _reaches(name: str, wanted: str) -> bool:
    """Return whether importing a module of ours imports another."""
    seen, waiting = set(), [name]
    while waiting:
        each = waiting.pop()
        if each == wanted:
            return True
        if each not in seen:
            seen.add(each)
            waiting += _imported(each)
    return False
