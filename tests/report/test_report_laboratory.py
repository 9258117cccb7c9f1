"""The recurrent laboratory on the page."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custpred.report._blocks import Chart, Grid, Group
from custpred.report._page import html, page
from custpred.report.laboratory import Laboratory
from custpred.results.record import Record

_SPEC = importlib.util.spec_from_file_location("report_records", Path(__file__).parent / "conftest.py")
assert _SPEC
assert _SPEC.loader
_MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MADE)


def network(kind: str, score: float, flow: list[float] | None) -> dict[str, Any]:
    """Return what a study tells of one network."""
    epoch = {"train": 0.6, "valid": 0.5, "seconds": 1.5, "norm": 4.0, "largest": 9.0, "clipped": 1.0}
    return {
        "name": f"{kind} #3",
        "kind": kind,
        "score": [score, score - 0.02, score + 0.02],
        "accuracy": [0.7, 0.68, 0.72],
        "parameters": 12345,
        "epochs": [epoch | {"share_clipped": 0.25}, epoch | {"share_clipped": 0.75, "valid": 0.4}],
        "flow": None if flow is None else {"start": flow, "end": flow},
        "clip": ["global_clipnorm", 1.0],
        "seconds_per_epoch": 1.5,
    }


STRIP = {
    "model": "lstm #3",
    "cell": "lstm",
    "steps": ["저는", "아침에", "책을"],
    "rows": {"forget": [0.5, 0.6, 0.7], "cell": [0.1, 0.2, 0.3]},
    "made_up": True,
}


@pytest.fixture
def record() -> Record:
    networks = [
        network("rnn", 0.7, [0.001, 0.02, 1.0]),
        network("lstm", 0.8, [0.5, 0.8, 1.0]),
        network("cnn", 0.75, None),
    ]
    own: Record = replace(_MADE.binary_record(), laboratory={"networks": networks, "strip": STRIP})
    return own


def flat(blocks: Any) -> list[Any]:
    return [each for block in blocks for each in (flat(block.blocks) if isinstance(block, Group) else [block])]


def test_it_appears_only_where_networks_were_trained(record: Record) -> None:
    """A run without them has no such section, not even an empty one."""
    assert "laboratory" in {part.kind for part in page(record).parts}
    assert "laboratory" not in {part.kind for part in page(_MADE.binary_record()).parts}


def test_networks_stand_side_by_side(record: Record) -> None:
    """The table has each network's score, accuracy, size and speed, and the best one is named."""
    blocks = Laboratory().blocks(record)
    grid = next(block for block in blocks if isinstance(block, Grid))
    assert [row[0] for row in grid.rows] == ["rnn #3", "lstm #3", "cnn #3"]
    assert grid.rows[0][5:] == (12345, 1.5, 2)
    assert "lstm #3" in blocks[0].text


def test_a_faded_gradient_is_told(record: Record) -> None:
    """The simple network's gradient is below 1 % after two steps; that of the LSTM reaches every step."""
    told = " ".join(getattr(block, "text", "") for block in Laboratory().blocks(record))
    assert "rnn #3: the gradient has faded below 1% after 2 steps." in told
    assert "lstm #3: the gradient reaches all 3 steps." in told


def test_clipping_at_work_is_shown(record: Record) -> None:
    """The share of steps that were held back is the mean over epochs, and the longest gradient is named."""
    grid = [block for block in flat(Laboratory().blocks(record)) if isinstance(block, Grid)][-1]
    assert grid.rows[0][2:] == (0.5, 4.0, 1.0, 9.0)


def test_gates_are_drawn_with_their_words(record: Record) -> None:
    """The heat strip has a line for each gate and the words, Hangul too, under it; the page holds them."""
    charts = [block for block in flat(Laboratory().blocks(record)) if isinstance(block, Chart) and block.kind == "heat"]
    assert charts[0].data["columns"] == STRIP["steps"]
    assert charts[0].data["rows"] == ["forget", "cell"]
    assert "아침에" in html(record)
