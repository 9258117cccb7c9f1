"""Examples in docstrings are correct, and there are enough of them."""

from __future__ import annotations

import ast
import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

import custpred

PACKAGE = Path(custpred.__file__).parent
WITH = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text("utf-8"))
NAMES = [".".join(("custpred", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in WITH]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", [name.removesuffix(".__init__") for name in NAMES])
def test_examples_are_correct(name: str) -> None:
    """Every example of a module gives the shown output."""
    module = import_module(name)
    found = doctest.testmod(module, optionflags=FLAGS, verbose=False)
    assert found.failed == 0


@pytest.fixture(scope="module")
def public(trees: dict[Path, ast.Module]) -> dict[str, bool]:
    """Return public classes and functions, and whether they or a method have an example."""
    found = {}
    for path, tree in trees.items():
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if any(part.startswith("_") and part != "__init__" for part in parts):
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                inner = node.body if isinstance(node, ast.ClassDef) else []
                methods = [
                    each for each in inner if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
                ]
                docs = [ast.get_docstring(each) or "" for each in (node, *methods)]
                found[".".join((*parts, node.name))] = any(">>> " in doc for doc in docs)
    return found


def test_three_public_names_in_ten_have_an_example(public: dict[str, bool]) -> None:
    """At least 30 % of the public classes and functions have an example."""
    assert sum(public.values()) / len(public) >= 0.3


def test_every_kind_of_metric_and_strategy_has_an_example(public: dict[str, bool]) -> None:
    """Metrics, and strategies for missing values, show their numbers."""
    assert [name for name, has in public.items() if name.startswith(("metrics.", "missing.")) and not has] == []


def _head(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def test_every_folder_says_what_lives_there_and_where_to_start() -> None:
    """Each folder's ``__init__`` describes the folder and names a file of it, in a few lines."""
    folders = [path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]
    short = []
    for folder in folders:
        lines = _head(folder / "__init__.py").splitlines()
        named = set(re.findall(r"``([\w/]+\.py)``", "\n".join(lines)))
        if not 3 <= len(lines) <= 9 or not any((folder / name).exists() for name in named):
            short.append(folder.name)
    assert short == []


def test_every_contract_explains_itself_first() -> None:
    """Each folder's base.py begins with more than one sentence."""
    assert [path.parent.name for path in PACKAGE.glob("*/base.py") if len(_head(path).splitlines()) < 4] == []


def _wrong_parameters(node: ast.FunctionDef) -> list[str]:
    """Return what a docstring lists as a parameter and the function does not take."""
    found = re.search(r"\nParameters\n-+\n(.*?)(?:\n\n[A-Z]\w+\n-+|\Z)", ast.get_docstring(node) or "", re.DOTALL)
    lines = found[1].partition("\n\n")[0].splitlines() if found else []
    named = [part.strip().lstrip("*") for line in lines if line[:1].strip() for part in line.split(" : ")[0].split(",")]
    own = node.args
    taken = {each.arg for each in (*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg, own.kwarg) if each}
    return [f"{node.name}: {name}" for name in named if name not in taken]


def test_docstring_parameters_exist(trees: dict[Path, ast.Module]) -> None:
    """A parameter that was renamed is renamed in the docstring as well."""
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [each for node in functions for each in _wrong_parameters(node)] == []
