"""The monthly job of docs/schedule runs as written; the files that call it are valid."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import custpred as cp
from custpred.source.base import Source

FOLDER = Path(__file__).parents[2] / "docs" / "schedule"
RECIPE = """
name: churn
customers: {path: customers.csv, key: customer_id}
target: churn
search: none
engine: inline
models: [logistic]
budget: {work: 1, jobs: 1}
split: {kind: stratified, folds: 2, test: 0.3}
"""


def test_each_example_calls_the_script() -> None:
    """The crontab, the DAG and the workflow are valid, and all run monthly.sh."""
    lines = [line for line in (FOLDER / "crontab").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line.split()[:5] for line in lines] == [["0", "6", "1", "*", "*"]]
    tree = ast.parse((FOLDER / "airflow_dag.py").read_text("utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    steps = YAML(typ="safe").load((FOLDER / "github.yml").read_text("utf-8"))["jobs"]["score"]["steps"]
    for called in (lines[0], *(t for t in texts if "./" in t), *(s["run"] for s in steps if "./" in s.get("run", ""))):
        assert "./monthly.sh churn new.csv scores" in called


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the script is for a POSIX shell")
def test_the_script_scores_retrains_and_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores of the champion; a new run; exit code 3 and no scores for customers who changed."""
    monkeypatch.chdir(tmp_path)
    every = Source.parse({"sample": "telecom", "rows": 1000}).raw().frame
    every[:500].to_csv("customers.csv", index=False)
    every[500:].to_csv("labelled.csv", index=False)
    new = every[500:].drop(columns="churn")
    new.to_csv("new.csv", index=False)
    new.assign(contract="unheard of", tenure=400).to_csv("odd.csv", index=False)
    Path("churn.yaml").write_text(RECIPE, "utf-8")
    cp.run("churn.yaml")
    shim = tmp_path / "bin" / "custpred"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m custpred.cli "$@"\n', "utf-8")
    shim.chmod(0o755)
    source = str(Path(cp.__file__).parents[1])
    env = {**os.environ, "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": source}

    def call(*words: str) -> int:
        return subprocess.run(words, env=env, capture_output=True, check=False).returncode

    assert call("custpred", "promote", "reports/churn/latest") == 0
    assert call(str(FOLDER / "monthly.sh"), "churn", "new.csv", "scores.csv", "labelled.csv") == 0
    assert len(Path("scores.csv").read_text("utf-8").splitlines()) == 501
    assert len(list(Path("reports").glob("churn-*"))) == 2
    assert call(str(FOLDER / "monthly.sh"), "churn", "odd.csv", "none.csv") == 3
    assert not Path("none.csv").exists()
