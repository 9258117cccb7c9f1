"""A run without a useful model is not a success, and what cannot run is reported immediately."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.errors import CustpredWarning, RecipeError, RunError
from custpred.results.record import Record

LEAN: dict[str, Any] = {
    "split": {"kind": "stratified", "folds": 2},
    "engine": "inline",
    "budget": {"work": 1, "jobs": 1},
    "search": "none",
}
PLUGINS = {
    "wrong_shape": ("np.zeros((len(X), 3))", "CP4112", "(160, 3)"),
    "scalar": ("0.5", "CP4112", "the shape ()"),
    "nan": ("np.full(len(X), np.nan)", "CP4112", "missing or infinite"),
    "infinite": ("np.full(len(X), np.inf)", "CP4112", "missing or infinite"),
    "texts": ("np.full(len(X), 'high')", "CP4112", "not numbers"),
    "raises": ("1 / 0", "ZeroDivisionError", "division by zero"),
}
MODEL = '''"""A model of a test."""
import numpy as np
from custpred.models.base import Model

class Own(Model):
    """A model that breaks its contract."""

    def train(self, rows, valid, fit):
        return 0.0

    def raw(self, fitted, X, fit):
        return {raw}

    def pack(self, fitted):
        return {{"a": fitted}}

    def unpack(self, packed, fit):
        return packed["a"]
'''
METRIC = '''"""A metric of a test."""
import numpy as np
from custpred.metrics.base import Metric

class Own(Metric):
    """A metric that fails."""

    label = "Own"

    def score(self, predictions):
        return {value}
'''


def people(rows: int = 400, kind: str = "binary") -> pd.DataFrame:
    """Return customers whose label depends on one column."""
    draw = np.random.default_rng(1)
    visits = draw.normal(0, 1, rows)
    noisy = visits + draw.normal(0, 0.5, rows)
    answer = {"binary": np.where(noisy > 0, "yes", "no"), "regression": 10 * noisy, "multiclass": pd.cut(noisy, 3)}[
        kind
    ]
    labels = np.asarray(answer, dtype=str) if kind == "multiclass" else answer
    return pd.DataFrame({"visits": visits, "age": draw.integers(20, 70, rows), "left": labels})


def fitted(folder: Path, models: Any, frame: pd.DataFrame | None = None, **keys: Any) -> Record:
    """Return what a run leaves in its report.json."""
    given = people() if frame is None else frame
    cp.fit(given, "left", out=folder, **{**LEAN, "models": models, **keys})
    return Record.load(json.loads((folder / "report.json").read_text()))


def plugin(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> str:
    """Write an importable module, and return its name as a kind."""
    (folder / "journey_own").mkdir(exist_ok=True)
    (folder / "journey_own" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    return f"journey_own.{name}"


@pytest.mark.parametrize(
    ("kind", "model"), [("binary", "logistic"), ("multiclass", "logistic"), ("regression", "linear")]
)
def test_one_trial_of_work_is_a_model(tmp_path: Path, kind: str, model: str) -> None:
    """With work for one trial, a model is compared with the baselines on the test."""
    record = fitted(tmp_path / "run", [model], people(kind=kind))
    assert [row.kind for row in record.leaderboard if row.weight] == [model]
    assert [row.kind for row in record.leaderboard if not row.baseline] == [model]
    assert {each.kind for each in record.comparisons} == {"dummy", "rule"}
    assert {(each.on, each.rows) for each in record.comparisons} == {("test", record.data.test_rows)}
    assert all(each.others.keys() == record.metrics.keys() - {record.metric} for each in record.comparisons)
    assert all(each.better for each in record.comparisons if each.kind == "dummy")
    score, sign = record.test[record.metric].value, 1 if record.metrics[record.metric]["better"] == "higher" else -1
    for each in record.comparisons:
        assert each.lead.value == pytest.approx(sign * (score - each.score.value))
        assert each.lead.low <= each.lead.value <= each.lead.high
    assert "**Red**" not in (tmp_path / "run" / "report.md").read_text()


def test_without_a_test_the_comparison_is_out_of_fold(tmp_path: Path) -> None:
    """Without test rows, model and baselines are compared on the held-out rows."""
    record = fitted(tmp_path / "run", ["logistic"], split={"kind": "stratified", "folds": 2, "test": 0})
    assert {(each.on, each.rows) for each in record.comparisons} == {("held-out", record.data.train_rows)}
    assert all(each.better for each in record.comparisons if each.kind == "dummy")


def test_a_kept_baseline_warns_and_is_red(tmp_path: Path) -> None:
    """Baselines alone give a complete folder, a warning with a remedy, and a red page."""
    with pytest.warns(CustpredWarning, match=r"CP4114 No model was kept, only the baseline .* name one that learns"):
        record = fitted(tmp_path / "run", ["dummy"])
    assert record.fallback is not None
    page = (tmp_path / "run" / "report.md").read_text()
    assert "**Red**: Do not act on this yet: no model was kept" in page
    assert "Fit for use" not in page
    assert len(cp.load(tmp_path / "run").predict(people())) == 400
    with pytest.warns(CustpredWarning, match="CP4114"):
        cp.resume(tmp_path / "run")


def test_a_kept_baseline_ends_with_4(cli: Any, tmp_path: Path) -> None:
    """Run and resume say so in one line, with exit code 4; the report is complete."""
    people().to_csv(tmp_path / "people.csv", index=False)
    text = "customers: {path: people.csv}\ntarget: left\nmodels: [rule]\nsearch: none\nengine: inline\n"
    (tmp_path / "own.yaml").write_text(text + "budget: {work: 1, jobs: 1}\nrequire: {roc_auc: '>= 0.9999'}\n")
    done = cli("run", tmp_path / "own.yaml", "--out", tmp_path / "run")
    assert done.code == 4
    assert done.err.count("CP4114 No model was kept") == 1
    assert "CP4103 required roc_auc" in done.err
    assert done.out == f"{tmp_path}/run/report.html\n"
    again = cli("resume", tmp_path / "run")
    assert (again.code, again.err.count("CP4114")) == (4, 1)


def test_models_that_break_their_contract_are_on_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong shapes, missing or infinite predictions, and errors are on the board, not blended."""
    kinds = {
        name: plugin(tmp_path, monkeypatch, f"model_{name}", MODEL.format(raw=PLUGINS[name][0])) for name in PLUGINS
    }
    models, work = [{"kind": kind} for kind in kinds.values()], len(kinds) + 1
    record = fitted(tmp_path / "run", [*models, "logistic"], plugins=True, budget={"work": work, "jobs": 1})
    assert record.fallback is None
    for name, (_, code, words) in PLUGINS.items():
        row = next(row for row in record.leaderboard if row.kind == kinds[name])
        assert (row.status, row.weight, row.score) == ("failed", 0.0, None)
        assert code in row.reason
        assert words in row.reason


