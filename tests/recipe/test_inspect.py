"""Information about recipes and kinds."""

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


def test_every_key_with_kinds_has_a_folder() -> None:
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
    """A table with broken rows has no mistakes if its header is valid."""
    (tmp_path / "c.csv").write_text('a,left\n1,"never closed\n')
    recipe = check(_file(tmp_path, "customers: {path: c.csv}\ntarget: left\n"), {})
    assert recipe.target.name() == "left"
    with pytest.raises(RecipeError, match="the table has no column 'lft'. Did you mean 'left'"):
        check(_file(tmp_path, "customers: {path: c.csv}\ntarget: lft\n"), {})


def test_check_reports_every_misspelled_column_at_once(tmp_path: Path) -> None:
    """Columns of split, types and drop are looked up in the header like key, target and weight."""
    (tmp_path / "c.csv").write_text("id,age,home,town,left\n1,30,a,b,yes\n", "utf-8")
    right = "customers: {path: c.csv, key: id, types: {age: number}, drop: [town]}\ntarget: left\n"
    check(_file(tmp_path, right + "split: {kind: group, column: home}\n"), {})
    wrong = right.replace("{age:", "{agee:").replace("[town]", "[twn]")
    with pytest.raises(RecipeError) as caught:
        check(_file(tmp_path, wrong + "split: {kind: time, column: day, group: hom}\n"), {})
    found = [line.partition(" CP2102 ")[2].partition(":")[0] for line in caught.value.mistakes]
    assert set(found) == {"customers.types.agee", "customers.drop.0", "split.column", "split.group"}


def test_check_allows_plugins_only_once(tmp_path: Path) -> None:
    """Plug-ins are allowed for this one check only."""
    path = _file(tmp_path, "customers: {sample: telecom}\ntarget: churn\n")
    check(path, {}, plugins=True)
    assert not Plugins.allowed


def test_show_hides_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of the environment is shown by name, never by value."""
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
    assert meaning("d162").startswith("A finding, not an error.")


def test_schema_references_are_valid() -> None:
    """Every reference in the schema has a definition."""
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


def test_check_uses_the_header_of_each_table(tmp_path: Path) -> None:
    """Event columns are looked up in the events; gathered ones, which no file has, are valid."""
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


def test_the_schema_requires_customers_or_events_and_a_target() -> None:
    """A recipe needs a target and one of customers and events."""
    events = {"orders": {"path": "o.csv", "key": "id", "time": "at"}}
    asked = {"kind": "no_event", "table": "orders", "horizon": "90d"}
    assert _valid({"customers": {"path": "c.csv"}, "target": "left"})
    assert _valid({"events": events, "target": asked})
    assert not _valid({"target": "left"})
    assert not _valid({"customers": {"path": "c.csv"}})


def test_the_schema_requires_a_kind_if_it_is_ambiguous() -> None:
    """A path, sample or column is enough; a model with options needs its kind."""
    assert _valid({"customers": {"sample": "telecom"}, "target": {"column": "churn"}})
    assert _valid({"customers": {"path": "c.csv"}, "target": "left", "models": [{"kind": "logistic", "C": 2}]})
    assert not _valid({"customers": {"path": "c.csv"}, "target": "left", "models": [{"C": 2}]})


def test_the_schema_has_no_examples_in_its_descriptions() -> None:
    """Descriptions are docstrings without examples."""
    import json

    text = json.dumps(schema())
    assert ">>>" not in text
    assert "Money kept when a customer is won" in text
