"""The recipe's keys, their defaults and short forms."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from custpred.recipe.file import from_keys, read, to_yaml
from custpred.recipe.inspect import families
from custpred.recipe.keys import Recipe

LEAST: dict[str, Any] = {"customers": {"sample": "telecom"}, "target": "churn"}
SHIPPED = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))
SINGLE = ["missing", "outliers", "resample", "search", "ensemble", "calibrate", "engine"]
SEVERAL = ["features", "models", "metrics"]


def test_customers_and_target_are_enough() -> None:
    """All other keys have defaults; the smallest recipe dumps to little more than itself."""
    assert from_keys(LEAST).dump() == {
        "recipe": 1,
        "customers": {"kind": "sample"},
        "target": {"kind": "column", "column": "churn"},
    }


def test_short_forms_equal_long_ones() -> None:
    """A bare target, budget, model and value are short for maps."""
    short = from_keys({**LEAST, "budget": "60s", "models": "logistic", "business": {"value": 100}})
    long = from_keys(
        {
            "customers": {"kind": "sample", "sample": "telecom"},
            "target": {"kind": "column", "column": "churn"},
            "budget": {"time": "60s"},
            "models": [{"kind": "logistic"}],
            "business": {"value": {"amount": 100}},
        }
    )
    assert short == long


@settings(max_examples=40, derandomize=True, deadline=None)
@given(data=st.data())
def test_any_choice_of_kinds_round_trips(data: st.DataObject) -> None:
    """A recipe of any kinds round-trips through JSON."""
    keys: dict[str, Any] = dict(LEAST)
    for key in data.draw(st.lists(st.sampled_from(SINGLE), unique=True)):
        keys[key] = data.draw(st.sampled_from(families()[key].kinds()))
    for key in data.draw(st.lists(st.sampled_from(SEVERAL), unique=True)):
        keys[key] = data.draw(st.lists(st.sampled_from(families()[key].kinds()), min_size=1, max_size=3))
    keys["seed"] = data.draw(st.integers(0, 2**31 - 1))
    recipe = from_keys(keys)
    assert from_keys(json.loads(json.dumps(recipe.dump()))) == recipe


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_shipped_recipes_are_valid(path: Path, tmp_path: Path) -> None:
    """Every recipe of the project has no mistake, and round-trips."""
    recipe = read(path)
    (tmp_path / "again.yaml").write_text(to_yaml(recipe.dump()), "utf-8")
    assert read(tmp_path / "again.yaml") == recipe


def test_every_key_is_described() -> None:
    """Each key of the recipe, and of its maps, has a description."""
    maps = [
        Recipe,
        *(field.annotation for field in Recipe.model_fields.values() if hasattr(field.annotation, "model_fields")),
    ]
    silent = [(part.__name__, n) for part in maps for n, field in part.model_fields.items() if not field.description]  # type: ignore[union-attr]
    assert silent == []


@pytest.mark.parametrize(
    "wrong",
    [{"seed": -1}, {"recipe": 2}, {"name": ""}, {"report": {"language": "fr"}}, {"privacy": {"min_cell": 0}}, {"x": 1}],
)
def test_values_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """Limits of the plain keys hold."""
    with pytest.raises(ValidationError):
        Recipe.model_validate({**LEAST, **wrong})


def test_a_recipe_is_frozen_and_pickles() -> None:
    """A recipe cannot be changed, and pickles."""
    recipe = from_keys({**LEAST, "models": ["mlp"]})
    with pytest.raises(ValidationError):
        recipe.seed = 3
    assert pickle.loads(pickle.dumps(recipe)) == recipe
