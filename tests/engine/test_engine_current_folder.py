"""Modules next to the data are never run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import custpred
from custpred.engine._paths import HOME, searched
from custpred.spec import Plugins

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = Path(custpred.__file__).parent
TRAP = "import os\nos.close(os.open(os.path.join({folder!r}, 'ran-' + __name__), os.O_CREAT | os.O_WRONLY))\n"
COMMAND = "from custpred.cli import main; main()"
"""The console script: its own folder is on its path, the current one is not (as it is with -c)."""


def _imported() -> set[str]:
    """Return first names of all modules of the standard library, or imported by the package.

    Also every word in quotes: ``need`` and ``import_module`` import by such names.
    """
    said = re.compile(r"""^ *(?:from|import) ([a-z_]\w*)|["']([A-Za-z_]\w*)["']""", re.MULTILINE)
    texts = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
    return {*sys.stdlib_module_names, *(name for text in texts for pair in said.findall(text) for name in pair if name)}


def test_no_module_next_to_the_data_is_run(people: Callable[..., object], tmp_path: Path) -> None:
    """With a module of every name in the current folder, a run succeeds and runs none."""
    folder, ran = tmp_path / "beside", tmp_path / "ran"
    folder.mkdir()
    ran.mkdir()
    people(300).to_csv(folder / "customers.csv", index=False)  # type: ignore[attr-defined]
    for name in _imported() | {"pyarrow", "polars", "tensorflow", "keras", "torch", "sitecustomize", "usercustomize"}:
        (folder / f"{name}.py").write_text(TRAP.format(folder=str(ran)))
    recipe = """
    customers: {path: customers.csv, key: customer}
    target: left
    models: [logistic, {kind: lightgbm, rounds: 5}, {kind: catboost, rounds: 5}]
    split: {kind: stratified, folds: 2}
    budget: {work: 5, jobs: 2}
    """
    (folder / "recipe.yaml").write_text(recipe)
    (tmp_path / "command.py").write_text(COMMAND)
    line = [sys.executable, tmp_path / "command.py", "run", "recipe.yaml", "--out", "out"]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, list(ran.iterdir())) == (0, []), done.stderr
    assert (folder / "out" / "report.html").exists()


def test_the_current_folder_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is removed in any spelling; in PYTHONPATH it keeps its place; other folders are kept."""
    monkeypatch.chdir(tmp_path)
    path = ["", str(tmp_path), ".", "/usr/lib", HOME]
    assert searched(path, None) == ["/usr/lib", HOME]
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{tmp_path}")
    assert searched(["", str(tmp_path), "/usr/lib"], None) == [str(tmp_path), "/usr/lib"]


def test_plug_ins_and_scripts_find_their_modules_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With plug-ins, or for a script's folder, the current folder follows installed packages."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with Plugins.may(True):
        assert searched(["", "/usr/lib"], None) == ["/usr/lib", str(tmp_path)]
    assert searched([str(tmp_path), "/usr/lib"], str(tmp_path)) == ["/usr/lib", str(tmp_path)]
    assert searched([str(tmp_path), "/usr/lib"], "/elsewhere") == ["/usr/lib"]


def test_the_environment_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is set only while a process is started."""
    from multiprocessing import spawn

    from custpred.engine._paths import SAFE, safe

    monkeypatch.delenv(SAFE, raising=False)
    own = spawn.get_preparation_data
    with safe():
        assert os.environ[SAFE] == "1"
    assert SAFE not in os.environ
    assert spawn.get_preparation_data is own


def test_a_model_next_to_the_script_is_found_by_workers(tmp_path: Path) -> None:
    """With ``plugins=True`` workers import modules from the folder of an interactive session."""
    (tmp_path / "mine.py").write_text("def double(item):\n    return 2 * item\n")
    body = (
        "import sys; from custpred.engine import _server; _server.PRELOAD.clear()\n"
        "import mine; from custpred.engine.local import Local; from custpred.spec import Plugins\n"
        "with Plugins.may(sys.argv[1] == 'yes'), Local().open(1) as workers:\n"
        "    workers.submit(mine.double, 4)\n"
        "    print(workers.wait(30)[0].value)\n"
    )
    for allowed, answer in (("yes", "8"), ("no", "None")):
        line = [sys.executable, "-c", body, allowed]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.split() == [answer], done.stderr
