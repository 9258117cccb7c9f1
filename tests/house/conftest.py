"""The package's syntax trees: parsed once for all tests."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "custpred"


@pytest.fixture(scope="session")
def trees() -> dict[Path, ast.Module]:
    """Return the syntax tree of every file of the package."""
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.fixture(scope="session")
def nodes(trees: dict[Path, ast.Module]) -> dict[Path, list[ast.AST]]:
    """Return all nodes of every file's tree."""
    return {path: list(ast.walk(tree)) for path, tree in trees.items()}
