"""Locations of recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

import custpred
from custpred.errors import RecipeError
from custpred.recipe.file import read
from custpred.recipe.paths import built_in, located


def test_the_built_in_quickstart_is_the_repositorys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``quickstart`` needs no file, and equals the recipe in ``recipes``."""
    monkeypatch.chdir(tmp_path)
    assert read(Path("quickstart")).name == "quickstart"
    shown = Path(__file__).parents[2] / "recipes" / "quickstart.yaml"
    assert built_in("quickstart").read_bytes() == shown.read_bytes()


def test_a_local_file_comes_before_a_built_in_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bare name that is a file in the current folder is that file."""
    monkeypatch.chdir(tmp_path)
    Path("quickstart").write_text("customers: c.csv\ntarget: left\n", "utf-8")
    assert located(Path("quickstart")) == Path("quickstart")


@pytest.mark.parametrize("name", ["quickstat", "other/quickstart", "quickstart.yaml"])
def test_other_names_are_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Only the bare name of a built-in recipe stands for it; anything else is a missing file."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match="CP1110"):
        read(Path(name))


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """``custpred --version`` prints ``custpred.__version__``."""
    from custpred.cli import main

    monkeypatch.setattr("sys.argv", ["custpred", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert capsys.readouterr().out == f"custpred {custpred.__version__}\n"
