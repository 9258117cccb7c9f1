"""The generated reference of recipes."""

from __future__ import annotations

from pathlib import Path

from custpred.recipe.inspect import families
from custpred.recipe.reference import markdown

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_is_up_to_date() -> None:
    """docs/recipe.md is what the code says today; 'make docs' writes it."""
    assert (DOCS / "recipe.md").read_text("utf-8") == markdown()


def test_every_kind_and_option_is_described() -> None:
    """The reference has a heading for every kind, and no option without a description."""
    text = markdown()
    for family in families().values():
        for kind in family.kinds():
            assert f"### {kind}\n" in text
            assert [name for name, _, description in family.find(kind).options() if not description] == []
