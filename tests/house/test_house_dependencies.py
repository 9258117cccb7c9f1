"""What the package imports is what it declares: less breaks a plain install, more is ballast."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DISTRIBUTIONS = {
    "imblearn": "imbalanced-learn",
    "mlflow": "mlflow-skinny",
    "pydantic_core": "pydantic-core",
    "ruamel": "ruamel-yaml",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow-cpu",
    "xgboost": "xgboost-cpu",
}
"""Import names that differ from the name of the package that brings them."""
SAME = {"tensorflow-cpu": "tensorflow", "xgboost-cpu": "xgboost"}
"""Packages of one content: which of the two is declared depends on the platform."""
NOT_DECLARED = {"konlpy"}
"""Optional, never required: its licence is the GPL, so users install it (docs/texts.md)."""
LOADERS = {"need", "installed", "import_module", "find_spec"}


def _names(nodes: list[ast.AST]) -> set[str]:
    """Return the top-level modules that a file imports, at any depth and also by name."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in LOADERS and node.args:
            first = node.args[0]
            found |= {first.value} if isinstance(first, ast.Constant) and isinstance(first.value, str) else set()
    return {name.partition(".")[0] for name in found}


@pytest.fixture(scope="module")
def imported(nodes: dict[Path, list[ast.AST]]) -> set[str]:
    """Return the third-party packages that the package imports."""
    modules = {name for inner in nodes.values() for name in _names(inner)}
    outside = modules - sys.stdlib_module_names - {"custpred", ""}
    return {DISTRIBUTIONS.get(name, name).replace("_", "-").lower() for name in outside}


def _declared() -> set[str]:
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(each for name, given in extras.items() if name != "dev" for each in given)]
    names = {re.match(r"[\w.-]+", line)[0].replace("_", "-").replace(".", "-").lower() for line in lines}
    return names - {SAME[name] for name in SAME if name in names}


def test_what_is_imported_is_declared(imported: set[str]) -> None:
    """Every imported package is a dependency of the core or of an extra."""
    assert imported - _declared() == NOT_DECLARED


def test_what_is_declared_is_imported(imported: set[str]) -> None:
    """Every dependency of the core and of the extras is imported."""
    assert _declared() - imported == set()


def test_each_extra_is_tested_in_an_environment_of_its_own() -> None:
    """``make extras`` has a leg for every extra, and the tests that it names exist."""
    tree = ast.parse((ROOT / "tests" / "bare" / "extras.py").read_text("utf-8"))
    (legs,) = (ast.literal_eval(each.value) for each in tree.body if ast.unparse(each).startswith("TESTS = "))
    assert set(legs) == set(PROJECT["optional-dependencies"]) - {"dev"}
    assert [path for paths in legs.values() for path in paths if not (ROOT / path).exists()] == []


def test_bounds_are_lower_bounds_only() -> None:
    """Each dependency has one lower bound and no upper one."""
    lines = [*PROJECT["dependencies"], *(each for given in PROJECT["optional-dependencies"].values() for each in given)]
    wrong = [line for line in lines if not re.fullmatch(r"[\w.-]+(\[\w+\])?>=[\d.]+( *;.*)?", line)]
    assert wrong == []
