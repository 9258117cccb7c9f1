"""Recipes as files: positions, mistakes, changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from custpred.errors import RecipeError
from custpred.recipe_file import beside, effective, read, scalar, to_yaml, written

GOOD = "name: churn\ncustomers: {sample: telecom}\ntarget: churn\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, "utf-8")
    return path


def _mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        read(_file(folder, text))
    return [line.removeprefix(str(folder) + "/") for line in caught.value.mistakes]


def test_a_short_recipe_reads(tmp_path: Path) -> None:
    """Customers and target are enough."""
    recipe = read(_file(tmp_path, GOOD))
    assert recipe.target.name() == "churn"
    assert recipe.models == "auto"


def test_unknown_key_has_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    """A misspelt key is named with line, column, code and what was probably meant."""
    assert _mistakes(tmp_path, GOOD + "modles: auto\n") == [
        "x.yaml:4:1 CP1103 modles: unknown key. Did you mean 'models'?"
    ]


def test_unknown_option_of_a_kind(tmp_path: Path) -> None:
    """A misspelt option of a model is met with that model's own options."""
    (line,) = _mistakes(tmp_path, GOOD + "models:\n  - logistic\n  - {kind: lightgbm, num_leafs: 3}\n")
    assert line == "x.yaml:6:22 CP1103 models.1.num_leafs: unknown key. Did you mean 'num_leaves'?"


def test_unknown_kind(tmp_path: Path) -> None:
    """An unknown kind names the known ones."""
    (line,) = _mistakes(tmp_path, GOOD + "models: [lightgb]\n")
    assert line.startswith("x.yaml:4:10 CP1105 models.0: 'lightgb' is not one of models. Did you mean 'lightgbm'?")


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Every mistake is reported, not only the first."""
    text = "customers: {sample: telecom}\nmissing: medain\nseed: -3\nbudget: soon\n"
    codes = sorted(line.split()[1] for line in _mistakes(tmp_path, text))
    assert codes == ["CP1104", "CP1104", "CP1105", "CP1106"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1\n", "CP1101"),
        ("a: 1\na: 2\n", "CP1102"),
        ("a: &x 1\nb: *x\n", "CP1109"),
        ("a: !!python/object/apply:os.system [ls]\n", "CP1109"),
        ("- 1\n", "CP1101"),
        ("a: " + "[" * 60 + "]" * 60, "CP1109"),
        ("\tname: x\n", "CP1101"),
    ],
)
def test_hostile_yaml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    """Broken YAML, duplicate keys, aliases, tags and absurd nesting end in one line with a code."""
    (line,) = _mistakes(tmp_path, text)
    assert f" {code} " in line


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    """A recipe in another encoding names the line."""
    (tmp_path / "x.yaml").write_bytes("name: a\nabout: {purpose: 고객}\n".encode("cp949"))
    with pytest.raises(RecipeError, match=r"x\.yaml:2:1 CP1101"):
        read(tmp_path / "x.yaml")


def test_missing_file_is_a_recipe_error(tmp_path: Path) -> None:
    """A recipe that is not there is named."""
    with pytest.raises(RecipeError, match="CP1110"):
        read(tmp_path / "none.yaml")


def test_changes_are_applied_and_remembered(tmp_path: Path) -> None:
    """``--set`` changes nested values, opens short forms, and shows as the origin."""
    changes = {"budget.time": "9s", "target.positive": "yes", "models.0": "xgboost", "missing.indicator": True}
    text = GOOD + "models: [logistic]\nmissing: median\n"
    made = written(_file(tmp_path, text), changes)
    recipe = made.validated()
    assert recipe.budget.time == 9.0
    assert recipe.target.name() == "churn"
    assert recipe.missing.indicator
    assert [model.kind() for model in recipe.models] == ["xgboost"]
    origins = {key: origin for key, _, origin in effective(made)}
    assert origins["name"].endswith("x.yaml:1:1")
    assert origins["seed"] == "default"


def test_a_wrong_change_is_reported_as_such(tmp_path: Path) -> None:
    """A mistake that came from ``--set`` names ``--set`` as its place."""
    with pytest.raises(RecipeError, match="--set budget.tme CP1103 budget.tme: unknown key. Did you mean 'time'?"):
        read(_file(tmp_path, GOOD), {"budget.tme": "9s"})


def test_yaml_12_scalars() -> None:
    """``NO`` is text, ``1e-3`` is a number, ``12:30`` is text."""
    assert [scalar(text) for text in ("NO", "1e-3", "12:30", "true")] == ["NO", 0.001, "12:30", True]


def test_round_trip(tmp_path: Path) -> None:
    """A recipe written out reads back as the same recipe."""
    recipe = read(_file(tmp_path, GOOD + "models: [{kind: lightgbm, num_leaves: 7}]\nmissing: {kind: mean}\n"))
    again = read(_file(tmp_path, to_yaml(recipe.dump(), {"missing": "why not"})))
    assert again == recipe


def test_paths_are_beside_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is relative to the recipe, or below $CUSTPRED_DATA in place of its data folder."""
    recipe = tmp_path / "recipes" / "x.yaml"
    monkeypatch.delenv("CUSTPRED_DATA", raising=False)
    assert beside(recipe, "../data/a/b.csv") == str(tmp_path / "data" / "a" / "b.csv")
    monkeypatch.setenv("CUSTPRED_DATA", "/srv/customers")
    assert beside(recipe, "../data/a/b.csv") == "/srv/customers/a/b.csv"
