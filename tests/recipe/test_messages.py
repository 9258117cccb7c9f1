"""Messages about mistakes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import custpred
from custpred.errors import RecipeError
from custpred.recipe.file import from_keys
from custpred.recipe.inspect import families
from custpred.recipe.keys import Recipe
from custpred.recipe.messages import CODES, MEANING, known_keys
from custpred.recipe.synonyms import KEYS, OPTIONS

LEAST: dict[str, Any] = {"customers": {"sample": "telecom"}, "target": "churn"}
SOURCES = [path.read_text("utf-8") for path in sorted(Path(custpred.__file__).parent.rglob("*.py"))]


def _lines(**keys: Any) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        from_keys({**LEAST, **keys})
    return [line.removeprefix("fit ") for line in caught.value.mistakes]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"bugdet": "60s"}, "CP1103 bugdet: unknown key. Did you mean 'budget'?"),
        ({"budget": {"tme": 3}}, "CP1103 budget.tme: unknown key. Did you mean 'time'?"),
        ({"business": {"value": {"colum": "x"}}}, "CP1103 business.value.colum: unknown key. Did you mean 'column'?"),
        (
            {"target": {"colunm": "x"}},
            "CP1105 target: expected a key 'kind', such as {kind: amount}. Did you mean 'column'?",
        ),
        (
            {"customers": {"pth": "x.csv"}},
            "CP1105 customers: expected a key 'kind', such as {kind: csv}. Did you mean 'path'?",
        ),
        (
            {"models": [{"lightgbm": {"rounds": 3}}]},
            "CP1105 models.0: expected a key 'kind', such as {kind: bg_nbd}. Did you mean {kind: lightgbm}?",
        ),
        ({"target": {"column": "x", "postive": "yes"}}, "CP1103 target.postive: unknown key. Did you mean 'positive'?"),
        (
            {"events": {"orders": {"source": {"path": "o.csv"}, "time": "at", "key": "id"}}},
            "CP1103 events.orders.key: 'key' and the options of 'source' must be on the same level: "
            "leave out 'source'.",
        ),
        ({"customers": {"sample": "telecom", "row": 3}}, "CP1103 customers.row: unknown key. Did you mean 'rows'?"),
        (
            {"models": ["logistic", {"kind": "mlp", "widht": 3}]},
            "CP1103 models.1.widht: unknown key. Did you mean 'width'?",
        ),
        ({"models": {"kind": "mlp", "widht": 3}}, "CP1103 models.0.widht: unknown key. Did you mean 'width'?"),
        ({"missing": {"kind": "median", "colums": {}}}, "CP1103 missing.colums: unknown key. Did you mean 'columns'?"),
        ({"random_state": 3}, "CP1103 random_state: unknown key. Did you mean 'seed'?"),
        ({"n_jobs": 2}, "CP1103 n_jobs: unknown key. Did you mean 'jobs' under 'budget'?"),
        ({"time_limit": 60}, "CP1103 time_limit: unknown key. Did you mean 'time' under 'budget'?"),
        ({"budget": {"n_jobs": 2}}, "CP1103 budget.n_jobs: unknown key. Did you mean 'jobs'?"),
        (
            {"models": {"kind": "logistic", "random_state": 3}},
            "CP1103 models.0.random_state: unknown key. Did you mean 'seed' at the top of the recipe?",
        ),
        (
            {"models": {"kind": "forest", "n_estimators": 99}},
            "CP1103 models.0.n_estimators: unknown key. Did you mean 'trees'?",
        ),
        ({"missing": 3}, "CP1105 missing: expected a name or a map with the key 'kind', got int"),
        ({"seed": "x"}, "CP1104 seed: must be a valid integer, unable to parse string as an integer, got 'x'."),
        ({"seed": -1}, "CP1104 seed: must be greater than or equal to 0, got -1."),
        ({"budget": "soon"}, "CP1104 budget.time: expected a duration such as 60s, 5m or 1h, got 'soon'"),
        ({"recipe": 2}, "CP1108 recipe: must be 1, got 2."),
        ({"search": {"kind": "tpe", "trials": 0}}, "CP1104 search.trials: must be greater than or equal to 1, got 0."),
        ({"name": ["a"]}, "CP1104 name: must be a valid string, got list."),
    ],
)
def test_a_mistake_has_its_path_code_and_words(keys: dict[str, Any], line: str) -> None:
    """Each mistake has its key's full path, what was expected and found, or a near name."""
    assert _lines(**keys) == [line]


