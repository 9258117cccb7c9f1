"""A run on a table that is larger than its memory reads a sample of the customers and says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custpred.errors import BudgetSpent
from custpred.recipe import preflight
from custpred.recipe.file import from_keys
from custpred.recipe.preflight import reading
from custpred.source._reading.duck import connect
from custpred.training._rows.sampled import kept_share, noted
from custpred.training.run import read_labelled


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write 6,000 customers of four columns: about a megabyte in memory."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": random.random(6000) for i in range(3)})
    frame["left"] = np.where(frame["x0"] + random.random(6000) > 1.2, "yes", "no")
    frame["customer"] = [f"C{i:05d}" for i in range(6000)]
    path = tmp_path / "c.parquet"
    frame.to_parquet(path)
    return path


def _keys(table: Path, **more: object) -> dict[str, object]:
    customers = {"path": str(table), "key": "customer"}
    return {"customers": customers, "target": "left", "models": ["logistic"], "engine": "inline", **more}


def test_a_sample_is_read_and_said(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a megabyte free, a sample is read: finding, decision and log state its size."""
    monkeypatch.setattr(preflight, "LIBRARIES", 0)
    monkeypatch.setattr(preflight, "available_memory", lambda: 1e6)
    read = read_labelled(from_keys(_keys(table)), tmp_path).table
    assert 1000 < len(read) < 3000
    (decision,) = noted(read, tmp_path)
    assert (decision.key, decision.choice) == ("customers", f"{len(read):,} of 6,000 rows")
    [found] = [finding for finding in read.findings if finding.code == "D135"]
    assert f"{len(read):,} of 6,000 rows. Faults in the others" in found.text
    logged = json.loads((tmp_path / "log.jsonl").read_text())
    assert (logged["rows"], logged["of"]) == (len(read), 6000)
    monkeypatch.setattr(preflight, "available_memory", lambda: 1e9)
    assert len(read_labelled(from_keys(_keys(table)), tmp_path).table) == len(read)  # resumed
    whole = read_labelled(from_keys(_keys(table))).table
    assert len(whole) == 6000
    assert noted(whole, tmp_path) == ()


def test_the_share_follows_the_limit(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough memory reads all, less a share in proportion, too little nothing."""
    recipe = from_keys(_keys(table, budget={"memory": "100MB"}))
    assert reading(recipe) == 1.0
    monkeypatch.setattr(preflight, "LIBRARIES", 50e6)
    cost = 1e9
    monkeypatch.setattr(type(recipe.customers), "cost", lambda _: preflight.Cost(cost, divisible=True))
    assert reading(recipe) == pytest.approx(0.5 * 50e6 / cost)
    monkeypatch.setattr(preflight, "LIBRARIES", 100e6)
    with pytest.raises(BudgetSpent, match="CP4108"):
        reading(recipe)


def test_a_resumed_run_reads_the_same_share(tmp_path: Path) -> None:
    """The share is kept in the run's folder, whatever memory is free later."""
    assert kept_share(tmp_path, 0.25) == 0.25
    assert kept_share(tmp_path, 1.0) == 0.25
    assert kept_share(None, 0.5) == 0.5


_RUN = """
import sys, json
import custpred as cp
from custpred.recipe.file import from_keys
result = cp.run(from_keys(json.loads(sys.argv[1])), out=sys.argv[2])
print(json.dumps([result.record.data.rows, result.record.memory["peak_bytes"]]))
"""


@pytest.mark.slow
def test_a_process_with_less_memory_than_the_table_ends_with_a_model(tmp_path: Path) -> None:
    """2.4 GB of cells under a limit of 1.2 GB: the run ends, below the table's memory."""
    path = tmp_path / "big.parquet"
    columns = ", ".join(f"(random() * 100)::INTEGER AS n{i}" for i in range(20))
    select = f"SELECT i AS customer, {columns}, CASE WHEN random() < 0.3 THEN 'yes' ELSE 'no' END AS left"
    with connect() as connection:
        connection.execute(f"COPY ({select} FROM range(2500000) t(i)) TO '{path}'")
    keys = _keys(path, budget={"work": 1, "memory": "1200MB"}, engine="local")
    made = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(keys), str(tmp_path / "run")],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    rows, peak = json.loads(made.stdout.splitlines()[-1])
    assert 100_000 < rows < 1_000_000
    assert peak < 2e9
    assert (
        f"a sample of its customers was read, {rows:,} of 2,500,000 rows"
        in (tmp_path / "run" / "report.html").read_text()
    )
