"""Recipes as files: positions, mistakes, changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from custpred.errors import RecipeError
from custpred.recipe.file import Written, beside, effective, from_keys, read, scalar, to_yaml, written
from custpred.recipe.inspect import _yaml, families, show, shown

GOOD = "name: churn\ncustomers: {sample: telecom}\ntarget: churn\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, "utf-8")
    return path


def _mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        read(_file(folder, text))
    return [line.removeprefix(str(folder) + "/") for line in caught.value.mistakes]


def test_a_short_recipe_is_valid(tmp_path: Path) -> None:
    """Customers and target are enough."""
    recipe = read(_file(tmp_path, GOOD))
    assert recipe.target.name() == "churn"
    assert recipe.models == "auto"


def test_unknown_key_has_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    """A misspelled key is named with line, column, code and the nearest key."""
    assert _mistakes(tmp_path, GOOD + "modles: auto\n") == [
        "x.yaml:4:1 CP1103 modles: unknown key. Did you mean 'models'?"
    ]


def test_unknown_option_of_a_kind_is_an_error(tmp_path: Path) -> None:
    """A misspelled option of a model lists that model's options."""
    (line,) = _mistakes(tmp_path, GOOD + "models:\n  - logistic\n  - {kind: lightgbm, num_leafs: 3}\n")
    assert line == "x.yaml:6:22 CP1103 models.1.num_leafs: unknown key. Did you mean 'num_leaves'?"


def test_unknown_kind_is_an_error(tmp_path: Path) -> None:
    """The message has the known kinds."""
    (line,) = _mistakes(tmp_path, GOOD + "models: [lightgb]\n")
    assert line.startswith("x.yaml:4:10 CP1105 models.0: 'lightgb' is not one of models. Did you mean 'lightgbm'?")


def test_all_mistakes_are_reported(tmp_path: Path) -> None:
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
        ("<<: {a: 1}\n", "CP1109"),
        ("a: !!python/object/apply:os.system [ls]\n", "CP1109"),
        ("- 1\n", "CP1101"),
        ("a: " + "[" * 60 + "]" * 60, "CP1109"),
        ("\tname: x\n", "CP1101"),
    ],
)
def test_hostile_yaml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    """Broken YAML, duplicate keys, aliases, merges, tags, deep nesting: one line with a code."""
    (line,) = _mistakes(tmp_path, text)
    assert f" {code} " in line


