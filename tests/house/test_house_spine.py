"""Following a run takes twelve files, and the page that lists them is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custpred"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
DOORS = ["api.py", "results/outputs.py"]
"""What calls the run, and what writes its results."""


def _imported(path: Path) -> set[str]:
    """Return modules of the package that a file imports, also in functions, not for types."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def _reached(start: str) -> set[str]:
    """Return the files of ``training/``, without sub-packages, that imports lead to."""
    found, waiting = set(), [start]
    while waiting:
        file = waiting.pop()
        found.add(file)
        for module in _imported(PACKAGE / file):
            path = module.removeprefix("custpred.").replace(".", "/") + ".py"
            if re.fullmatch(r"training/\w+\.py", path) and path not in found:
                waiting.append(path)
    return found


def test_the_page_names_the_files_of_a_run() -> None:
    """The imports of ``training/run.py``, and both entry points: twelve at most, all listed."""
    named = re.findall(r"^\| `([a-z_/]+\.py)` \|.*\|.*\|$", PAGE, re.MULTILINE)
    assert set(named) == {*DOORS, *_reached("training/run.py")}
    assert len(named) == len(set(named)) <= 12


def test_nothing_else_is_at_the_top_of_training() -> None:
    """Files next to ``run.py`` are steps of a run; helpers are in sub-packages."""
    files = {f"training/{path.name}" for path in (PACKAGE / "training").glob("*.py")} - {"training/__init__.py"}
    assert files == _reached("training/run.py")


def test_helpers_do_not_control_the_run() -> None:
    """The sub-packages begin no stage, open no workers and write no model."""
    text = {path: path.read_text("utf-8") for path in (PACKAGE / "training").glob("_*/*.py")}
    assert text
    assert [path.name for path, each in text.items() if re.search(r"\.stage\(|engine\.open\(|\bsave\(pred", each)] == []


def test_the_page_is_true() -> None:
    """Every file and folder on the page exists."""
    named = set(re.findall(r"`([a-z_]+/(?:[a-z_]+/)*(?:[a-z_]+\.py)?|[a-z_]+\.py)`", PAGE)) - {"custpred/"}
    lost = [each for each in named if not (PACKAGE / each.removeprefix("custpred/")).exists()]
    assert (len(named) > 20, lost) == (True, [])
