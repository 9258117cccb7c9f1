"""The contract of every check."""

from __future__ import annotations

import importlib.util
import json
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custpred.profile._run import profile
from custpred.profile.base import Check
from custpred.table import Column, Table
from custpred.task import Task

_SPEC = importlib.util.spec_from_file_location(
    "profile_customers", Path(__file__).parents[1] / "profile" / "conftest.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
_HELP = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_HELP)
clean, with_column = _HELP.clean, _HELP.with_column

KINDS = Check.kinds()
TASKS = ("binary", "multiclass", "regression")
each_kind = pytest.mark.parametrize("kind", KINDS)
each_task = pytest.mark.parametrize("task", TASKS)
Planted = tuple[Table, np.ndarray, Task]
ROWS = 2_000


def _with(name: str, values: object, kind: str = "number") -> Planted:
    table, truth, task = clean()
    return with_column(table, name, values, kind), truth, task


def _rng() -> np.random.Generator:
    return np.random.default_rng(9)


def _repeated() -> Planted:
    table, truth, task = clean()
    rows = np.r_[np.arange(ROWS), np.arange(60)]
    return table.take(rows), truth[rows], task


def _rare() -> Planted:
    table, truth, task = clean()
    return table, np.where(np.arange(ROWS) < 15, 1, 0) * (truth >= 0), task


def _unrelated() -> Planted:
    table, truth, task = clean()
    return table, np.random.default_rng(3).permutation(truth), task


def _spending() -> Planted:
    table, truth, _ = clean("regression")
    return table, np.where(truth < 100, 0.0, np.exp(0.12 * (truth - 100))), Task("regression", "paid")


FAULTS = {
    "P101": ("kinds", lambda: _with("card", [f"x{i}" for i in range(ROWS)], "id")),
    "P102": ("kinds", lambda: _with("remarks", [f"said {i}" for i in range(ROWS)], "text")),
    "P111": ("missingness", lambda: _with("fax", np.where(_rng().random(ROWS) < 0.7, np.nan, _rng().random(ROWS)))),
    "P112": (
        "missingness",
        lambda: _with("fax", np.where(_rng().random(ROWS) < 0.2 + 0.3 * clean()[1], np.nan, _rng().random(ROWS))),
    ),
    "P121": ("duplicates", _repeated),
    "P122": ("duplicates", _repeated),
    "P123": ("duplicates", lambda: _with("years", clean()[0].frame["age"])),
    "P131": ("constants", lambda: _with("country", pd.Categorical(["KR"] * ROWS), "category")),
    "P132": ("constants", lambda: _with("vip", (np.arange(ROWS) < 5).astype(float), "code")),
    "P133": ("constants", lambda: _with("nothing", np.full(ROWS, np.nan), "empty")),
    "P141": ("cardinality", lambda: _with("town", _towns(150), "category")),
    "P142": ("cardinality", lambda: _with("town", _towns(400), "category")),
    "P143": ("cardinality", lambda: _with("number", np.random.default_rng(2).permutation(ROWS) + 1000.0)),
    "P151": ("skew", lambda: _with("wealth", np.exp(3 * _rng().normal(size=ROWS)))),
    "P161": ("outlying", lambda: _with("gain", np.where(_rng().random(ROWS) < 0.15, 90.0, _rng().random(ROWS)))),
    "P162": ("outlying", lambda: _with("height", np.r_[[999_999.0] * 3, _rng().normal(170, 8, ROWS - 3)])),
    "P171": ("imbalance", _rare),
    "P172": ("imbalance", _rare),
    "P173": ("imbalance", _spending),
    "P174": ("imbalance", _spending),
    "P181": ("associations", _unrelated),
    "P182": ("associations", lambda: _with("years", clean()[0].frame["age"] + 0.1 * _rng().normal(size=ROWS))),
    "P211": ("texts", lambda: _with("remarks", [f"said {i % 1900}" for i in range(ROWS)], "text")),
    "P212": ("texts", lambda: _with("remarks", [f"said {i}" if i % 5 else " " for i in range(ROWS)], "text")),
    "P201": ("drift", lambda: _with("price", _rng().normal(clean()[0].frame["seen"].rank() / ROWS * 2, 1.0))),
    "P202": ("drift", lambda: _with("price", _rng().normal(clean()[0].frame["seen"].rank() / ROWS * 0.9, 1.0))),
}


def _towns(count: int) -> pd.Categorical:
    return pd.Categorical.from_codes(_rng().integers(0, count, ROWS), [f"town {i:03d}" for i in range(count)])


@each_kind
def test_checks_describe_themselves(kind: str) -> None:
    """Checks describe themselves, options and codes, and round-trip by YAML and pickle."""
    check = Check.find(kind)()
    assert check.summary().endswith(".")
    assert all(text for _, _, text in check.options())
    assert re.search(r"``P\d{3}``", type(check).__doc__ or "")
    assert "Facts" in (type(check).__doc__ or "")
    assert Check.parse(check.dump()) == check
    assert pickle.loads(pickle.dumps(check)) == check


@each_kind
@each_task
def test_silent_on_clean_customers(kind: str, task: str) -> None:
    """Clean customers give no finding, with and without their target."""
    table, truth, target = clean(task)
    check = Check.find(kind)()
    assert check.check(table, truth, target).findings == ()
    assert check.check(table).findings == ()


