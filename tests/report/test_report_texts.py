"""Texts in the report: lengths and informative words, only if there are texts."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

from custpred.report._blocks import Chart, Group, Heading
from custpred.report._text import Text
from custpred.report._texts import texts
from custpred.table import Finding

_SPEC = importlib.util.spec_from_file_location("text_records", Path(__file__).parent / "conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MADE)
RECORD = next(make() for name, make in _MADE.RECORDS.items() if make().task.kind == "binary")
FACTS = {
    "rows": 30,
    "empty": 2,
    "repeated": 3,
    "words": {"mean": 4.0, "q50": 4.0, "q95": 9.0, "most": 12},
    "histogram": [{"low": 0, "high": 4, "rows": 20, "rate": 0.5}, {"low": 5, "high": None, "rows": 10, "rate": 0.1}],
}
WORDS = Finding("F131", "info", "평: score: up by 좋다; down by 나쁘다.", "평", {"나쁘다": -2.0, "좋다": 1.0})


def test_nothing_without_texts():
    """A table without texts has no block about them."""
    assert texts(replace(RECORD, profile={}, preparation=()), Text.of(RECORD)) == []


def test_lengths_and_words_are_drawn():
    """Each text column has its lengths with the target's rate, and each score its words."""
    record = replace(RECORD, profile={"texts": {"columns": {"평": FACTS}}}, preparation=(WORDS,))
    blocks = texts(record, Text.of(record))
    lengths = next(block for block in blocks if isinstance(block, Chart))
    assert lengths.data["labels"] == ["0\N{EN DASH}4", "5+"]
    assert lengths.data["counts"] == [20, 10]
    words = next(block for block in blocks if isinstance(block, Group)).blocks[0]
    assert isinstance(blocks[0], Heading)
    assert isinstance(words, Chart)
    assert words.data["labels"] == ["나쁘다", "좋다"]
    assert words.data["values"] == [-1.0, 0.5]
    assert words.title == "평: score"
    korean = next(block for block in texts(record, Text("ko")) if isinstance(block, Group)).blocks[0]
    assert isinstance(korean, Chart)
    assert korean.title == "평: 점수"


def test_only_empty_texts_are_mentioned():
    """A column without any word says so."""
    record = replace(RECORD, profile={"texts": {"columns": {"note": {"rows": 9, "empty": 9, "histogram": []}}}})
    told = " ".join(getattr(block, "text", "") for block in texts(record, Text.of(record)))
    assert "No text of 'note' holds a word" in told
