"""A step is written once: one function on columns for folds, large batches and single customers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from custpred.features.base import Feature
from custpred.missing.base import Missing
from custpred.outliers.base import Outliers
from custpred.step import Step

PACKAGE = Path(__file__).parents[2] / "custpred"
KINDS = [kind for family in (Missing, Outliers, Feature) for kind in family.every()]
FOLDERS = ("features", "missing", "outliers")
LAST = PACKAGE / "features" / "_matrix.py"
"""The last step gives frames, or plain matrices, to models; both are filled by one function."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__.split('.')[1]}-{kind.kind()}")
def test_frames_are_changed_by_the_function_on_columns(kind: type[Step]) -> None:
    """No kind has a separate implementation for frames."""
    assert kind.apply is Step.apply


def test_no_helper_returns_a_frame() -> None:
    """Only the last step makes a frame of new rows."""
    found = []
    for path in sorted(each for folder in FOLDERS for each in (PACKAGE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            returns = node.returns if isinstance(node, ast.FunctionDef) else None
            if returns and ast.unparse(returns) == "pd.DataFrame" and path != LAST:
                found.append(f"{path.name}: {node.name}")
    assert not found