def test_tabs_in_yaml_have_a_remedy(tmp_path: Path) -> None:
    """A line that is indented with a tab says what to use instead."""
    (line,) = _mistakes(tmp_path, "customers:\n\tpath: a.csv\n")
    assert ":2:1 CP1101 " in line
    assert line.endswith("Indent with blanks, not with tabs.")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("2024-02-30", "2024-02-30 cannot be read: day is out of range for month."),
        ("[2024-01-31, 2024-13-01]", "2024-13-01 cannot be read: month must be in 1..12."),
        ("1" + "0" * 5000, "cannot be read: Exceeds the limit (4300 digits) for integer string conversion"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(tmp_path: Path, value: str, why: str) -> None:
    """Days that do not exist, and endless numbers, with their line and column."""
    (line,) = _mistakes(tmp_path, f"customers: a.csv\ncutoffs: {value}\n")
    assert ":2:" in line
    assert why in line


@pytest.mark.parametrize("keys", [{"seed": 10**5000}, {"budget": 10**5000}, {"budget": {"work": -(10**5000)}}])
def test_numbers_that_cannot_be_written_are_refused(keys: dict[str, object]) -> None:
    """Python refuses to convert them to text, which no message, file or report could do."""
    with pytest.raises(RecipeError, match="CP1104 .*more than 300 digits"):
        from_keys({"customers": {"sample": "telecom"}, "target": "churn", **keys})


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    """A recipe in another encoding names the line."""
    (tmp_path / "x.yaml").write_bytes("name: a\nabout: {purpose: 고객}\n".encode("cp949"))
    with pytest.raises(RecipeError, match=r"x\.yaml:2:1 CP1101"):
        read(tmp_path / "x.yaml")


def test_missing_file_is_a_recipe_error(tmp_path: Path) -> None:
    """A recipe that does not exist is named."""
    with pytest.raises(RecipeError, match="CP1110"):
        read(tmp_path / "none.yaml")


def test_changes_are_applied_with_their_origin(tmp_path: Path) -> None:
    """``--set`` changes nested values, expands short forms, and is the origin."""
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


def _origins(made: Written) -> dict[str, str]:
    return {name: origin.rpartition("/")[2] for name, _, origin in effective(made)}


def test_every_value_has_its_origin(tmp_path: Path) -> None:
    """Each leaf has the place of its value or short form, its change, or "default"."""
    text = GOOD + "models:\n  - logistic\n  - {kind: lightgbm, num_leaves: 31}\nbudget: 2m\nmissing: {kind: median}\n"
    origins = _origins(written(_file(tmp_path, text), {"budget.jobs": 1, "missing.indicator": True}))
    wanted = {
        "name": "x.yaml:1:1",
        "customers.kind": "x.yaml:2:1",
        "customers.sample": "x.yaml:2:13",
        "customers.rows": "default",
        "target.column": "x.yaml:3:1",
        "target.positive": "default",
        "models.0.kind": "x.yaml:5:5",
        "models.0.C": "default",
        "models.1.kind": "x.yaml:6:6",
        "models.1.num_leaves": "x.yaml:6:22",
        "models.1.learning_rate": "default",
        "budget.time": "x.yaml:7:1",
        "budget.jobs": "--set budget.jobs",
        "missing.kind": "x.yaml:8:11",
        "missing.indicator": "--set missing.indicator",
        "outliers": "default",
        "engine.kind": "default",
    }
    assert {name: origins[name] for name in wanted} == wanted


def test_a_change_replaces_the_value_and_its_origin(tmp_path: Path) -> None:
    """One kind alone needs no brackets."""
    path = _file(tmp_path, GOOD + "models:\n  - {kind: forest}\n")
    origins = _origins(written(path, {"models": {"kind": "lightgbm", "num_leaves": 7}}))
    assert {origins["models.0.kind"], origins["models.0.num_leaves"]} == {"--set models"}
    assert origins["models.0.learning_rate"] == "default"


@pytest.mark.parametrize("key", sorted(families()))
def test_every_kind_can_be_shown(tmp_path: Path, key: str) -> None:
    """For every kind each option is one line of YAML, which reads back as its value."""
    made = written(_file(tmp_path, GOOD))
    for kind in families()[key].kinds():
        spec = families()[key].find(kind)
        try:
            plain = spec().dump()
        except ValidationError:
            continue  # some kinds cannot do without an option
        one = Written({**made.plain, key: plain})
        leaves = {name: value for name, value, _ in effective(one) if name.split(".")[0] == key}
        assert leaves[f"{key}.kind" if f"{key}.kind" in leaves else f"{key}.0.kind"] == kind
        assert [scalar(_yaml(value)) for value in leaves.values()] == list(leaves.values())


def test_show_is_yaml(tmp_path: Path) -> None:
    """The lines are one YAML map from dotted names to values, with valid comments."""
    text = 'name: "yes"\ncustomers: {sample: telecom, types: {"a: b": text}}\n'
    text += 'target: {column: churn, positive: "No # 1"}\n'
    path = _file(tmp_path, text + "about: {purpose: '12:30', matters: [a, 'b, c', '']}\nrequire: {roc_auc: 0.00001}\n")
    lines = show(shown(path, {}))
    values = YAML(typ="safe", pure=True).load("\n".join(lines))
    assert values == {name: value for name, value, _ in effective(written(path))}
    assert len(lines) == len(values)
    assert all("  # " in line for line in lines)
    assert 'about.matters: [a, "b, c", ""]  # ' in "\n".join(lines)


def test_show_contains_no_secret_and_no_escape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password of the environment is hidden, and terminal escapes are removed."""
    monkeypatch.setenv("SHOP", "s3cret")
    url = '"postgresql://me:${ENV:SHOP}@host/shop"'
    text = f'name: "a\\e[31mb"\ncustomers: {{url: {url}, query: SELECT 1}}\ntarget: churn\n'
    whole = "\n".join(show(shown(_file(tmp_path, text), {})))
    assert "s3cret" not in whole
    assert "\x1b" not in whole


def test_a_wrong_change_is_reported_as_such(tmp_path: Path) -> None:
    """A mistake in ``--set`` has ``--set`` as its place."""
    with pytest.raises(RecipeError, match="--set budget.tme CP1103 budget.tme: unknown key. Did you mean 'time'?"):
        read(_file(tmp_path, GOOD), {"budget.tme": "9s"})


def test_yaml_12_scalars() -> None:
    """``NO`` is text, ``1e-3`` is a number, ``12:30`` is text."""
    assert [scalar(text) for text in ("NO", "1e-3", "12:30", "true")] == ["NO", 0.001, "12:30", True]


def test_recipes_round_trip(tmp_path: Path) -> None:
    """A recipe written out reads back as the same recipe."""
    recipe = read(_file(tmp_path, GOOD + "models: [{kind: lightgbm, num_leaves: 7}]\nmissing: {kind: mean}\n"))
    again = read(_file(tmp_path, to_yaml(recipe.dump(), {"missing": "why not"})))
    assert again == recipe


def test_paths_are_relative_to_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the recipe, or to $CUSTPRED_DATA in place of its data folder."""
    recipe = tmp_path / "recipes" / "x.yaml"
    monkeypatch.delenv("CUSTPRED_DATA", raising=False)
    assert beside(recipe, "../data/a/b.csv") == str(tmp_path / "data" / "a" / "b.csv")
    monkeypatch.setenv("CUSTPRED_DATA", "/srv/customers")
    assert beside(recipe, "../data/a/b.csv") == "/srv/customers/a/b.csv"


def test_mistakes_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Mistakes are reported from top to bottom, those without a place first."""
    text = "seed: -1\nmodles: auto\ncustomers: {sample: telecom}\nmissing: medain\nbudget: {tme: 3}\n"
    places = [line.split(" ", 1)[0] for line in _mistakes(tmp_path, text)]
    assert places == ["x.yaml", "x.yaml:1:1", "x.yaml:2:1", "x.yaml:4:1", "x.yaml:5:10"]


def test_changes_reach_columns_that_are_numbers(tmp_path: Path) -> None:
    """A number is a position in a list only: tables without a header have columns 0, 1, ..."""
    text = 'customers: {path: c.csv, types: {1: number}}\ntarget: "2"\nmodels: [logistic]\n'
    changes = {"customers.types.0": "category", "customers.types.1": "code", "what_if.3": "fixed", "models.0.C": 2.0}
    recipe = read(_file(tmp_path, text), changes)
    assert recipe.customers is not None
    assert recipe.customers.types == {"1": "code", "0": "category"}
    assert recipe.what_if["3"].rule == "fixed"
    assert recipe.models[0].dump() == {"kind": "logistic", "C": 2.0}


@pytest.mark.parametrize("change", ["models.7", "models.logistic", "seed.x", "models.0.C.x", "models.\u00b2"])
def test_a_change_without_a_target_is_an_error(tmp_path: Path, change: str) -> None:
    """A change of an item or a map that does not exist is a mistake."""
    with pytest.raises(RecipeError, match="--set"):
        read(_file(tmp_path, GOOD + "models: [{kind: logistic, C: 1}]\nseed: 3\n"), {change: 1})


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """A file far larger than any recipe is not parsed."""
    with pytest.raises(RecipeError, match="CP1109 the file has"):
        read(_file(tmp_path, "# " + "x" * 1_100_000))


@pytest.mark.parametrize("text", ["", "# nothing\n", "null", "3", "'text'"])
def test_a_recipe_must_be_a_map(tmp_path: Path, text: str) -> None:
    """An empty file, or one that is not a map of keys, says what was expected."""
    with pytest.raises(RecipeError, match="CP1101 expected a map of keys"):
        read(_file(tmp_path, text))


def test_windows_files_are_read(tmp_path: Path) -> None:
    """A byte-order mark and carriage returns have no effect."""
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read(tmp_path / "x.yaml").name == "churn"
