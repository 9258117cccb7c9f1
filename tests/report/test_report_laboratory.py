"""The section on recurrent networks."""

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
    """Return the diagnostics of one network."""
    epoch = {"train": 0.6, "valid": 0.5, "seconds": 1.5, "norm": 4.0, "largest": 9.0, "clipped": 1.0}
    return {
        "name": f"{kind} #3",
        "kind": kind,
        "score": [score, score - 0.02, score + 0.02],
        "accuracy": [0.7, 0.68, 0.72],
        "parameters": 12345,
        "epochs": [epoch | {"share_clipped": 0.25}, epoch | {"share_clipped": 0.75, "valid": 0.4}],
        "flow": None if flow is None else {"start": flow, "end": flow},
        "clip": ["clipvalue", 0.5] if kind == "rnn" else ["global_clipnorm", 1.0],
        "options": {"kind": kind, "l2": 0.001, "batch_norm": kind == "lstm", "layer_norm": False, "dropout": 0.2},
        "test": [score - 0.05, score - 0.1, score],
        "test_rows": 400,
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


def test_it_appears_only_with_networks(record: Record) -> None:
    """A run without networks has no such section."""
    assert "laboratory" in {part.kind for part in page(record).parts}
    assert "laboratory" not in {part.kind for part in page(_MADE.binary_record()).parts}


def test_networks_are_compared_in_a_table(record: Record) -> None:
    """It has each network's score, accuracy, size and speed, and names the best one."""
    blocks = Laboratory().blocks(record)
    grid = next(block for block in blocks if isinstance(block, Grid))
    assert [row[0] for row in grid.rows] == ["rnn #3", "lstm #3", "cnn #3"]
    assert grid.rows[0][5:] == (12345, 1.5, 2)
    assert "lstm #3" in blocks[0].text


@pytest.mark.parametrize(
    ("flow", "sentence"),
    [
        ([0.001, 0.02, 1.0], "largest at the newest step and stays below 1% of that from 2 steps back on, of 3."),
        ([0.5, 0.8, 1.0], "largest at the newest step and reaches all 3 steps."),
        ([0.5, 4.0, 0.0001], "largest at the step 1 back and reaches all 3 steps."),
        (
            [0.0, 0.0, 0.001, 5.0, 0.001],
            "largest at the step 1 back and stays below 1% of that from 2 steps back on, of 3.",
        ),
    ],
)
def test_the_gradients_sentence_agrees_with_its_chart(record: Record, flow: list[float], sentence: str) -> None:
    """The sentence names the strongest step, and from where on all are below 1 % of it."""
    record.laboratory["networks"][0]["flow"] = {"start": flow, "end": flow}
    blocks = flat(Laboratory().blocks(record))
    assert f"rnn #3: the gradient is {sentence}" in " ".join(getattr(block, "text", "") for block in blocks)
    chart = next(block for block in blocks if isinstance(block, Chart) and "How far back" in block.title)
    own = next(each for each in chart.data["series"] if each["name"] == "rnn #3")
    assert max(own["y"]) == 1.0
    back = dict(zip(own["x"], own["y"], strict=True))
    if "below" in sentence:
        assert all(share < 0.01 for steps, share in back.items() if steps >= 2)


def test_accuracy_on_the_test_is_compared(record: Record) -> None:
    """Each is a dot with its interval, in the order rnn, lstm, cnn."""
    chart = next(block for block in Laboratory().blocks(record) if isinstance(block, Chart))
    assert chart.title.startswith("Accuracy of each network on the test")
    assert chart.data["labels"] == ["rnn #3", "lstm #3", "cnn #3"]
    assert chart.data["values"] == pytest.approx([0.65, 0.75, 0.7])
    assert "400 test rows" in chart.description


def test_options_are_named_as_in_a_recipe(record: Record) -> None:
    """Clipping, L2 and batch normalisation of each network are in its row."""
    grid = next(b for b in Laboratory().blocks(record) if isinstance(b, Grid) and "batch_norm" in b.columns)
    lines = [dict(zip(grid.columns, row, strict=True)) for row in grid.rows]
    assert [line["clipvalue"] for line in lines] == [0.5, None, None]
    assert [line["global_clipnorm"] for line in lines] == [None, 1.0, 1.0]
    assert [line["batch_norm"] for line in lines] == [False, True, False]
    assert {line["l2"] for line in lines} == {0.001}


def test_the_legend_fits_the_cell(record: Record) -> None:
    """A GRU's legend has no forget gate, and an update gate that keeps the old state."""
    gru = {**STRIP, "model": "gru #2", "rows": {"reset": [0.5] * 3, "update": [0.6] * 3, "hidden": [0.1] * 3}}
    text = " ".join(getattr(b, "text", "") for b in Laboratory().blocks(replace(record, laboratory={
        "networks": record.laboratory["networks"], "strip": gru})))  # fmt: skip
    assert "Update keeps the old state where it is near 1" in text
    assert "Forget" not in text


def test_clipping_is_described(record: Record) -> None:
    """It has the mean share of clipped steps over epochs, and the longest gradient."""
    grid = [block for block in flat(Laboratory().blocks(record)) if isinstance(block, Grid)][-1]
    assert grid.rows[0][2:] == (0.5, 4.0, 1.0, 9.0)


def test_gates_are_drawn_with_their_words(record: Record) -> None:
    """The heat strip has a line for each gate with the words below, Hangul too."""
    charts = [block for block in flat(Laboratory().blocks(record)) if isinstance(block, Chart) and block.kind == "heat"]
    assert charts[0].data["columns"] == STRIP["steps"]
    assert charts[0].data["rows"] == ["forget", "cell"]
    assert "아침에" in html(record)


def test_a_long_strip_is_broken_so_that_its_numbers_fit_a_phone(record: Record) -> None:
    """Six cells are in a row, the rest below; no step is lost."""
    strip = {**STRIP, "steps": [*"abcdefgh"], "rows": {"forget": [0.1] * 8}}
    blocks = Laboratory().blocks(replace(record, laboratory={**record.laboratory, "strip": strip}))
    charts = [block for block in flat(blocks) if isinstance(block, Chart) and block.kind == "heat"]
    assert [each.data["columns"] for each in charts] == [[*"abcdef"], [*"gh"]]


def shown(record: Record, **own: Any) -> list[Any]:
    """Return the section's blocks with other parts of the laboratory."""
    return flat(Laboratory().blocks(replace(record, laboratory={**record.laboratory, **own})))


def test_columns_of_events_are_numbered(record: Record) -> None:
    """Several values do not fit a cell: the strip has numbers, the table the values."""
    strip = {**STRIP, "steps": ["amount 12 home", "amount 14 books", "amount 9 home"]}
    chart = next(b for b in shown(record, strip=strip) if isinstance(b, Chart) and b.kind == "heat")
    assert chart.data["columns"] == ["1", "2", "3"]
    assert [row[0] for row in chart.grid.rows] == ["1: amount 12 home", "2: amount 14 books", "3: amount 9 home"]


@pytest.mark.parametrize(("option", "advised"), [(3, True), (1, False), (None, False)])
def test_one_epoch_is_no_curve(record: Record, option: int | None, advised: bool) -> None:
    """The network is named; a larger budget is advised only if the recipe allows more epochs."""
    first, *others = record.laboratory["networks"]
    short = {**first, "epochs": first["epochs"][:1], "options": {**first["options"], "epochs": option}}
    blocks = shown(record, networks=[short, *others])
    titles = [block.title for block in blocks if isinstance(block, Chart)]
    assert "rnn #3: loss by epoch" not in titles
    assert "lstm #3: loss by epoch" in titles
    text = " ".join(getattr(block, "text", "") for block in blocks)
    assert "rnn #3: one epoch only" in text
    assert ("larger budget" in text) == advised


@pytest.mark.parametrize(
    ("rnn", "cnn", "said"),
    [
        ([0.8, 0.75, 0.85], [0.84, 0.8, 0.88], "interval of lstm #3 overlaps with: cnn #3 and rnn #3."),
        ([0.5, 0.45, 0.55], [0.84, 0.8, 0.88], "interval of lstm #3 overlaps with: cnn #3."),
        ([0.5, 0.45, 0.55], [0.6, 0.55, 0.65], "lstm #3 is better than every other network, beyond chance."),
    ],
)
def test_overlapping_intervals_may_be_chance(record: Record, rnn: list[float], cnn: list[float], said: str) -> None:
    """Networks whose intervals overlap with the best one are named; if none does, that is said."""
    tests = {"rnn": rnn, "lstm": [0.87, 0.83, 0.91], "cnn": cnn}
    networks = [{**each, "test": tests[each["kind"]]} for each in record.laboratory["networks"]]
    text = " ".join(getattr(block, "text", "") for block in shown(record, networks=networks))
    assert said in text
    assert ("may be chance" in text) == ("overlaps" in said)
