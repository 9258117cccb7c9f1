"""The other commands, and their exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from custpred import api
from custpred.errors import BudgetSpent
from custpred.recipe.file import read, to_yaml, written
from custpred.recipe.inspect import families, schema
from custpred.recipe.messages import MEANING

SHIPPED = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))
BAD = "customers: {sample: telecom}\ntarget: churn\nmodles: auto\nmissing: medain\n"
LEAN = ("--set", "models=[logistic]", "--set", "search=none", "--set", "split={kind: stratified, folds: 2}")
LEAN += ("--set", "engine=inline")


@pytest.fixture(scope="module")
def judge() -> Any:
    """Return a validator of recipes by the schema."""
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(schema())


def _file(folder: Path, text: str, name: str = "x.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_mistakes_of_a_recipe_end_with_2(command: Any, tmp_path: Path) -> None:
    """Every mistake has its own line with place and code; no traceback, exit code 2."""
    path = _file(tmp_path, BAD)
    done = command("run", path, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.strip().splitlines()
    assert first == f"{path}:3:1 CP1103 modles: unknown key. Did you mean 'models'?"
    assert second.startswith(f"{path}:4:1 CP1105 missing: 'medain' is not one of missing. Did you mean 'median'?")
    assert [each.name for each in tmp_path.iterdir()] == ["x.yaml"]


def test_mistakes_of_the_data_end_with_2(cli: Any, tmp_path: Path) -> None:
    """Unusable data give one clear paragraph, and leave no lock."""
    pd.DataFrame({"a": range(20), "left": ["yes"] * 20}).to_csv(tmp_path / "c.csv", index=False)
    path = _file(tmp_path, "customers: {path: c.csv}\ntarget: left\n")
    done = cli("run", path, "--out", tmp_path / "run")
    assert done.code == 2
    last = done.err.strip().splitlines()[-1]
    assert "CP2201" in last
    assert "'left'" in last
    assert "Traceback" not in done.err
    assert not (tmp_path / "run" / "run.lock").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customers: {path: none.csv}\ntarget: left\n", "CP2122.*none.csv"),
        ("customers: {path: c.csv, key: id}\ntarget: left\n", "CP2102.*'id' is missing"),
        ("customers: {path: c.csv}\ntarget: lefft\n", "CP2102.*'lefft' is missing. Did you mean 'left'"),
        ("customers: {path: c.csv}\ntarget: {column: left, positive: maybe}\n", "CP2204.*'maybe'"),
        ("customers: {path: c.csv}\ntarget: left\nmodels: linear\n", "CP1113.*linear"),
        ("customers: {path: c.csv}\ntarget: left\nfeatures: [{kind: tiers, of: aa}]\n", "CP2102.*'aa' is missing"),
        ("customers: {path: c.csv}\ntarget: left\nmissing: {kind: mean, columns: {z: mode}}\n", "CP2102.*'z'"),
        ("customers: {path: c.csv}\ntarget: left\nprivacy: {sensitive: [sex]}\n", "CP2102.*'sex' is missing"),
        ("customers: {path: c.csv}\ntarget: left\nbusiness: {value: fee}\n", "CP2102.*'fee' is missing"),
        ("customers: {path: c.csv}\ntarget: a\nmodels: linear\nresample: smote\n", "CP3201.*'a' is a number"),
        ("customers: {path: c.csv, drop: [a]}\ntarget: left\n", "CP2212 Expected at least one column"),
        ("customers: {path: c.csv}\ntarget: a\nmetrics: rmse\nrequire: {roc_auc: 0.5}\n", "CP1113 roc_auc"),
    ],
)
def test_faults_end_with_2(cli: Any, tmp_path: Path, text: str, words: str) -> None:
    """A missing file, column or label, or another task's model, exits with 2 and a remedy."""
    pd.DataFrame({"a": range(40), "left": ["yes", "no"] * 20}).to_csv(tmp_path / "c.csv", index=False)
    done = cli("run", _file(tmp_path, text), "--out", tmp_path / "run")
    assert done.code == 2
    assert re.search(words, done.err, re.DOTALL), done.err
    assert "Traceback" not in done.err


def test_a_missed_requirement_ends_with_3(cli: Any, tmp_path: Path) -> None:
    """The run and its report are complete, and the missed requirement is named."""
    text = "customers: {sample: telecom, rows: 300}\ntarget: churn\nrequire: {roc_auc: '>= 0.9999', leak_alarms: 0}\n"
    folder = tmp_path / "run"
    done = cli("run", _file(tmp_path, text), *LEAN, "--out", folder)
    assert done.code == 3, done.err
    assert done.out == f"{folder}/report.html\n"
    assert re.search(r"CP4103 required roc_auc >= 0\.9999, found 0\.\d+", done.err)
    assert "leak_alarms" not in done.err.split("CP4103", 1)[1]
    found = json.loads((folder / "report.json").read_text())["requirements"]
    assert [(each["name"], each["met"]) for each in found] == [("roc_auc", False), ("leak_alarms", True)]


