"""docs/extending.md is true: its files work everywhere in a copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import custpred

ROOT = Path(custpred.__file__).parents[1]
PAGE = ROOT / "docs" / "extending.md"
FILES = dict(re.findall(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))
KINDS = {"similar": "models", "worst": "missing_outliers", "smape": "metrics", "effort": "report"}
RECIPE = """name: grown
customers: {kind: counted, rows: 300}
target: spend
missing: {kind: worst, share: 0.1, indicator: true, of: [income]}
models: [similar, {kind: rule, patience: 3}]
metrics: [smape, mae]
require: {smape: "<= 1"}
search: none
split: {kind: plain, folds: 2}
engine: inline
report: {language: ko}
"""
COUNTED = '''"""Customers that are counted off."""

import numpy as np
import pandas as pd
from pydantic import Field

from custpred.source._raw import Raw
from custpred.source.base import Source


class Counted(Source):
    """Customers that are counted off: a toy that the test adds."""

    rows: int = Field(100, ge=10, description="How many.")

    def raw(self) -> Raw:
        """Count the customers off."""
        draw = np.random.default_rng(0)
        income, visits = draw.lognormal(3, 1, self.rows), draw.poisson(3, self.rows)
        shown = np.where(draw.random(self.rows) < 0.2, np.nan, income)
        frame = pd.DataFrame({"income": shown, "visits": visits, "spend": income + 5 * visits + 1})
        return Raw(frame, "counted off")
'''
OPTION = (
    '    bins: Annotated[int, Field(ge=2, le=100, description="Maximum bins of a numeric column."), Range(3, 20)] = 8\n'
)
MORE = '    patience: Annotated[int, Field(ge=1, description="An option that the test adds."), Range(1, 5)] = 2\n'
SCRIPT = """
import contextlib, io, json, sys
import custpred as cp
from custpred.cli import main
from custpred.models.rule import OneRule

def said(*words):
    sys.argv = ["custpred", *words]
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main()
    return text.getvalue()

recipe = cp.Recipe.model_validate({"customers": {"kind": "counted", "rows": 300}, "target": "spend"})
frame = recipe.customers.raw().frame
result = cp.run("grown.yaml", out="run")
fitted = cp.fit(frame, "spend", models=["similar"], missing="worst", metrics=["smape"], search="none",
                engine="inline", split={"kind": "plain", "folds": 2})
plan = cp.plan("grown.yaml", set={"models": "auto"})
print(json.dumps({
    "auto": [model.kind() for model in plan.recipe.models],
    "reasons": {each.key: each.reason for each in plan.decisions},
    "package": cp.__file__,
    "origin": result.record.data.origin,
    "options": [row.options for row in result.record.leaderboard],
    "space": list(OneRule.space()),
    "board": result.leaderboard()["model"].tolist(),
    "metric": result.record.metric,
    "met": [each.met for each in result.record.requirements],
    "notes": [note.text for note in result.record.preparation],
    "made": [name for rows in result.predictor.preparations.values() for step in rows[0] for name in step.lineage()],
    "member": fitted.predictor.members[0].model.kind(),
    "answers": len(fitted.predict(frame)),
    "again": cp.load("run").predict(frame).shape,
    "lists": {key: said("list", key) for key in ("customers", "models", "missing", "metrics")},
    "schema": said("schema"),
    "reference": said("schema", "--markdown"),
    "html": result.report("a.html").read_text("utf-8"),
    "md": result.report("a.md").read_text("utf-8"),
}))
"""


def ran(home: Path, *words: str) -> str:
    """Run Python with the copied package."""
    env = {**os.environ, "PYTHONPATH": str(home)}
    line = [sys.executable, *words]
    done = subprocess.run(line, cwd=home, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of package and contract tests, and the page's files."""
    home = tmp_path_factory.mktemp("grown")
    unneeded = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "custpred", home / "custpred", ignore=unneeded)
    shutil.copytree(ROOT / "tests" / "contract", home / "tests" / "contract", ignore=unneeded)
    for name in ("pyproject.toml", "tests/report/conftest.py"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, home / name)
    for name, text in FILES.items():
        assert not (home / name).exists()
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, "utf-8")
    return home


@pytest.fixture(scope="module")
def grown(home: Path) -> dict[str, Any]:
    """Add a source and an option too, and use all from YAML, Python and the command line."""
    (home / "custpred" / "source" / "counted.py").write_text(COUNTED, "utf-8")
    rule = home / "custpred" / "models" / "rule.py"
    before = rule.read_text("utf-8")
    assert OPTION in before
    rule.write_text(before.replace(OPTION, OPTION + MORE), "utf-8")
    (home / "grown.yaml").write_text(RECIPE, "utf-8")
    (home / "use.py").write_text(SCRIPT, "utf-8")
    found: dict[str, Any] = json.loads(ran(home, "use.py").splitlines()[-1])
    assert found["package"].startswith(str(home))
    return found


