"""With ``--json`` every command prints one JSON object on stdout, also for errors."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custpred import api
from custpred.cli import app
from custpred.command import hoisted
from custpred.errors import BudgetSpent
from custpred.monitoring import retraining
from custpred.results.json_output import mistake
from custpred.results.output_schema import RESULTS, schema
from custpred.results.result import Result

APART = {"gates", "dashboard", "mcp", "serve"}
"""Commands with a test of their own: one needs a trained network, two go on."""
FAULTS = {"code", "message", "place", "key", "column", "found", "remedy"}


@pytest.fixture(scope="module")
def judge() -> Any:
    """Return a validator of output by the schema."""
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(schema())


@pytest.fixture(scope="module")
def ran(ran: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a copy of the run: some commands write into its folder."""
    home = shutil.copytree(ran.folder.parent, tmp_path_factory.mktemp("output") / "home")
    own = {each: home / getattr(ran, each).name for each in ("folder", "recipe", "data")}
    return dataclasses.replace(ran, **own)


@pytest.fixture
def ask(cli: Callable[..., Any], judge: Any) -> Callable[..., Any]:
    """Return a function that calls a command with --json and checks the envelope."""

    def call(*words: object) -> Any:
        done = cli(*words, "--json")
        found = json.loads(done.out)
        assert list(judge.iter_errors(found)) == []
        assert found["exit_code"] == done.code
        return found

    return call


def names() -> list[str]:
    """Return the commands, as users write them."""
    return [each.name or each.callback.__name__.replace("_", "-") for each in app.registered_commands]  # type: ignore[union-attr]


def words_of(command: str, ran: Any, home: Path) -> tuple[object, ...]:
    """Return the arguments with which each command succeeds."""
    run, data, recipe = ran.folder, ran.data, ran.recipe
    return {
        "run": (recipe, "--out", home / "r"),
        "demo": ("--out", home / "r"),
        "resume": (run,),
        "new": (data, "--target", "left"),
        "check": (recipe,),
        "show": (recipe,),
        "migrate": (recipe, "--out", home / "m.yaml"),
        "plan": (recipe,),
        "profile": (data, "--out", home / "p.html"),
        "predict": (run, data, "--out", home / "s.csv", "--reasons", "none"),
        "leaderboard": (run,),
        "explain": (run, "--key", "secret-id-00007"),
        "report": (run, "--out", home / "r.md"),
        "list": ("models",),
        "schema": ("--output",),
        "explain-code": ("CP1103",),
        "sample": ("shop", "--target", "segment", "--rows", 40, "--out", home / "c.csv"),
        "compare": (run, run),
        "promote": (run,),
        "models": ("--reports", run.parent),
        "monitor": (run, data),
        "retrain": (run, "--data", data),
        "export": (run, "--sql", "duckdb", "--out", home / "s.sql"),
    }[command]


def test_every_command_is_covered() -> None:
    """A new command has a line in RESULTS (and in ``words_of``, if it needs no network)."""
    assert set(names()) == set(RESULTS)