@pytest.mark.parametrize("name", ["wrong_shape", "raises"])
def test_a_run_whose_only_model_fails_keeps_a_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The warning names the model's fault."""
    raw, code, _ = PLUGINS[name]
    kind = plugin(tmp_path, monkeypatch, f"alone_{name}", MODEL.format(raw=raw))
    with pytest.warns(CustpredWarning, match=f"CP4114 .* did not finish .*{code}"):
        record = fitted(tmp_path / "run", [{"kind": kind}], plugins=True)
    assert record.fallback is not None


@pytest.mark.parametrize("value", ["1 / 0", "np.zeros(3)", "'high'", "float('nan')"])
def test_a_metric_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """As a further metric it is reported; as the first one it ends the run with a coded error."""
    name = f"metric_{abs(hash(value))}"
    kind = plugin(tmp_path, monkeypatch, name, METRIC.format(value=value))
    record = fitted(tmp_path / "run", ["logistic"], plugins=True, metrics=["roc_auc", {"kind": kind}])
    assert set(record.test) == {"roc_auc"}
    facts = record.measures["scores"].facts
    assert kind in (*facts.get("failed", ()), *facts.get("undefined", ()))
    assert "Own" in (tmp_path / "run" / "report.html").read_text()
    with pytest.raises(RunError, match=kind) as caught:
        fitted(tmp_path / "first", ["logistic"], plugins=True, metrics=[{"kind": kind}, "roc_auc"])
    assert caught.value.code == "CP4113"


def without(monkeypatch: pytest.MonkeyPatch, module: str, *names: str) -> None:
    """Make packages appear not installed to a module."""
    import importlib

    monkeypatch.setattr(importlib.import_module(module), "installed", lambda name: name not in names)


def test_a_model_without_its_package_is_left_out_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Next to other models a warning and on the board; alone an error before any fit."""
    without(monkeypatch, "custpred.models.catboost", "catboost")
    with pytest.warns(
        CustpredWarning, match=r"CP4115 catboost is left out: CP1107 .*pip install 'custpred\[catboost\]'"
    ):
        record = fitted(tmp_path / "run", ["catboost", "logistic"])
    row = record.leaderboard[-1]
    assert (row.kind, row.status) == ("catboost", "skipped")
    assert "catboost is needed" in row.reason
    assert [row.kind for row in record.leaderboard if row.weight] == ["logistic"]
    with pytest.raises(RecipeError, match="CP1107 models.0: catboost is needed") as caught:
        fitted(tmp_path / "alone", ["catboost"])
    assert caught.value.exit_code == 2


def test_check_says_which_packages_are_missing(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line each with place, code and remedy, before reading rows; a warning if others run."""
    without(monkeypatch, "custpred.models.catboost", "catboost")
    without(monkeypatch, "custpred.models._networks.sequence_model", "tensorflow")
    without(monkeypatch, "custpred.features._text.morphemes", "konlpy", "kiwipiepy")
    text = "customers: {path: absent.csv}\ntarget: left\n"
    path = tmp_path / "own.yaml"
    path.write_text(f"{text}models: [catboost, lstm]\nfeatures:\n- {{kind: tfidf, tokenizer: okt}}\n")
    done = cli("check", path)
    assert done.code == 2
    lines = done.err.strip().splitlines()
    assert [line.split(" ", 1)[1].split(":")[0] for line in lines] == [
        "CP1107 features.0",
        "CP1107 models.0",
        "CP1107 models.1",
    ]
    assert "pip install konlpy" in lines[0]
    assert "pip install 'custpred[deep]'" in lines[2]
    path.write_text(f"{text}models: [catboost, logistic]\n")
    (tmp_path / "absent.csv").write_text("age,left\n1,yes\n")
    warned = cli("check", path)
    assert warned.code == 0
    assert warned.err.startswith("CP4115 catboost is left out: CP1107")