@pytest.mark.parametrize("code", FAULTS)
def test_its_planted_fault_is_found(code: str) -> None:
    """Each documented finding appears when its fault is planted."""
    kind, planted = FAULTS[code]
    assert code in {finding.code for finding in Check.find(kind)().check(*planted()).findings}


def test_every_documented_code_has_a_fault() -> None:
    """Every documented code is planted in a test, and no two checks share a code."""
    documented = {kind: set(re.findall(r"``(P\d{3})``", Check.find(kind).__doc__ or "")) for kind in KINDS}
    leaks = documented.pop("leakage")
    every = [code for codes in documented.values() for code in codes]
    assert sorted(every) == sorted(FAULTS)
    assert leaks == {f"P19{digit}" for digit in range(1, 9)}


def test_heavy_tails_are_not_mistakes() -> None:
    """The maximum of lognormal amounts is far away, but not surprising."""
    table, truth, task = _with("spent", np.exp(2.5 * _rng().normal(size=ROWS)))
    assert "P162" not in {finding.code for finding in Check.parse("outlying").check(table, truth, task).findings}


@each_kind
@each_task
def test_input_is_not_modified(kind: str, task: str) -> None:
    """A check modifies neither the frame nor the target."""
    table, truth, target = clean(task)
    frame, answers = table.frame.copy(), truth.copy()
    Check.find(kind)().check(table, truth, target)
    pd.testing.assert_frame_equal(table.frame, frame)
    assert np.array_equal(truth, answers)


@each_kind
@each_task
def test_facts_are_plain(kind: str, task: str) -> None:
    """Facts are valid JSON, and the same for the same table."""
    table, truth, target = clean(task)
    facts = Check.find(kind)().check(table, truth, target).facts
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert Check.find(kind)().check(*clean(task)).facts == facts


def _odd(rows: int) -> Table:
    """Return columns of nothing, of one value, of infinities and of huge numbers."""
    numbers = np.array([np.inf, -np.inf, 1e308, -1e308, 0.0, np.nan])
    frame = pd.DataFrame(
        {
            "void": np.full(rows, np.nan),
            "one": np.full(rows, 3.0),
            "wild": np.resize(numbers, rows),
            "level": pd.Categorical([None] * rows, categories=pd.Index([], dtype=object)),
            "never": np.full(rows, np.datetime64("NaT"), dtype="datetime64[s]"),
            "said": np.array([None] * rows, dtype=object),
            "name": np.array([f"n{i}" for i in range(rows)], dtype=object),
        }
    )
    kinds = ("number", "code", "number", "category", "date", "text", "id")
    return Table(frame, tuple(Column(name, kind) for name, kind in zip(frame, kinds, strict=True)), key="name")


@each_kind
@pytest.mark.parametrize("rows", [0, 1, 2, 60])
def test_unusual_tables_are_checked(kind: str, rows: int) -> None:
    """Empty columns, infinities, huge numbers, and hardly any rows are no error, for any task."""
    truths = {
        "binary": (np.arange(rows) % 2, Task("binary", "y", ("no", "yes"))),
        "multiclass": (np.arange(rows) % 3, Task("multiclass", "y", ("a", "b", "c"))),
        "regression": (np.arange(rows) * 1.5, Task("regression", "y")),
    }
    for truth, task in truths.values():
        check = Check.find(kind)().check(_odd(rows), truth, task)
        assert json.dumps(check.facts, allow_nan=False).startswith("{")


def test_no_customer_is_shown() -> None:
    """Names, texts, rare levels and extremes are in no finding and no fact of the profile."""
    table, truth, task = clean()
    secret = [f"Gil-dong Hong {number}" for number in range(ROWS)]
    table = with_column(table, "said", secret, "text")
    table = with_column(table, "who", secret, "id")
    rare = np.where(np.arange(ROWS) < 5, "Hong & Sons", "other firms")
    table = with_column(table, "firm", pd.Categorical(rare), "category")
    table = with_column(table, "pay", np.r_[8675309.0, np.random.default_rng(0).gamma(2.0, 1e3, ROWS - 1)])
    written = repr(profile(table, truth, task))
    assert "other firms" in written
    assert not [word for word in ("Hong", "8675309", "C00") if word in written]


def test_a_failing_check_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that raises is a finding without its text; the others are complete."""
    broken = Check.find("outlying")

    def fail(self: Check, *_: object) -> None:
        raise KeyError("Gil-dong Hong")

    monkeypatch.setattr(broken, "check", fail)
    found = profile(*clean())
    assert set(found) == set(KINDS)
    assert [finding.code for finding in found["outlying"].findings] == ["P999"]
    assert "KeyError" in found["outlying"].findings[0].text
    assert "Hong" not in repr(found["outlying"])
    assert found["skew"].facts["columns"]
    assert all(check.seconds > 0 for check in found.values())


def test_wide_tables_are_summarised() -> None:
    """Three hundred bad columns give at most 21 findings per code, in seconds."""
    table, truth, task = clean(rows=500)
    extra = pd.DataFrame(
        {f"gap {i}": np.where(np.arange(500) % 3, np.nan, np.arange(500) * i % 97) for i in range(300)}
    )
    frame = pd.concat([table.frame, extra], axis=1)
    columns = (*table.columns, *(Column(name, "number") for name in extra))
    found = profile(Table(frame, columns, key="customer"), truth, task)
    assert sum(finding.code == "P111" for finding in found["missingness"].findings) == 21
    assert len(found["skew"].facts["detail"]) == 60
    assert len(found["skew"].facts["columns"]) > 300
    assert sum(check.seconds for check in found.values()) < 15