def test_a_spent_budget_ends_with_4(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no model was ready the exit code is 4, with a remedy."""

    def spent(*_: object, **__: object) -> None:
        raise BudgetSpent("No model was ready in time.", code="CP4104", remedy="Set a larger budget.")

    monkeypatch.setattr(api, "run", spent)
    done = cli("run", _file(tmp_path, "customers: {sample: telecom}\ntarget: churn\n"))
    assert (done.code, done.err) == (4, "CP4104 No model was ready in time. Set a larger budget.\n")


def test_a_bug_ends_with_1_and_no_traceback(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error's type and a file with the traceback are printed, without its message."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("-".join(["secret", "id"]))

    monkeypatch.setattr(api, "run", broken)
    done = cli("run", _file(tmp_path, "customers: {sample: telecom}\ntarget: churn\n"))
    assert done.code == 1
    assert done.err.startswith("CP9000 a bug of custpred: KeyError.")
    kept = Path(re.search(r"with the file (\S+)\.$", done.err.strip()).group(1))  # type: ignore[union-attr]
    text = kept.read_text()
    kept.unlink()
    assert "broken" in text
    assert "secret-id" not in text + done.err


def test_check_finds_what_the_header_lacks(cli: Any, ran: Any, tmp_path: Path) -> None:
    """A good recipe has no mistakes; a target that the header lacks is one, with its place."""
    assert cli("check", ran.recipe).out == f"{ran.recipe}: no mistakes\n"
    text = f"customers: {{path: {ran.data}, key: custmer}}\ntarget: {{column: lefft}}\n"
    path = _file(tmp_path, text)
    done = cli("check", path)
    assert done.code == 2
    place = text.index("key") + 1
    assert done.err.splitlines() == [
        f"{path}:1:{place} CP2102 customers.key: the table has no column 'custmer'. Did you mean 'customer'?",
        f"{path}:2:1 CP2102 target: the table has no column 'lefft'. Did you mean 'left'?",
    ]


def test_show_gives_each_value_its_origin(cli: Any, ran: Any) -> None:
    """Every key is shown with its value and origin, and the output is YAML."""
    done = cli("show", ran.recipe, "--set", "seed=3")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert any(line.startswith("seed: 3 ") and line.endswith("# --set seed") for line in lines)
    assert any(line.startswith("name: small ") and line.endswith(f"# {ran.recipe}:2:1") for line in lines)
    assert any(line.startswith("missing: auto ") and line.endswith("# default") for line in lines)
    assert done.err == ""


def test_plan_gives_reasons(cli: Any, ran: Any) -> None:
    """Each ``auto`` is resolved with a reason, without a run."""
    done = cli("plan", ran.recipe)
    assert done.code == 0, done.err
    found = {line.partition(":")[0] for line in done.out.splitlines()}
    assert {"missing", "features", "search"} <= found
    assert all("  # " in line for line in done.out.splitlines())


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_shipped_recipes_fit_the_schema(path: Path, judge: Any) -> None:
    """The project's recipes are valid by the schema, as written and as dumped."""
    faults = [*judge.iter_errors(written(path).plain), *judge.iter_errors(read(path).dump())]
    assert [fault.message for fault in faults] == []


def test_the_schema_is_valid(cli: Any) -> None:
    """The printed schema is valid, describes every key, and has every kind."""
    jsonschema = pytest.importorskip("jsonschema")
    done = cli("schema")
    made = json.loads(done.out)
    jsonschema.Draft202012Validator.check_schema(made)
    silent = [name for name, each in made["properties"].items() if not {"description", "$ref", "anyOf"} & set(each)]
    assert silent == []
    kinds = [kind for family in families().values() for kind in family.kinds()]
    assert [kind for kind in kinds if f'"{kind}"' not in done.out] == []


@pytest.mark.parametrize(
    "wrong", [{"modles": "auto"}, {"missing": "medain"}, {"models": [{"kind": "mlp", "widht": 3}]}, {"seed": "x"}]
)
def test_the_schema_refuses_mistakes(wrong: dict[str, Any], judge: Any) -> None:
    """The schema refuses the mistakes that reading refuses."""
    least = {"customers": {"sample": "telecom"}, "target": "churn"}
    assert judge.is_valid(least)
    assert not judge.is_valid({**least, **wrong})


def test_list_shows_every_kind(cli: Any) -> None:
    """Keys list their kinds, kinds their options with help; an unknown key is an error."""
    keys = cli("list").out
    assert all(f"{key}: {', '.join(family.kinds())}" in keys for key, family in families().items())
    models = cli("list", "models").out
    assert "lightgbm: Gradient boosted trees" in models
    assert "    num_leaves = 16: Leaves per tree." in models
    done = cli("list", "modles")
    assert done.code == 2
    assert "Did you mean 'models'?" in done.err


def test_codes_are_explained(cli: Any) -> None:
    """A code's meaning is printed, in any case; an unknown one is an error."""
    assert cli("explain-code", "cp1103").out.strip() == MEANING["CP1103"]
    assert cli("explain-code", "CP0000").code == 2


def test_a_new_recipe_runs(cli: Any, ran: Any, tmp_path: Path) -> None:
    """The file of ``new`` comments what it inferred, has no mistakes, and runs."""
    path = tmp_path / "new.yaml"
    done = cli("new", ran.data, "--target", "left", "--out", path)
    assert done.out.splitlines()[-1] == str(path)
    text = path.read_text("utf-8")
    assert 'key: "customer"' in text
    assert 'positive: "yes"' in text
    assert "# remark: text" in text
    assert not [secret for secret in ("secret-id", "private note", "rare plan") if secret in text]
    assert cli("check", path).out == f"{path}: no mistakes\n"
    ended = cli("run", path, *LEAN, "--out", tmp_path / "run")
    assert ended.code == 0, ended.err
    assert (tmp_path / "run" / "report.html").exists()


def test_new_prints_without_a_file(cli: Any, ran: Any) -> None:
    """Without --out only the recipe is printed; an unknown target is an error."""
    out = cli("new", ran.data, "--target", "left").out
    assert "target:" in out
    done = cli("new", ran.data, "--target", "lefft")
    assert done.code == 2
    assert "Did you mean 'left'" in done.err


def test_profile_is_one_page(cli: Any, ran: Any, tmp_path: Path) -> None:
    """The profile is written as one page, with a target and without one."""
    for more in ([], ["--target", "left", "--key", "customer"]):
        target = tmp_path / "profile.html"
        done = cli("profile", ran.data, "--out", target, *more)
        assert (done.code, done.out) == (0, f"{target}\n"), done.err
        page = target.read_text("utf-8")
        assert "income" in page
        assert "secret-id" not in page
        assert "private note" not in page
    done = cli("profile", ran.data, "--out", tmp_path / "profile.md")
    assert (done.code, (tmp_path / "profile.md").exists()) == (2, False)
    assert "CP2416 Expected a file that ends in .html, got '.md'." in done.err


@pytest.mark.parametrize("words", [("--set", "seed"), ("--set", "=3"), ("--set", "models.7=x"), ("--set", "seed=[")])
def test_wrong_changes_end_with_2(cli: Any, ran: Any, words: tuple[str, ...]) -> None:
    """A change without a path, value or meaning is quoted in the error."""
    done = cli("check", ran.recipe, *words)
    assert done.code == 2
    assert "--set" in done.err


@pytest.mark.parametrize("name", ["x.txt", "x"])
def test_lists_need_a_known_extension(cli: Any, ran: Any, tmp_path: Path, name: str) -> None:
    """A list is written as CSV or Parquet; other extensions are refused."""
    done = cli("predict", ran.folder, ran.data, "--out", tmp_path / name)
    assert done.code == 2
    assert "CP2402" in done.err


def test_resume_is_for_stopped_runs(cli: Callable[..., Any]) -> None:
    """The help of resume does not ask for a finished run."""
    assert "The folder of a run that was stopped." in cli("resume", "--help").out


def test_every_command_has_help(cli: Callable[..., Any]) -> None:
    """The help of each command ends with exit code 0."""
    from custpred.cli import app

    names = [each.name or each.callback.__name__.replace("_", "-") for each in app.registered_commands]  # type: ignore[union-attr]
    assert len(names) >= 14
    for name in names:
        done = cli(name, "--help")
        assert done.code == 0
        assert len(done.out) > 100


def test_a_written_recipe_can_be_read(tmp_path: Path) -> None:
    """Reasons are comments that do not affect it."""
    plain = {"customers": {"sample": "telecom"}, "target": "churn", "seed": 3}
    text = to_yaml(plain, {"seed": "why: because\nof lines", "none": "x"})
    assert read(_file(tmp_path, text)).seed == 3
