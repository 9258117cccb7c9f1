"""Whose row is read, by which network, and how its gates are written on a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred import fit
from custpred.cli import app
from custpred.errors import DataError
from custpred.lazy import installed
from custpred.report._text import Text
from custpred.training._figures.network_diagnostics import strip
from custpred.training._figures.network_gates import asked, lines, reader

if TYPE_CHECKING:
    from pathlib import Path


def test_a_strip_is_a_table_in_plain_text() -> None:
    """One line for each step, gates in columns; what could steer a terminal is taken out of the words."""
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


def test_gates_are_told_in_korean() -> None:
    """Gates have their Korean names, aligned though each letter takes two places."""
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
def test_one_row_is_asked_for(world: Any, people: Any, whom: Any, code: str, tmp_path: Path) -> None:
    """None or two of key, row and text, a row that is not there, and a text without its column are coded errors."""
    table = tmp_path / "people.csv"
    people().to_csv(table, index=False)
    with pytest.raises(DataError, match=code):
        asked(world.blend.predictor, whom, table)


def test_a_text_needs_its_column(world: Any) -> None:
    """A text is read by the one text column; without any it is a coded error."""
    own = world.blend.predictor
    assert asked(own, (None, None, "good"))["remark"].tolist() == ["good"]
    without = replace(own, columns=tuple(each for each in own.columns if each.kind != "text"))
    with pytest.raises(DataError, match="CP2431"):
        asked(without, (None, None, "good"))


def test_a_row_is_counted_from_one(world: Any, people: Any, tmp_path: Path) -> None:
    """Row 2 is the second of the table, brought to the contract of the model."""
    table = tmp_path / "people.csv"
    people().to_csv(table, index=False)
    assert asked(world.blend.predictor, (None, 2, None), table)["visits"].tolist() == [people()["visits"].iloc[1]]


def test_a_run_without_networks_says_so(world: Any, tmp_path: Path) -> None:
    """Neither the blend nor the folder has one: the error says what to run."""
    with pytest.raises(DataError, match=r"CP2405.*models: \[lstm\]"):
        reader(world.blend.predictor, tmp_path, "gru")


@pytest.mark.slow
@pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
def test_a_network_outside_the_blend_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a linear model wins, the LSTM's gates are still on the page and on the terminal, by row."""
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
    own = strip(reader(result.predictor, result.folder), asked(result.predictor, (None, 3, None)))
    assert own["cell"] == "lstm"
    assert len(own["steps"]) == 3
    with pytest.raises(SystemExit) as end:
        app(["gates", str(result.folder), "--row", "3", "--model", "lstm"])
    assert end.value.code == 0
    assert "forget" in capsys.readouterr().out
