"""The mutation run changes one place at a time, and only meaningful ones."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parents[1] / "benchmarks" / "mutate.py"
SOURCE = '''
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import math

LIMIT: int | None = 3

def within(value: float | None, text: str = "a" + "b") -> bool:
    """Tell > from >=."""
    return value is not None and not value > LIMIT
'''


def _mutate() -> Any:
    spec = importlib.util.spec_from_file_location("mutate", PLACE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_mutant_differs_in_one_place() -> None:
    """Numbers, comparisons, negations and conditions are changed once; types, text not."""
    mutants = list(_mutate().mutants(SOURCE))
    plain = ast.unparse(ast.parse(SOURCE))
    changed = [
        "LIMIT: int | None = 4",
        "or not value > LIMIT",
        "value is None and",
        "and value > LIMIT",
        "value >= LIMIT",
    ]
    assert len(mutants) == len(changed)
    for words in changed:
        assert sum(words in text for _, _, text in mutants) == 1, words
    for _, _, text in mutants:
        lines = zip(plain.splitlines(), text.splitlines(), strict=True)
        assert sum(one != other for one, other in lines) == 1


def test_mutated_files_and_their_tests_exist() -> None:
    """What is mutated, and what should notice it, exists."""
    for name, tests in _mutate().TESTS.items():
        assert all((PLACE.parents[1] / each).exists() for each in (name, *tests.split()))
