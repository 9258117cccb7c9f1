"""The cost of imports, and the layers."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

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
        "import custpred.recipe.file, custpred.recipe.inspect as i; list(i.kinds('models'))",
        "import custpred.recipe.inspect as i; [list(i.kinds(key)) for key in i.families()]",
    ],
)
def test_light_imports(code: str) -> None:
    """Importing custpred, its command line and every spec loads no heavy library."""
    assert _loaded(code) == set()


def test_help_loads_nothing_heavy() -> None:
    """``custpred --help`` loads no heavy library."""
    code = (
        "import sys\nsys.argv = ['custpred', '--help']\nfrom custpred.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    ..."
    )
    assert _loaded(code) == set()


HEADERS = """
from pathlib import Path
import sys, sqlite3
folder = Path(sys.argv[1])
(folder / "c.csv").write_text("customer,visits,left\\n" + "a,1,yes\\nb,2,no\\n" * 9, "utf-8")
from custpred.cli import main
for number, source in enumerate(("path: c.csv", "sample: telecom", "sample: shop", "sample: reviews")):
    name = {1: "churn", 2: "segment", 3: "sentiment"}.get(number, "left")
    recipe = folder / f"{number}.yaml"
    recipe.write_text(f"customers: {{{source}}}\\ntarget: {name}\\nmodels: [logistic, lightgbm, xgboost]\\n", "utf-8")
    sys.argv = ["custpred", "check", str(recipe)]
    try:
        main()
    except SystemExit as end:
        assert not end.code, recipe
"""


def test_check_loads_nothing_heavy(tmp_path: Path) -> None:
    """``custpred check`` reads the columns of text files and samples without a heavy library."""
    assert _loaded(HEADERS.replace("sys.argv[1]", repr(str(tmp_path)))) == set()


TABLES = """
import duckdb, openpyxl
from custpred.source.base import Source
file = sys.argv[1]
duckdb.sql(f"COPY (SELECT 1 AS a, 2 AS b) TO '{file}.parquet'")
book = openpyxl.Workbook()
book.active.append(["a", "b"])
book.active.append([1, 2])
book.save(f"{file}.xlsx")
assert [Source.parse({"path": f"{file}.{end}"}).header() for end in ("parquet", "xlsx")] == [["a", "b"]] * 2
"""


def test_headers_of_tables_need_only_their_reader(tmp_path: Path) -> None:
    """The columns of Parquet and Excel are known without pandas; openpyxl itself imports numpy."""
    assert _loaded(TABLES.replace("sys.argv[1]", repr(str(tmp_path / "c")))) <= {"duckdb", "openpyxl", "numpy"}


def test_public_names_are_sorted_complete_and_lazy() -> None:
    """``__all__`` is sorted, has at most thirteen names, and each can be had."""
    assert custpred.__all__ == sorted(custpred.__all__)
    assert len(custpred.__all__) <= 13
    assert [name for name in custpred.__all__ if getattr(custpred, name) is None] == []
    with pytest.raises(AttributeError, match="no_such_name"):
        custpred.no_such_name  # noqa: B018


def test_import_layers() -> None:
    """Imports follow the layers, and there is no circle."""
    beside = Path(sys.executable).with_name("lint-imports")  # the PATH need not name this environment
    done = subprocess.run([beside, "--no-cache"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_modules_of_one_system_are_imported_where_they_are_used(trees: dict[Path, ast.Module]) -> None:
    """Modules of only Linux, macOS or Windows are imported inside functions."""
    lone = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "msvcrt", "winreg", "_winapi"}
    found = []
    for path, tree in trees.items():
        for node in tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {name}" for name in names if name in lone]
    assert found == []