def test_the_page_has_a_kind_and_a_test_for_each_example() -> None:
    """The page has four files and four tests, and its table lists them all."""
    own = [name for name in FILES if name.startswith("custpred/")]
    assert {Path(name).stem for name in own} == set(KINDS)
    assert len(FILES) == 2 * len(own)
    assert all(f"| `{name}` | `pytest tests/contract/test_" in PAGE.read_text("utf-8") for name in own)


def test_the_examples_pass_ruff(home: Path) -> None:
    """Ruff has no findings in the page's files, and would not format them differently."""
    assert "All checks passed!" in ran(home, "-m", "ruff", "check", "--no-cache", *FILES)
    ran(home, "-m", "ruff", "format", "--no-cache", "--check", *FILES)


def test_the_examples_pass_their_contract_and_their_own_tests(home: Path) -> None:
    """The contract tests, selected by the kind's name, and the tests on the page pass."""
    contract = [f"tests/contract/test_{name}.py" for name in KINDS.values()]
    own = [name for name in FILES if name.startswith("tests/")]
    wanted = " or ".join(KINDS)
    text = ran(home, "-m", "pytest", "-p", "no:randomly", "-p", "no:xdist", "-q", "-rN", "-k", wanted, *contract, *own)
    assert " failed" not in text
    assert text.count(".") >= 100


def test_the_model_is_known_everywhere(grown: dict[str, Any]) -> None:
    """YAML, Python, list, schema, reference, leaderboard, report and saved models have it."""
    assert any(name.startswith("similar #") for name in grown["board"])
    assert (grown["member"], grown["answers"], grown["again"]) == ("similar", 300, [300])
    assert "similar: The mean of all training customers, weighted by how similar they are." in grown["lists"]["models"]
    assert "    width = 0.4: Distance, in standard deviations, that is near." in grown["lists"]["models"]
    assert '"similar"' in grown["schema"]
    assert "### similar\n" in grown["reference"]
    assert "similar" in grown["html"]


def test_the_model_is_chosen_by_auto(grown: dict[str, Any]) -> None:
    """``models: auto`` tries it after the usual models, with a reason."""
    assert grown["auto"][-1] == "similar"
    assert "similar customers tell much where there are few" in grown["reasons"]["models"]


def test_the_strategy_is_known_everywhere_with_its_options(grown: dict[str, Any]) -> None:
    """The report shows its effect; of and indicator, from the base class, work."""
    assert any("income" in note and "low quantile" in note for note in grown["notes"])
    assert "low quantile" in grown["html"]
    assert "income is missing" in grown["made"]
    assert "worst: Fills numbers with a low quantile" in grown["lists"]["missing"]
    assert '"worst"' in grown["schema"]


def test_the_metric_is_known_everywhere(grown: dict[str, Any]) -> None:
    """It can select models and be required, and the report shows it."""
    assert (grown["metric"], grown["met"]) == ("smape", [True])
    assert "Symmetric mean absolute percentage error" in grown["html"]
    assert "smape: Mean absolute difference" in grown["lists"]["metrics"]


def test_the_section_is_on_the_page_in_both_languages(grown: dict[str, Any]) -> None:
    """Page and Markdown have it in the report's language."""
    for page in (grown["html"], grown["md"]):
        assert "모델별 노력" in page
        assert "개를 시도했습니다." in page


def test_a_source_is_one_file(grown: dict[str, Any]) -> None:
    """A new source is in YAML, the list and the schema, and the report names it."""
    assert grown["origin"] == "counted off"
    assert "counted: Customers that are counted off" in grown["lists"]["customers"]
    assert '"counted"' in grown["schema"]


def test_an_option_is_one_line(grown: dict[str, Any]) -> None:
    """A new option is in YAML, the list, the schema, the search space and the leaderboard."""
    assert {"patience": 3} in grown["options"]
    assert "    patience = 2: An option that the test adds." in grown["lists"]["models"]
    assert "An option that the test adds." in grown["schema"]
    assert "patience" in grown["space"]


@pytest.mark.slow
def test_the_examples_pass_mypy(home: Path) -> None:
    """Mypy, strict, finds nothing in the files of the page."""
    own = [name for name in FILES if name.startswith("custpred/")]
    assert "Success" in ran(home, "-m", "mypy", *own)
