"""Answers about recipes and kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from custpred.errors import RecipeError
from custpred.recipe.inspect import check, families, kinds, meaning, schema, show, shown
from custpred.recipe.keys import Recipe
from custpred.spec import Plugins


def _file(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, "utf-8")
    return path


def test_every_folder_of_the_recipe_is_a_family() -> None:
    """Keys that take kinds are those of the recipe with a folder of the same meaning."""
    found = families()
    assert set(found) <= set(Recipe.model_fields)
    assert {"customers", "target", "split", "missing", "models", "metrics", "engine"} <= set(found)
    assert all(family.kinds() for family in found.values())


def test_lists_name_kinds_and_options() -> None:
    """Without a key every key is listed; with one, its kinds, each followed by its options."""
    assert len(list(kinds(None))) == len(families())
    lines = list(kinds("missing"))
    at = next(i for i, line in enumerate(lines) if line.startswith("median: "))
    assert lines[at + 1].startswith("    ")
    with pytest.raises(RecipeError, match="'seed' takes no kind"):
        list(kinds("seed"))


def test_check_reads_no_row(tmp_path: Path) -> None:
    """A table whose rows are broken has no mistakes as far as its header goes."""
    (tmp_path / "c.csv").write_text('a,left\n1,"never closed\n')
    recipe = check(_file(tmp_path, "customers: {path: c.csv}\ntarget: left\n"), {})
    assert recipe.target.name() == "left"
    with pytest.raises(RecipeError, match="the table has no column 'lft'. Did you mean 'left'"):
        check(_file(tmp_path, "customers: {path: c.csv}\ntarget: lft\n"), {})


def test_check_takes_leave_for_plugins_back(tmp_path: Path) -> None:
    """Plug-ins are allowed for this one check only."""
    path = _file(tmp_path, "customers: {sample: telecom}\ntarget: churn\n")
    check(path, {}, plugins=True)
    assert not Plugins.allowed


def test_show_hides_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of the environment is shown by its name, never by its value."""
    monkeypatch.setenv("SHOP_PASSWORD_OF_TEST", "hunter2")
    url = "postgres://me:${ENV:SHOP_PASSWORD_OF_TEST}@db/shop"
    text = f"customers: {{url: '{url}', query: select 1}}\ntarget: left\n"
    whole = "\n".join(show(shown(_file(tmp_path, text), {})))
    assert "hunter2" not in whole
    assert "SHOP_PASSWORD_OF_TEST" in whole


def test_codes_have_meanings() -> None:
    """A code is found in any case; a near one is suggested."""
    assert "not readable YAML" in meaning("cp1101")
    with pytest.raises(RecipeError, match="Did you mean 'CP"):
        meaning("CP11O1")


def test_the_schema_can_be_followed() -> None:
    """Every reference in the schema leads to a definition."""
    made = schema()
    names: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            names.extend([value["$ref"]] if "$ref" in value else [])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(made)
    assert names
    assert [name for name in names if name.removeprefix("#/$defs/") not in made["$defs"]] == []
    inner = {name.split(".")[0] for name in made["$defs"] if "." in name}
    assert inner <= {family.__module__.split(".")[1] for family in families().values()}  # names of kinds repeat


EVENTS = """events: {{orders: {{path: orders.csv, key: {key}, time: at}}}}
customers: {{path: c.csv, key: id}}
target: {{kind: no_event, table: orders, horizon: 90d}}
business: {{value: {{column: {value}}}}}
"""


def test_check_holds_each_table_against_its_own_header(tmp_path: Path) -> None:
    """Events' columns are looked for in the events; gathered ones, which no file has, are not mistakes."""
    (tmp_path / "orders.csv").write_text("customer,at\n1,2024-01-01\n", "utf-8")
    (tmp_path / "c.csv").write_text("id,city\n1,Seoul\n", "utf-8")
    check(_file(tmp_path, EVENTS.format(key="customer", value="orders_amount_sum_1y")), {})
    with pytest.raises(RecipeError, match="events.orders.key: the table has no column 'custmer'. Did you mean"):
        check(_file(tmp_path, EVENTS.format(key="custmer", value="orders_amount_sum_1y")), {})
    with pytest.raises(RecipeError, match="customers.key: the table has no column 'idd'"):
        check(_file(tmp_path, EVENTS.format(key="customer", value="x").replace("key: id", "key: idd")), {})


def _valid(recipe: dict[str, object]) -> bool:
    from jsonschema import Draft202012Validator

    return not list(Draft202012Validator(schema()).iter_errors(recipe))


def test_the_schema_wants_customers_or_events_and_a_target() -> None:
    """A recipe needs a target and one of customers and events."""
    events = {"orders": {"path": "o.csv", "key": "id", "time": "at"}}
    asked = {"kind": "no_event", "table": "orders", "horizon": "90d"}
    assert _valid({"customers": {"path": "c.csv"}, "target": "left"})
    assert _valid({"events": events, "target": asked})
    assert not _valid({"target": "left"})
    assert not _valid({"customers": {"path": "c.csv"}})


def test_the_schema_asks_for_a_kind_where_it_cannot_be_guessed() -> None:
    """A source is known by its path or sample, a target by its column; a model with options needs its kind."""
    assert _valid({"customers": {"sample": "telecom"}, "target": {"column": "churn"}})
    assert _valid({"customers": {"path": "c.csv"}, "target": "left", "models": [{"kind": "logistic", "C": 2}]})
    assert not _valid({"customers": {"path": "c.csv"}, "target": "left", "models": [{"C": 2}]})


def test_the_schema_has_no_examples_in_its_descriptions() -> None:
    """Descriptions are docstrings up to their examples."""
    import json

    text = json.dumps(schema())
    assert ">>>" not in text
    assert "Money kept when a customer is won" in text
