"""A kind is named in its own folder alone, so that a new file needs no further line."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "custpred"
FILES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted(path.parent.name for path in PACKAGE.glob("*/base.py"))
# Words that are also kinds, where they name none.  Where a kind is meant, none is allowed.
ORDINARY = {
    "regression": "a task, as in Task.kind",
    "constant": "a kind of column, as in Column.kind",
    "steps": "what models accept",
    "column": "a noun in sentences, and keys of recipes and tables",
    "event": "a noun in sentences, and what bg_nbd asks",
    "no_event": "what bg_nbd asks",
    "amount": "a column of events, an option of two_part, and what bg_nbd asks",
    "time": "a key of recipes",
    "data": "a key of recipes and a folder",
    "sample": "a key of recipes",
    "duplicates": "a key of recipes",
    "frame": "the origin of a table",
    "none": "an option's value: nothing",
    "plain": "an option's value: unchanged",
    "money": "how numbers are written",
    "mean": "an option's value: pooling",
    "drop": "an option's value: left out",
    "threshold": "a rule of decisions, and a key of trees",
    "group": "a key of trees and tables",
    "groups": "a key of a state",
    "rule": "a key of a measure",
    "curves": "a map of isotonic calibration",
    "gini": "a scale of association",
    "texts": "a noun in messages",
    "sql": "an option's value: what can be written in SQL",
}
KEYS = {"get", "pop", "setdefault"}


def _kinds() -> dict[str, set[str]]:
    """Return the folders of each kind."""
    found = defaultdict(set)
    for folder in FOLDERS:
        for path in (PACKAGE / folder).glob("*.py"):
            if path.stem != "base" and not path.stem.startswith("_"):
                found[path.stem].add(folder)
    return dict(found)


KINDS = _kinds()


def _foreign(path: Path, tree: ast.Module) -> Iterator[tuple[ast.Constant, list[ast.AST]]]:
    """Yield a file's strings that are kinds of other folders, with the nodes around each."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    own = path.relative_to(PACKAGE).parts[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and own not in KINDS.get(node.value, {own}):
            around, inner = [], parents.get(node)
            while inner is not None:
                around.append(inner)
                inner = parents.get(inner)
            yield node, around


Foreign = dict[Path, list[tuple[ast.Constant, list[ast.AST]]]]


@pytest.fixture(scope="module")
def foreign(trees: dict[Path, ast.Module]) -> Foreign:
    """Return the strings of each file that are kinds of other folders."""
    return {path: list(_foreign(path, tree)) for path, tree in trees.items()}


def _called(node: ast.AST) -> str:
    """Return the name of the function that a node calls; empty where it is no call."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def _alike(nodes: list[ast.expr], folders: set[str]) -> int:
    """Return how many of some nodes are kinds of the same folder."""
    values = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return max(sum(folder in KINDS.get(value, ()) for value in values) for folder in folders)


def named(node: ast.Constant, around: list[ast.AST]) -> bool:
    """Return whether a string can only mean a kind: looked up, compared, or listed as one."""
    outer, folders = around[0], KINDS[str(node.value)]
    if _called(outer) in {"parse", "find", "known"}:
        return True
    if isinstance(outer, ast.Dict):
        if node in outer.keys:
            return _alike([key for key in outer.keys if key is not None], folders) > 2
        key = outer.keys[outer.values.index(node)]
        return isinstance(key, ast.Constant) and key.value == "kind"
    if isinstance(outer, ast.Set | ast.Tuple | ast.List):
        options = any(isinstance(each, ast.Subscript) and ast.unparse(each.value) == "Literal" for each in around[1:3])
        if not options and _alike(outer.elts, folders) > 1:
            return True
    compared = next((each for each in around[:2] if isinstance(each, ast.Compare)), None)
    return compared is not None and any(_called(side) == "kind" for side in (compared.left, *compared.comparators))


def key(node: ast.Constant, around: list[ast.AST]) -> bool:
    """Return whether a string is a key: of a mapping, a frame, a record, a report's row."""
    outer = around[0]
    if isinstance(outer, ast.Expr) or (isinstance(outer, ast.Subscript) and outer.slice is node):
        return True
    if isinstance(outer, ast.Dict) and node in outer.keys:
        return True
    generated = isinstance(outer, ast.Tuple) and any(isinstance(each, ast.comprehension) for each in around[1:2])
    return _called(outer) in {"first", "column"} or generated or (_called(outer) in KEYS and outer.args[0] is node)


def measured(node: ast.Constant, around: list[ast.AST]) -> str:
    """Return the folder whose kind a section reads from the record by name, or nothing."""
    outer = around[0]
    if _called(outer) in {"facts", "rows", "absent"}:
        return "evaluate"
    source = outer.func.value if _called(outer) == "get" else None
    if isinstance(outer, ast.Compare):
        source = outer.comparators[0]
    return "profile" if source is not None and ast.unparse(source).endswith("profile") else ""


@pytest.mark.parametrize("folder", sorted({path.relative_to(PACKAGE).parts[0] for path in FILES}))
def test_no_kind_is_named_outside_its_folder(folder: str, foreign: Foreign) -> None:
    """No string names a kind of another folder, except common words."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"
        for path, found in foreign.items()
        if path.relative_to(PACKAGE).parts[0] == folder
        for node, around in found
        if not measured(node, around)
        and (named(node, around) or not (key(node, around) or str(node.value) in ORDINARY))
    ]
    assert wrong == []


def test_sections_read_measures_that_exist(foreign: Foreign) -> None:
    """What a section reads from the record by name is a kind of ``evaluate`` or ``profile``."""
    read = defaultdict(set)
    for path in (PACKAGE / "report").glob("*.py"):
        for node, around in foreign[path]:
            read[measured(node, around)].add(node.value)
    for folder in ("evaluate", "profile"):
        assert read[folder]
        assert {kind for kind in read[folder] if folder not in KINDS[kind]} == set()


def test_every_common_word_is_needed(foreign: Foreign) -> None:
    """A word is in the list only if it is a kind and is also used otherwise."""
    used = {str(node.value) for found in foreign.values() for node, around in found if not key(node, around)}
    assert set(ORDINARY) - used == set()


@pytest.mark.parametrize(
    "text",
    [
        'CHEAP = frozenset({"dummy", "rule"})',
        'Model.parse("dummy")',
        'Missing.parse({"kind": "drop"})',
        'slow = model.kind() == "mlp"',
        'slow = model.kind() in {"constant"}',
        'MAKERS = {"none": 1, "over": 2, "smote": 3}',
        'load("catboost")',
    ],
)
def test_registries_are_found(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of listing kinds is detected."""
    (tmp_path / "training").mkdir()
    path = tmp_path / "training" / "lists.py"
    path.write_text(text)
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    found = list(_foreign(path, ast.parse(text)))
    assert any(named(*each) or not (key(*each) or str(each[0].value) in ORDINARY) for each in found)
