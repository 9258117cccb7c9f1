"""The output files of a run."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from custpred.budget import Budget, Clock
from custpred.errors import RunError
from custpred.inference.model_folder import load
from custpred.results import outputs
from custpred.results.outputs import COLUMNS, leave
from custpred.results.packed import packed, unpacked
from custpred.results.record import Record
from custpred.search._trial import Trial
from custpred.training._figures.leaderboard import assessed
from custpred.training.holdout import HoldoutEvaluation, data_of


@pytest.fixture(scope="module")
def record(world: Any) -> Record:
    """Return a record with a failed trial whose reason has commas, quotes and lines."""
    failed = Trial(50, world.trials[0].model, "failed", reason='a "bad", long\nstory')
    trials = (*world.trials, failed)
    found = assessed(world.scorer, trials, world.blend, 0)
    data = data_of(world.labelled.table, world.labelled, world.folds)
    told = (world.plan, world.labelled, world.folds, data, dict, trials, world.blend, lambda: found)
    return HoldoutEvaluation(*told).record(Clock(Budget()), {})


def test_all_is_written(record: Record, world: Any, tmp_path: Path) -> None:
    """Model, lock, leaderboard, and report in three formats; an older model is replaced."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").write_text("x")
    leave(tmp_path, record, world.blend.predictor)
    names = {"model", "recipe.lock.yaml", "leaderboard.csv", "report.json", "report.md", "report.html"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert load(tmp_path / "model").columns == world.blend.predictor.columns
    assert Record.load(json.loads((tmp_path / "report.json").read_text("utf-8"))).test == record.test


def test_the_leaderboard_survives_any_reason(record: Record, world: Any, tmp_path: Path) -> None:
    """Commas, quotes and line breaks in a reason do not break the file."""
    leave(tmp_path, record, world.blend.predictor)
    with (tmp_path / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert 'a "bad", long' in rows[-1][-1]
    assert rows[-1][3:6] == ["", "", ""]


def test_a_folder_with_files_of_1970_is_packed(tmp_path: Path) -> None:
    """ZIP has no date before 1980, which images of containers may have."""
    (tmp_path / "old.txt").write_text("old")
    os.utime(tmp_path / "old.txt", (0, 0))
    assert (unpacked(packed(tmp_path)).path / "run" / "old.txt").read_text() == "old"


def test_a_full_disk_is_an_error(record: Record, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the file, and the report, which is written last, does not exist."""

    def full(path: Path, content: object) -> None:
        raise RunError(f"{path.name} could not be written.", code="CP4102")

    monkeypatch.setattr(outputs, "write", full)
    with pytest.raises(RunError, match=r"recipe\.lock\.yaml"):
        leave(tmp_path, record, world.blend.predictor)
    assert not (tmp_path / "report.html").exists()