@pytest.mark.parametrize(
    ("keys", "start"),
    [
        ({"split": {"kind": "auto", "test": 0.3}}, "CP1105 split: 'auto' stands alone, as in 'split: auto'"),
        ({"models": ["auto", "logistic"]}, "CP1105 models.0: 'auto' stands alone, as in 'models: auto'"),
        ({"engine": "auto"}, "CP1105 engine: 'auto' is not one of engine."),
        ({"missing": {"kind": "median", "columns": {"a": "auto"}}}, "CP1105 missing.columns.a: 'auto' is not one of"),
    ],
)
def test_auto_with_options_is_not_called_unknown(keys: dict[str, Any], start: str) -> None:
    """Where a key takes ``auto``, it is said to stand alone; elsewhere it is an unknown kind."""
    (line,) = _lines(**keys)
    assert line.startswith(start)
    assert " Known: " in line


def test_mistakes_in_several_parts_are_all_reported() -> None:
    """Mistakes in several maps and lists are all reported."""
    lines = _lines(seed=-1, models=["lightgb", {"kind": "mlp", "width": -3}], split={"kind": "plain", "test": 2})
    assert sorted(line.split()[1].rstrip(":") for line in lines) == ["models.0", "models.1.width", "seed", "split.test"]


def test_a_value_cannot_harm_the_terminal() -> None:
    """Escapes in a wrong value are removed from the message, and long values are shortened."""
    (line,) = _lines(seed="\x1b[2J" + "x" * 500)
    assert "\x1b" not in line
    assert len(line) < 200


def test_suggestions_for_an_unknown_kind() -> None:
    """Only options that all kinds share are suggested."""
    assert "models" in known_keys({}, ("x",))
    assert "num_leaves" in known_keys({"models": ["x", {"kind": "lightgbm"}]}, ("models", 1, "x"))
    assert known_keys({"models": [{"kind": "none such"}]}, ("models", 0, "x")) == ["kind"]
    assert known_keys({"seed": {"x": 1}}, ("seed", "x")) == ["kind"]
    assert known_keys({"nothing": {"x": 1}}, ("nothing", "x")) == ["kind"]


def test_every_synonym_names_a_key_that_exists() -> None:
    """Names of other packages lead to keys and options of recipes, and are none themselves."""
    known = families()
    options = {name for family in known.values() for kind in family.every() for name in kind.model_fields}
    for key, others in KEYS.items():
        top, _, rest = key.partition(".")
        inner = known[top].every() if top in known else (Recipe.model_fields[top].annotation,)
        assert not rest or any(rest in each.model_fields for each in inner), key
        assert not set(others) & set(Recipe.model_fields), key
    assert set(OPTIONS) <= options


def test_every_code_of_a_recipe_has_a_meaning() -> None:
    """Every code of a mistake can be explained."""
    assert set(CODES.values()) | {"CP1104", "CP1108"} <= set(MEANING)


def test_every_code_in_the_package_has_a_meaning() -> None:
    """Every code of the package can be explained, and no explanation is unused."""
    used = {code for text in SOURCES for code in re.findall(r"\bCP\d{4}\b", text)}
    written = {code for code in MEANING if sum(code in text for text in SOURCES) == 1}
    kept = {code for code in written if sum(text.count(code) for text in SOURCES) == 1}
    assert used - set(MEANING) == set()
    assert kept == set()


@pytest.mark.parametrize(
    ("changes", "meant"),
    [
        ({"metrics": "auc"}, "'roc_auc'"),
        ({"metrics": ["acc"]}, "'accuracy'"),
        ({"models": "Logistic-Regression"}, "'logistic'"),
        ({"models": ["RandomForest"]}, "'forest'"),
        ({"search": "optuna"}, "'tpe'"),
        ({"missing": "none"}, "'leave'"),
        ({"outliers": "none"}, "'leave'"),
        ({"resample": "class_weight"}, "'weights'"),
        ({"features": "none"}, "For no features, write []."),
    ],
)
def test_names_of_other_packages_are_translated(changes: dict[str, object], meant: str) -> None:
    """A kind's usual name elsewhere leads to ours, not to the nearest spelling."""
    (line,) = _lines(**changes)
    assert line.split()[0] == "CP1105"
    assert meant in line