@pytest.mark.parametrize("command", [each for each in RESULTS if each not in APART])
def test_every_command_prints_json(
    ask: Any, ran: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Stdout has only the object, valid by the schema, with exit code 0 and the documented keys."""
    done = api.load(ran.folder)
    same = api.load(ran.folder)
    monkeypatch.setattr(api, "run", lambda *_, **__: done)
    found = retraining.Retrained(done, retraining.compared(done, same, None), False)
    monkeypatch.setattr(retraining, "retrain", lambda *_, **__: found)
    monkeypatch.setattr(Result, "export", lambda self, path, **_: path)  # texts of this run have no SQL
    monkeypatch.chdir(ran.folder.parent)
    words = words_of(command, ran, tmp_path)
    told = ask(command, *words)
    assert (told["command"], told["exit_code"], told["errors"]) == (command, 0, [])
    assert set(RESULTS[command].split()) <= set(told["result"])
    assert "text" not in told["result"]


def test_a_server_prints_at_once(cli: Any, ran: Any, judge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is printed while the server runs, without exit code or second object."""
    monkeypatch.setattr("custpred.dashboard.launch.serve", lambda run, serving, tell: tell("http://127.0.0.1:8501/"))
    found = json.loads(cli("dashboard", ran.folder, "--json").out)
    assert list(judge.iter_errors(found)) == []
    assert (found["exit_code"], found["result"]) == (None, {"address": "http://127.0.0.1:8501/"})


def test_each_mistake_of_a_recipe_is_an_error(ask: Any, tmp_path: Path) -> None:
    """Each has its code, place, key, found value and remedy."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "customers: {sample: telecom}\ntarget: churn\nmodles: auto\nmissing: medain\nseed: often\n", "utf-8"
    )
    found = ask("check", path)
    assert (found["exit_code"], found["result"]) == (2, None)
    first, second, third = found["errors"]
    assert (first["code"], first["place"], first["remedy"]) == ("CP1103", f"{path}:3:1", "Did you mean 'models'?")
    assert (second["key"], second["found"]) == ("missing", "'medain'")
    assert second["remedy"].startswith("Did you mean 'median'?")
    assert (third["code"], third["found"]) == ("CP1104", "'often'")
    assert set(third) == FAULTS


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("predict", "none", "none.csv", "--out", "s.csv"), "CP5200"),
        (("run", "none.yaml"), "CP1110"),
        (("run",), "CP1100"),
        (("leaderboard", "none", "--frob"), "CP1100"),
        (("frobnicate",), "CP1100"),
        (("list", "modles"), "CP1105"),
        (("explain-code", "CP0"), "CP1000"),
        (("sample", "shp", "--out", "c.csv"), "CP2434"),
        (("sample", "shop", "--target", "churn", "--out", "c.csv"), "CP2102"),
        (("sample", "shop", "--rows", 40, "--out", "/dev/null/c.csv"), "CP4102"),
    ],
)
def test_faults_are_objects(ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Any, code: str) -> None:
    """For a wrong folder, file or command line: exit code 2, the code and a remedy."""
    monkeypatch.chdir(tmp_path)
    found = ask(*words)
    assert found["exit_code"] == 2
    (error,) = found["errors"]
    assert error["code"] == code
    assert error["remedy"]


def test_every_exit_code(ask: Any, ran: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package, a missed rule (3), a spent budget (4), Ctrl-C (130) and a bug (1)."""
    assert ask("gates", ran.folder, "--row", 1)["errors"][0]["code"] == "CP2405"
    missed = ask("monitor", ran.folder, ran.data, "--require", "rows > 1000000")
    assert (missed["exit_code"], missed["errors"][0]["code"], missed["errors"][0]["found"]) == (3, "CP4103", 500)
    assert missed["result"]["requirements"]
    for error, code in (
        (BudgetSpent("No model.", code="CP4104", remedy="More."), 4),
        (KeyboardInterrupt(), 130),
        (KeyError("s3cret"), 1),
    ):

        def fail(*_: object, error: BaseException = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(api, "run", fail)
        done = ask("run", ran.recipe)
        assert done["exit_code"] == code
        assert "s3cret" not in json.dumps(done)
        assert done["errors"][0]["code"] in {"CP4104", "CP4130", "CP9000"}
        if code == 1:
            Path(done["errors"][0]["message"].rpartition("the file ")[2].rstrip(".")).unlink()


def test_help_is_in_the_object(ask: Any) -> None:
    """Text that a command prints itself is in the object."""
    assert "Usage" in ask("check", "--help")["result"]["text"]
    assert ask("--version")["result"]["text"].startswith("custpred ")


def test_json_is_an_option_everywhere_before_two_dashes() -> None:
    """After ``--`` it is an ordinary argument."""
    assert hoisted(["check", "--json", "x.yaml"])[0] == "--json"
    assert hoisted(["check", "--", "--json"]) == ["check", "--", "--json"]


def test_a_line_without_a_code_is_kept_whole() -> None:
    """A message without a code is unchanged."""
    assert mistake("the disk is full")["message"] == "the disk is full"
