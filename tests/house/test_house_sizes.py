"""Limits on the size of the code."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "custpred"
FILES = sorted(PACKAGE.rglob("*.py"))


Nodes = dict[Path, list[ast.AST]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def functions(nodes: Nodes) -> list[tuple[str, Function]]:
    """Return every function of the package with its name."""
    found = [(path.relative_to(PACKAGE), node) for path, inner in nodes.items() for node in inner]
    return [(f"{path}:{node.name}", node) for path, node in found if isinstance(node, Function)]


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    doc = ast.get_docstring(node, clean=False)
    return node.end_lineno - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)


def _docstring_lines(path: Path) -> int:
    """Return how many lines of a file are docstrings."""
    named = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, named)]
    docs = [node.body[0] for node in nodes if ast.get_docstring(node, clean=False)]
    return sum(doc.end_lineno - doc.lineno + 1 for doc in docs)


def _nesting(node: ast.AST, depth: int = 0) -> int:
    """Return how deep blocks are nested; an ``elif`` stands beside its ``if``."""
    deeper = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
    apart = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    chained = node.orelse if isinstance(node, ast.If) and len(node.orelse) == 1 else []
    inner = []
    for child in ast.iter_child_nodes(node):
        beside = child in chained and isinstance(child, ast.If)
        if not isinstance(child, apart):
            inner.append(_nesting(child, depth + (isinstance(child, deeper) and not beside)))
    return max(inner, default=depth)


def test_files_are_short() -> None:
    """No file has more than 300 lines, and the median file has at most 90."""
    lengths = {path.relative_to(PACKAGE): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {path: length for path, length in lengths.items() if length > 300} == {}
    assert statistics.median(length for path, length in lengths.items() if path.name != "__init__.py") <= 90


def test_the_top_level_is_short() -> None:
    """At most 20 modules stand at the top of the package; the others are in its folders."""
    assert len(list(PACKAGE.glob("*.py"))) <= 20


def test_contracts_fit_on_a_page() -> None:
    """Every base.py has at most 60 lines of code; docstrings, which explain it, are extra."""
    long = {
        str(p.parent.name): len(p.read_text("utf-8").splitlines()) - _docstring_lines(p)
        for p in PACKAGE.glob("*/base.py")
    }
    assert {name: length for name, length in long.items() if length > 60} == {}


def test_functions_are_small(functions: list[tuple[str, Function]]) -> None:
    """Function code: median at most 8 lines, 95th percentile at most 30, none over 50."""
    lengths = {name: _code_lines(node) for name, node in functions}
    ordered = sorted(lengths.values())
    assert {name: length for name, length in lengths.items() if length > 50} == {}
    assert statistics.median(ordered) <= 8
    assert ordered[int(0.95 * len(ordered))] <= 30


def test_functions_take_few_arguments(functions: list[tuple[str, Function]]) -> None:
    """No function takes more than six arguments beside self."""
    many = {}
    for name, node in functions:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = sum(argument.arg not in {"self", "cls"} for argument in arguments)
        if count > 6:
            many[name] = count
    assert many == {}


def test_nesting_is_shallow(functions: list[tuple[str, Function]]) -> None:
    """No function nests blocks deeper than three."""
    assert {name: depth for name, node in functions if (depth := _nesting(node)) > 3} == {}


def test_everything_is_annotated(functions: list[tuple[str, Function]]) -> None:
    """Every argument and every return value has a type."""
    bare = []
    for name, node in functions:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if any(a.annotation is None and a.arg not in {"self", "cls"} for a in arguments) or node.returns is None:
            bare.append(name)
    assert bare == []


def test_no_error_is_swallowed_silently(nodes: Nodes) -> None:
    """No bare except, and no handler that only passes."""
    silent = []
    for path, inner in nodes.items():
        for node in inner:
            if isinstance(node, ast.ExceptHandler):
                passes = all(isinstance(each, ast.Pass) for each in node.body)
                if node.type is None or passes:
                    silent.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert silent == []


def test_no_todo_marks() -> None:
    """The package contains no TODO, FIXME or XXX."""
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    left = [str(p.relative_to(PACKAGE)) for p in FILES if any(mark in p.read_text("utf-8") for mark in marks)]
    assert left == []


def test_any_is_rare(nodes: Nodes) -> None:
    """``Any`` is only for data of any type: at most 120 times."""
    names = [node for inner in nodes.values() for node in inner if isinstance(node, ast.Name)]
    assert sum(name.id == "Any" for name in names) <= 120


DIALECT = re.compile(
    r"\b(told|anew|nought|so manieth|held short|heeds?|whole or not at all|(drawn|draws|rows) by chance"
    r"|for the time being|for want of|as (many|much|far) as can be|let go)\b",
    re.IGNORECASE,
)
"""What this project once said in words of its own: shown, again, atomically, at random, ..."""


def test_words_are_those_of_the_field() -> None:
    """No code, comment, message, document or test name uses a word of the old dialect."""
    home, found = PACKAGE.parent, []
    pages = [*home.glob("*.md"), *(home / "docs").rglob("*.md"), *(home / "benchmarks").glob("*.py")]
    texts = {path: path.read_text("utf-8") for path in (*FILES, *pages)}
    for path in (home / "tests").rglob("test_*.py"):
        names = re.findall(r"def (test_\w+)", path.read_text("utf-8"))
        texts[path] = "\n".join(name.replace("_", " ") for name in names)
    for path, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{path.relative_to(home)}:{number} {each[0]}" for each in DIALECT.finditer(line)]
    assert found == []


@pytest.mark.parametrize("name", ["utils", "common", "helpers", "core", "manager"])
def test_no_meaningless_names(name: str) -> None:
    """No file or folder has a meaningless name."""
    assert [p for p in PACKAGE.rglob("*") if p.stem == name] == []


def test_every_test_has_a_docstring() -> None:
    """Every test function has a docstring."""
    silent = []
    for path in sorted((PACKAGE.parent / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node):
                silent.append(f"{path.name}:{node.name}")
    assert silent == []


def test_tests_mirror_the_package() -> None:
    """Every folder of the package has a folder of tests, and test file names are unique."""
    tests = PACKAGE.parent / "tests"
    folders = [p.parent.name for p in PACKAGE.glob("*/base.py")]
    assert [name for name in folders if not any((tests / name).glob("test_*.py"))] == []
    names = [p.name for p in tests.rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
