"""The row and the network whose gates are shown, and their output on a terminal."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred import fit
from custpred.cli import app
from custpred.columns.contract import Intake
from custpred.errors import DataError
from custpred.lazy import installed
from custpred.recipe.file import from_keys
from custpred.report._text import Text
from custpred.training._figures.network_diagnostics import strip
from custpred.training._figures.network_gates import lines, reader, requested_row

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 2
"""Lines of the table of gates above its steps."""


def test_a_strip_is_a_table_in_plain_text() -> None:
    """One line per step, gates in columns; control characters are removed from the words."""
    found = {
        "model": "lstm #3",
        "steps": ["good", "\x1b[31mbad"],
        "rows": {"forget": [0.25, 0.5], "hidden": [0.1, 0.2]},
    }
    first, head, *rest = lines(found)
    assert "lstm #3" in first
    assert head.split() == ["forget", "hidden", "step"]
    assert rest[0].split() == ["0.250", "0.100", "good"]
    assert "\x1b" not in rest[1]


def test_gates_are_shown_in_korean() -> None:
    """Gates have Korean names, aligned although each letter takes two places."""
    found = {"model": "lstm #3", "steps": ["책을"], "rows": {"forget": [0.25], "candidate": [0.1]}}
    first, head, line = lines(found, Text("ko"))
    assert "유닛 평균" in first
    assert head.split() == ["망각", "후보", "시점"]
    assert line.split() == ["0.250", "0.100", "책을"]


@pytest.mark.parametrize(
    ("whom", "code"),
    [
        ((None, None, None), "CP2431"),
        (("C1", 1, None), "CP2431"),
        ((None, 0, None), "CP2432"),
        ((None, 361, None), "CP2432"),
    ],
)
def test_exactly_one_row_must_be_requested(world: Any, people: Any, whom: Any, code: str, tmp_path: Path) -> None:
    """None or two of key, row and text, or unknown ones, are coded errors."""
    table = tmp_path / "people.csv"
    people().to_csv(table, index=False)
    with pytest.raises(DataError, match=code):
        requested_row(world.blend.predictor, whom, table)


def test_a_text_needs_its_column(world: Any) -> None:
    """A text goes into the only text column; without one it is a coded error."""
    own = world.blend.predictor
    assert requested_row(own, (None, None, "good"))["remark"].tolist() == ["good"]
    without = replace(own, columns=tuple(each for each in own.columns if each.kind != "text"))
    with pytest.raises(DataError, match="CP2431"):
        requested_row(without, (None, None, "good"))


def test_rows_are_counted_from_one(world: Any, people: Any, tmp_path: Path) -> None:
    """Row 2 is the second of the table, conformed to the contract of the model."""
    table = tmp_path / "people.csv"
    people().to_csv(table, index=False)
    assert requested_row(world.blend.predictor, (None, 2, None), table)["visits"].tolist() == [
        people()["visits"].iloc[1]
    ]


def test_a_customer_of_events_is_read_at_the_cutoff(tmp_path: Path) -> None:
    """By key and by row; by default at the end of the events."""
    orders = pd.DataFrame({"id": ["a", "b", "a"], "when": ["2024-01-05", "2024-01-06", "2024-01-09"]})
    orders.to_csv(tmp_path / "orders.csv", index=False)
    keys = {"events": {"orders": {"path": str(tmp_path / "orders.csv"), "key": "id", "time": "when"}}}
    target = {"kind": "event", "table": "orders", "horizon": "30d"}
    recipe = from_keys({**keys, "target": target, "features": "rfm", "budget": {"jobs": 1}}).dump()
    own = SimpleNamespace(intake=Intake(key="id", recipe=recipe), conform=lambda found: (found, ()))
    days = {
        (day, *whom): requested_row(own, whom, None, day)["days_since_last_orders"].tolist()  # type: ignore[arg-type]
        for day in ("2024-01-08", None)
        for whom in (("a", None, None), (None, 1, None))
    }
    assert set(map(tuple, days.values())) == {(3.0,), (1.0,)}
    assert days["2024-01-08", "a", None, None] == days["2024-01-08", None, 1, None] == [3.0]


@pytest.mark.slow
@pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
def test_gates_at_another_day_are_other_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--as-of`` cuts the history: the network reads only the steps before that day."""
    draw = np.random.default_rng(0)
    bought = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 360, 1500), "D")
    orders = pd.DataFrame({"id": draw.integers(0, 150, 1500), "when": bought, "paid": draw.gamma(2, 20, 1500)})
    orders.sort_values("when").to_csv(tmp_path / "orders.csv", index=False)
    fit(
        tmp_path / "orders.csv",
        events={"orders": {"key": "id", "time": "when", "amount": "paid"}},
        target={"kind": "no_event", "table": "orders", "horizon": "30d"},
        cutoffs={"every": "1mo", "count": 2},
        split={"kind": "group", "column": "id", "folds": 2},
        features=[{"kind": "steps", "of": "orders", "inputs": ["amount"], "last": 32}],
        models=[{"kind": "gru", "units": 4, "epochs": 1}],
        budget={"work": 1},
        out=tmp_path / "run",
    )
    read = {}
    for day in ("2023-06-01", "2023-12-27"):
        with pytest.raises(SystemExit) as end:
            app(["gates", str(tmp_path / "run"), "--key", "7", "--as-of", day])
        assert end.value.code == 0
        read[day] = len(capsys.readouterr().out.splitlines()) - HEAD
    mine = orders.loc[orders["id"] == 7, "when"]
    assert read == {day: (mine < day).sum() for day in read}
    assert len(set(read.values())) == 2


def test_a_run_without_networks_is_an_error(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to run, and what to install first."""
    for asked, named in (None, "lstm"), ("gru", "gru"), ("mlp", "lstm"):
        with pytest.raises(DataError, match=rf"CP2405.*models: \[{named}\]"):
            reader(world.blend.predictor, tmp_path, asked)
    with monkeypatch.context() as bare:
        bare.setattr("custpred.models._networks.sequence_model.installed", lambda name: False)
        with pytest.raises(DataError, match=r"custpred\[deep\].*models: \[lstm\]"):
            reader(world.blend.predictor, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
def test_a_network_outside_the_blend_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If a linear model wins, the LSTM's gates are still on the page and on the terminal."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(240, 3)), columns=["state_1", "state_2", "state_3"])
    X["left"] = np.where(X["state_3"] + draw.normal(0, 0.3, 240) > 0, "yes", "no")
    X.to_csv(tmp_path / "states.csv", index=False)
    models = ["logistic", {"kind": "lstm", "units": 4, "epochs": 1}]
    more = {
        "split": {"kind": "stratified", "folds": 2},
        "features": ["steps"],
        "budget": {"work": 2},
        "ensemble": "best",
    }
    result = fit(tmp_path / "states.csv", target="left", out=tmp_path / "run", models=models, **more)
    assert (result.folder / "networks" / "lstm" / "manifest.json").exists()
    (network,) = result.record.laboratory["networks"]
    assert 0 <= network["test"][1] <= network["test"][0] <= network["test"][2] <= 1
    own = strip(reader(result.predictor, result.folder), requested_row(result.predictor, (None, 3, None)))
    assert own["cell"] == "lstm"
    assert len(own["steps"]) == 3
    with pytest.raises(SystemExit) as end:
        app(["gates", str(result.folder), "--row", "3", "--model", "lstm"])
    assert end.value.code == 0
    assert "forget" in capsys.readouterr().out
