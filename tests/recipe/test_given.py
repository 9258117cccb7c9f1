"""The recipe that Python passes to ``run`` and ``plan``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import custpred as cp
from custpred.errors import RecipeError
from custpred.recipe.file import from_keys
from custpred.recipe.given import recipe_of

KEYS = {"customers": {"sample": "telecom"}, "target": "churn"}


@pytest.mark.parametrize("call", [cp.run, cp.plan])
def test_what_is_no_recipe_has_a_remedy(call: Any) -> None:
    """A map of keys is refused with what to write, not by an AttributeError."""
    with pytest.raises(RecipeError, match=r"CP1110 .* got dict. Make one with custpred.Recipe.model_validate"):
        call(KEYS)


@pytest.mark.parametrize("call", [cp.run, cp.plan])
def test_changes_of_a_made_recipe_are_not_ignored(call: Any) -> None:
    """``set`` reaches recipe files only, and says so."""
    with pytest.raises(RecipeError, match="CP1114 changes are made to recipe files"):
        call(from_keys(KEYS), set={"budget.time": "5s"})


def test_files_take_changes_and_recipes_stay(tmp_path: Path) -> None:
    """A path is read with its changes; a ``Recipe`` is returned as it is."""
    path = tmp_path / "x.yaml"
    path.write_text("customers: {sample: telecom}\ntarget: churn\n", "utf-8")
    assert recipe_of(str(path), {"seed": 3}).seed == 3
    made = from_keys(KEYS)
    assert recipe_of(made) is made
