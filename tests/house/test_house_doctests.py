"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import custpred

PACKAGE = Path(custpred.__file__).parent
WITH = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text("utf-8"))
NAMES = [".".join(("custpred", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in WITH]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", [name.removesuffix(".__init__") for name in NAMES])
def test_examples_hold(name: str) -> None:
    """Every example of a module gives what stands below it."""
    module = import_module(name)
    found = doctest.testmod(module, optionflags=FLAGS, verbose=False)
    assert found.failed == 0
