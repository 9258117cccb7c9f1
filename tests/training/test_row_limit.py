"""The numbers of folds and of training rows within the time."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.split.base import Folds
from custpred.training._rows import limit as module
from custpred.training._rows.limit import last, limited, scorable, seconds_a_row, thinned


def _clock(left: float | None) -> Any:
    return type("Clock", (), {"left": left})()


@pytest.fixture
def wide(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A world whose table counts as large, and whose rows cost 10 ms each."""
    monkeypatch.setattr(module, "CELLS", 0)
    monkeypatch.setattr(module, "MIN_ROWS", 50)
    monkeypatch.setattr(module, "seconds_a_row", lambda *_: 0.01)
    return world


def _limited(world: Any, left: float | None, kept: Path) -> tuple[Any, Folds]:
    return limited(world.plan, world.labelled.take(world.folds.train), world.folds, _clock(left), kept)


def test_rows_are_limited_to_the_time(wide: Any, tmp_path: Path) -> None:
    """Rows of 10 ms in two folds: 10 s allow 200 with a share of 0.4, as the plan says."""
    plan, folds = _limited(wide, 10.0, tmp_path / "trials" / "rows")
    rows = int(module.SHARE * 10.0 / (0.01 * len(wide.folds.held)))
    assert len(folds.train) == rows < len(wide.folds.train)
    assert plan.decisions[-1].choice == f"{rows:,} of {len(wide.folds.train):,} rows"
    assert folds.test is wide.folds.test


def test_enough_time_and_counted_work_change_nothing(wide: Any, tmp_path: Path) -> None:
    """With enough time, or without a limit, all rows are used and nothing is written."""
    for left in (10_000.0, None):
        plan, folds = _limited(wide, left, tmp_path / "rows")
        assert folds is wide.folds
        assert plan is wide.plan
    assert not (tmp_path / "rows").exists()


@pytest.mark.parametrize(("left", "few", "measured"), [(10.0, 0, False), (9.0, 0, True), (9.0, 10_000, False)])
def test_few_cells_for_the_time_are_not_measured(
    wide: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: float, few: int, measured: bool
) -> None:
    """Measuring takes seconds; it is left out with few cells per second and core, or few rows."""
    called: list[int] = []
    monkeypatch.setattr(module, "seconds_a_row", lambda *_: called.append(1) or 0.0)
    columns = tuple(each for each in wide.plan.columns if each.kind != "text")
    plan = replace(wide.plan, columns=columns)
    cells = len(wide.folds.train) * len(columns) * len(wide.folds.held)
    monkeypatch.setattr(module, "FEW_ROWS", few)
    monkeypatch.setattr(module, "CELLS", cells / (9.5 * plan.recipe.budget.cores))
    limited(plan, wide.labelled.take(wide.folds.train), wide.folds, _clock(left), tmp_path / "rows")
    assert bool(called) is measured


def test_a_resumed_run_uses_the_same_rows(wide: Any, tmp_path: Path) -> None:
    """The number is stored in the folder: a resumed run does not measure again."""
    _, first = _limited(wide, 10.0, tmp_path / "rows")
    _, later = _limited(wide, 10_000.0, tmp_path / "rows")
    np.testing.assert_array_equal(first.train, later.train)


def test_some_rows_are_always_used(wide: Any, tmp_path: Path) -> None:
    """Without any time left, two seconds are used."""
    _, folds = _limited(wide, 0.0, tmp_path / "rows")
    assert len(folds.train) == int(module.MIN_SECONDS / (0.01 * len(wide.folds.held)))


def test_thinned_folds_keep_shares_and_sides() -> None:
    """Rows stay on their side of each fold, with the classes' shares."""
    truth = np.repeat([0, 1], [900, 100])
    rows = np.arange(1000)
    held = tuple((rows[rows % 2 == i], rows[rows % 2 != i]) for i in range(2))
    part = thinned(Folds(rows + 5000, np.arange(10), held), truth, 200, seed=0)
    assert len(part.train) == 200
    assert truth[part.train - 5000].mean() == pytest.approx(0.1, abs=0.01)
    for (fit, out), (whole, _) in zip(part.held, held, strict=True):
        assert set(part.train[fit] - 5000) <= set(whole)
        assert sorted([*fit, *out]) == list(range(200))


def test_the_cost_of_a_row_is_measured(search: Any, people: Any) -> None:
    """It is above 0, and far below a second."""
    world = search(data=people(2400), target="left", key="customer", models=["logistic"])
    assert 0 <= seconds_a_row(world.plan, world.labelled.take(world.folds.train)) < 0.05


@pytest.mark.parametrize(("seconds", "wanted"), [(None, None), (10_000.0, None), (0.0, 500)])
def test_test_rows_are_limited_to_the_time(seconds: float | None, wanted: int | None) -> None:
    """At 10 ms a row all 5,000 rows are scored in enough time, and 500 if time is over."""

    class Slow:
        columns = ()

        def predict(self, frame: Any) -> None:
            time.sleep(0.01 * len(frame))

    table = type("Table", (), {"take": lambda self, rows: type("T", (), {"frame": pd.DataFrame(index=rows)})})()
    labelled: Any = type("Labelled", (), {"table": table})()
    clock: Any = type("Clock", (), {"rest": seconds})()
    folds: Any = type("Folds", (), {"test": np.arange(5000)})()
    assert scorable(Slow(), labelled, folds, clock) == wanted  # type: ignore[arg-type]


def test_the_last_folds_are_scored() -> None:
    """A number of scored folds keeps the last ones, unchanged; more than there are keep all."""
    held = tuple((np.array([place]), np.array([place + 1])) for place in range(5))
    folds = Folds(np.arange(6), np.arange(6, 8), held)
    assert last(folds, 2).held == held[3:]
    assert last(folds, 9).held == held
    assert last(folds, None) is folds
