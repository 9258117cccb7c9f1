"""Recipes of every earlier grammar, read and rewritten."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from pydantic import BaseModel

from custpred.errors import RecipeError
from custpred.recipe.file import read
from custpred.recipe.inspect import families
from custpred.recipe.keys import Recipe
from custpred.recipe.migration import migrated

EARLIER = Path(__file__).with_name("earlier")


@pytest.mark.parametrize("grammar", ["first", "events", "renamed"])
def test_recipes_of_earlier_grammars_are_rewritten(grammar: str, tmp_path: Path) -> None:
    """The result gives no note, has the current version, and a second migration changes nothing."""
    text, _ = migrated(EARLIER / f"{grammar}.yaml")
    path = tmp_path / "new.yaml"
    path.write_text(text, "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recipe = read(path)
    assert (recipe.recipe, "recipe: 1" in text) == (1, True)
    assert migrated(path) == (text, [])


def test_no_key_of_an_earlier_grammar_is_lost() -> None:
    """Every option that docs/recipe.md has ever listed is read, under a current name."""
    lost = []
    for line in (EARLIER / "keys.txt").read_text("utf-8").splitlines():
        place, _, options = line.partition(":")
        key, _, kind = place.partition(" ")
        model: type[BaseModel] | None = families()[key].find(kind) if kind else None
        if options and not kind:
            model = Recipe.model_fields[key].annotation
        known = {option.alias or name for name, option in model.model_fields.items()} if model else set()
        gone = set(options.split()) - known - set(getattr(model, "renamed", {}))
        lost += [key] * (key not in Recipe.model_fields) + [f"{place} {option}" for option in gone]
    assert lost == []


def test_only_renamed_keys_change(tmp_path: Path) -> None:
    """Comments, quotes and the order of keys are kept; changes are listed with their places."""
    path = tmp_path / "a.yaml"
    lines = ["# mine", "customers: {sample: telecom}", "target: churn", "ensemble:", "  kind: greedy"]
    before = "\r\n".join([*lines, '  "million": 60s  # !', ""])
    path.write_bytes(before.encode())
    text, changes = migrated(path)
    after = before.replace("million", "seconds_per_million_rows").replace("customers", "recipe: 1\r\ncustomers")
    assert text == after
    assert [(each["place"], each["key"], each["now"]) for each in changes] == [
        (str(path), "recipe", 1),
        (f"{path}:6:3", "ensemble.million", "seconds_per_million_rows"),
    ]


def test_a_recipe_on_one_line(tmp_path: Path) -> None:
    """A map in braces keeps its braces."""
    path = tmp_path / "a.yaml"
    path.write_text("{customers: {sample: telecom}, target: churn, ensemble: {kind: greedy, million: 9s}}", "utf-8")
    text, _ = migrated(path)
    assert text == (
        "{recipe: 1, customers: {sample: telecom}, target: churn,"
        " ensemble: {kind: greedy, seconds_per_million_rows: 9s}}"
    )


def test_an_unusual_key_must_be_renamed_by_hand(tmp_path: Path) -> None:
    """A name with an escape is not changed; the message has the place and the new name."""
    path = tmp_path / "a.yaml"
    path.write_text('customers: {sample: telecom}\ntarget: churn\nensemble: {kind: greedy, "mi\\u006clion": 9s}\n')
    with pytest.raises(RecipeError, match=r"a.yaml:3:26 CP1115 .* Rename it to seconds_per_million_rows"):
        migrated(path)


def test_mistakes_are_reported_as_by_check(tmp_path: Path) -> None:
    """A recipe that is invalid in every grammar is not rewritten."""
    path = tmp_path / "a.yaml"
    path.write_text("customers: {sample: telecom}\ntarget: churn\nmodles: auto\n", "utf-8")
    with pytest.raises(RecipeError, match=r"a.yaml:3:1 CP1103 modles"):
        migrated(path)