def test_a_network_without_sequences_is_found_by_the_plan(tmp_path: Path) -> None:
    """Next to other models it is skipped with a warning, alone it is an error."""
    people().to_csv(tmp_path / "people.csv", index=False)
    path = tmp_path / "own.yaml"
    text = "customers: {path: people.csv}\ntarget: left\n"
    path.write_text(f"{text}models: [lstm, logistic]\n")
    with pytest.warns(CustpredWarning, match="CP4115 lstm is left out: CP4110 It needs sequences"):
        plan = cp.plan(path)
    assert [each.kind() for each in plan.recipe.models] == ["logistic"]
    assert [each.choice for each in plan.decisions if each.key == "models lstm"] == ["left out"]
    path.write_text(f"{text}models: [lstm, gru]\n")
    with pytest.raises(RecipeError, match="CP4110 lstm, gru: It needs sequences"):
        cp.plan(path)


@pytest.mark.parametrize(
    ("feature", "found"),
    [
        ("tokens", "and 'tokens' makes none: There is no column of free text. If note holds free text, write "
         "customers: {types: {note: text}}."),
        ("steps", "and 'steps' makes none: No columns differ in one number only"),
        ("ratios", "but no feature of the recipe makes any: add 'steps'"),
    ],
)  # fmt: skip
def test_features_that_find_no_sequence_say_why(tmp_path: Path, feature: str, found: str) -> None:
    """Short texts that repeat are read as a category: advice to add what is there does not help."""
    notes = ["good service", "bad service", "slow reply", "fine"]
    people().assign(note=[notes[i % 4] for i in range(400)]).to_csv(tmp_path / "people.csv", index=False)
    text = f"customers: {{path: people.csv}}\ntarget: left\nmodels: [gru]\nfeatures: [{feature}]\n"
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(RecipeError, match=re.escape(found)):
        cp.plan(tmp_path / "own.yaml")
    (tmp_path / "own.yaml").write_text(text.replace("people.csv", "people.csv, types: {note: text}"))
    if feature == "tokens":
        assert [each.kind() for each in cp.plan(tmp_path / "own.yaml").recipe.models] == ["gru"]


def test_columns_of_one_name_make_a_sequence(tmp_path: Path) -> None:
    """Columns of one name and a number are steps, so a network over them is used."""
    frame = people().assign(**{f"bill{i}": np.arange(400) % (50 + i) for i in range(3)})
    frame.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "own.yaml").write_text("customers: {path: people.csv}\ntarget: left\nmodels: [lstm]\n")
    assert [each.kind() for each in cp.plan(tmp_path / "own.yaml").recipe.models] == ["lstm"]


def test_a_budget_below_the_preparation_is_an_error_at_once(tmp_path: Path) -> None:
    """With 0.01 s for any model, the error comes before the search, with a sufficient budget."""
    with pytest.warns(CustpredWarning) as caught:
        fitted(tmp_path / "run", ["lightgbm"], budget={"time": 0.01, "jobs": 1})
    told = str(caught[0].message)
    assert told.startswith("CP4116 The budget may be too small for any model")
    assert told.endswith("Set 'budget: 10s' or more.")


@pytest.mark.slow
def test_the_targets_baseline_is_compared_on_the_test(tmp_path: Path) -> None:
    """For the next item, same_again is scored on the test rows too, like the model."""
    cp.fit(
        None,
        {"kind": "next", "horizon": "60d"},
        events={"orders": {"sample": "orders", "item": "category"}},
        out=tmp_path / "run",
        models=["logistic"],
        **{key: LEAN[key] for key in ("engine", "budget", "search")},
    )
    record = Record.load(json.loads((tmp_path / "run" / "report.json").read_text()))
    assert {each.kind for each in record.comparisons} >= {"dummy", "same_again"}
    assert {(each.on, each.rows) for each in record.comparisons} == {("test", record.data.test_rows)}
