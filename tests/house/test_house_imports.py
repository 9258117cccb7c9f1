"""What importing costs, and who may import whom."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import custpred

HEAVY = {"numpy", "pandas", "sklearn", "scipy", "imblearn", "tensorflow", "streamlit", "dask", "optuna", "matplotlib"}
HEAVY |= {"lightgbm", "xgboost", "catboost", "duckdb", "polars", "pyarrow", "openpyxl", "jinja2"}


def _loaded(code: str) -> set[str]:
    """Run code in a fresh Python and return the heavy packages it loaded."""
    code += "\nimport sys, json; print(json.dumps([m.partition('.')[0] for m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1])) & HEAVY


@pytest.mark.parametrize(
    "code",
    [
        "import custpred",
        "import custpred; dir(custpred)",
        "import custpred.cli",
        "import custpred.recipe, custpred.recipe_file, custpred.inspection; list(custpred.inspection.kinds('models'))",
        "import custpred.inspection as i; [list(i.kinds(key)) for key in i.families()]",
    ],
)
def test_light_imports(code: str) -> None:
    """Importing custpred, its command line and every spec loads no heavy library."""
    assert _loaded(code) == set()


def test_help_loads_nothing_heavy() -> None:
    """``custpred --help`` answers without a heavy library."""
    code = (
        "import sys\nsys.argv = ['custpred', '--help']\nfrom custpred.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    ..."
    )
    assert _loaded(code) == set()


def test_public_names_are_sorted_complete_and_lazy() -> None:
    """``__all__`` is sorted, has at most twelve names, and each can be had."""
    assert custpred.__all__ == sorted(custpred.__all__)
    assert len(custpred.__all__) <= 12
    assert [name for name in custpred.__all__ if getattr(custpred, name) is None] == []
    with pytest.raises(AttributeError, match="no_such_name"):
        custpred.no_such_name  # noqa: B018


def test_floors() -> None:
    """Imports only look down, siblings never import each other, and there is no circle."""
    done = subprocess.run(["lint-imports", "--no-cache"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
