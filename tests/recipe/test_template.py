"""Recipes drafted from data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.recipe.file import read
from custpred.recipe.template import draft


def _drafted(folder: Path, frame: pd.DataFrame, target: str, name: str = "c.csv") -> tuple[str, Path]:
    data, path = folder / name, folder / "new.yaml"
    frame.to_csv(data, index=False)
    text = draft(data, target, path)
    path.write_text(text, "utf-8")
    return text, path


def test_a_draft_is_a_valid_recipe(tmp_path: Path, people: object) -> None:
    """Inferred values have their reasons, and the draft is a valid recipe."""
    text, path = _drafted(tmp_path, people(200), "left")  # type: ignore[operator]
    recipe = read(path)
    assert recipe.customers.key == "customer"
    assert recipe.target.name() == "left"
    assert "# binary: labels no, yes" in text
    assert "# remark: text" in text
    assert read(path).customers.read(target="left").names[0] == "customer"


@pytest.mark.parametrize(
    "name", ["it's", 'a "quoted" name', "key: value # no", "{a: [b]}", "Übergröße 고객", "a\\b", "- x", "'"]
)
def test_unusual_names_are_quoted(tmp_path: Path, name: str) -> None:
    """Whatever the name of a column or file, the draft reads back with it."""
    frame = pd.DataFrame({"x": np.arange(40), name: ["yes", "no"] * 20})
    _, path = _drafted(tmp_path, frame, name, name=f"{name.replace('/', '')}.csv")
    assert read(path).target.name() == name


def test_numbers_are_a_regression(tmp_path: Path) -> None:
    """A target of many numbers has no positive label."""
    frame = pd.DataFrame({"x": np.arange(80), "spend": np.linspace(0, 9, 80)})
    text, path = _drafted(tmp_path, frame, "spend")
    assert "# regression: many different numbers" in text
    assert "positive" not in text
    assert read(path).target.name() == "spend"


def test_an_unknown_target_is_an_error(tmp_path: Path) -> None:
    """The message has the nearest name."""
    with pytest.raises(DataError, match="Did you mean 'left'"):
        _drafted(tmp_path, pd.DataFrame({"left": ["a", "b"] * 20, "x": range(40)}), "lft")
