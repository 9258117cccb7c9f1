"""Locations of recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

import custpred
from custpred.errors import RecipeError
from custpred.recipe.file import from_keys, read
from custpred.recipe.paths import absolute, beside, built_in, located


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


def test_a_path_in_a_home_folder_is_not_the_recipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``~`` is the user's home folder in a recipe too."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert beside(Path("/srv/recipes/x.yaml"), "~/c.csv") == str(tmp_path / "c.csv")


def test_files_of_a_recipe_made_in_python_are_found_from_any_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Relative paths become absolute; addresses and made-up customers stay."""
    monkeypatch.chdir(tmp_path)
    orders = {"path": "o.csv", "key": "id", "time": "day"}
    keys = {"customers": {"path": "../c.csv", "key": "id"}, "events": {"orders": orders, "more": {**orders}}}
    keys["events"]["more"]["path"] = "s3://shop/o.parquet"
    recipe = absolute(from_keys({**keys, "target": {"kind": "no_event", "table": "orders", "horizon": "30d"}}))
    plain = recipe.dump()
    assert plain["customers"]["path"] == str(tmp_path.parent / "c.csv")
    assert plain["events"]["orders"]["path"] == str(tmp_path / "o.csv")
    assert plain["events"]["more"]["path"] == "s3://shop/o.parquet"
    monkeypatch.chdir("/")
    assert absolute(recipe) == recipe
