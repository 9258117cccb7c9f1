"""Codes of findings: each has one meaning, written in one place."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import custpred

PACKAGE = Path(custpred.__file__).parent
SHARED = {"P999"}
"""Codes of which several places say the same: a check of the profile did not run."""


def _defined() -> dict[str, set[str]]:
    """Return the files in which a finding of each code is made."""
    found = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Finding", "Suspicion"} and node.args:
                code = getattr(node.args[0], "value", None)
                if isinstance(code, str):
                    found[code].add(path.relative_to(PACKAGE).as_posix())
    return dict(found)


def test_a_code_is_defined_once() -> None:
    """No two files make findings of one code: it would have two meanings."""
    found = _defined()
    assert len(found) > 50
    assert {code: files for code, files in found.items() if len(files) > 1 and code not in SHARED} == {}
