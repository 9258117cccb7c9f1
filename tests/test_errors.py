"""Errors say what was expected, what was found and what to do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred import errors
from custpred.errors import CustpredError, DataError, MissingDependency, RecipeError, did_you_mean, nearest

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, CustpredError)]


def test_the_tree_in_the_docstring_is_complete() -> None:
    """Every error of the module is in the tree of its docstring."""
    assert [each.__name__ for each in ALL if each.__name__ not in (errors.__doc__ or "")] == []


@pytest.mark.parametrize(
    ("name", "builtin", "code"),
    [
        ("RecipeError", ValueError, 2),
        ("DataError", ValueError, 2),
        ("ModelFileError", ValueError, 2),
        ("MissingDependency", ImportError, 2),
        ("NotApplicable", ValueError, 2),
        ("RunError", RuntimeError, 2),
        ("BudgetSpent", TimeoutError, 4),
        ("Interrupted", KeyboardInterrupt, 130),
    ],
)
def test_errors_are_also_builtins(name: str, builtin: type, code: int) -> None:
    """Each error can be caught as the expected builtin, and has its exit code."""
    error = getattr(errors, name)
    assert issubclass(error, CustpredError | builtin)
    assert issubclass(error, builtin)
    assert error.exit_code == code


def test_a_message_has_place_code_and_remedy() -> None:
    """The text is place, code, sentence and remedy, in this order."""
    error = DataError("Wanted a number.", code="CP2000", place="a.csv:3", remedy="Correct it.")
    assert str(error) == "a.csv:3 CP2000 Wanted a number. Correct it."
    assert (error.column, error.found) == (None, None)


def test_a_recipe_error_shows_each_mistake_on_its_line() -> None:
    """All mistakes are kept, and shown without another prefix."""
    error = RecipeError(["a.yaml:1:1 CP1103 x", "a.yaml:2:1 CP1104 y"])
    assert str(error).splitlines() == list(error.mistakes)


def test_missing_columns_are_all_named() -> None:
    """Every missing column is named with the nearest known one; the first is the error's column."""
    error = DataError.missing_columns(["tenur", "zzz"], ["tenure", "age"])
    assert "'tenur' is missing. Did you mean 'tenure'?" in str(error)
    assert "'zzz' is missing." in str(error)
    assert error.column == "tenur"


def test_a_missing_package_gives_the_command() -> None:
    """The remedy is a command that can be pasted."""
    assert str(MissingDependency.of("catboost", "models: catboost", "catboost")).endswith(
        "pip install 'custpred[catboost]'."
    )


@settings(max_examples=50, derandomize=True, deadline=None)
@given(names=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8))
def test_a_known_name_is_nearest_to_itself(names: list[str]) -> None:
    """A known name is found, up to case and outer blanks."""
    for name in names:
        found = nearest(name, names)
        assert found is not None
        assert found.casefold().strip() == name.casefold().strip()


def test_an_unrelated_name_has_no_suggestion() -> None:
    """Nothing is suggested if no name is near, or none is known."""
    assert nearest("lightgbm", ["ridge"]) is None
    assert did_you_mean("x", []) == ""
