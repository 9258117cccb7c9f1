"""Lengths of texts, empty ones and duplicates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custpred.profile.base import Check
from custpred.table import Column, Table
from custpred.task import Task


def looked(texts: list[str | None], truth: list[float] | None = None) -> dict:
    table = Table(pd.DataFrame({"said": pd.Series(texts, dtype=object)}), (Column("said", "text"),))
    task = Task("binary", "y", ("0", "1")) if truth is not None else None
    check = Check.parse("texts").check(table, None if truth is None else np.array(truth), task)
    return check.facts["columns"]["said"]


def test_words_are_counted():
    """Lengths are words between blanks; texts without words and repeats are counted."""
    facts = looked(["a b", "a  b ", "c d e f", " ", None])
    assert (facts["rows"], facts["empty"], facts["repeated"]) == (5, 2, 1)
    assert facts["words"]["q50"] == 2
    assert looked(["a b"] * 3 + ["c d e f"] * 10)["words"]["most"] == 4


def test_bins_hold_every_text_and_the_rate():
    """The bins add up to all texts, and each has the target's rate among its texts."""
    facts = looked(["a", "a b", "a b c", None] * 10, [1, 1, 0, 0] * 10)
    assert sum(each["rows"] for each in facts["histogram"]) == 40
    assert [each["rate"] for each in facts["histogram"]] == [0.0, 1.0, 1.0, 0.0]
    assert facts["histogram"][-1]["high"] is None


def test_single_customers_are_not_shown():
    """The number, the outcome and the length of fewer than ten texts are not kept."""
    facts = looked(["a"] * 40 + ["a b c d"], [0] * 40 + [1])
    assert facts["histogram"][-1]["rows"] == 5
    assert facts["histogram"][-1]["rate"] is None
    assert facts["words"]["most"] is None


def test_no_text_no_facts():
    """A table without free text has no facts about it."""
    table = Table(pd.DataFrame({"n": [1.0, 2.0]}), (Column("n", "number"),))
    assert Check.parse("texts").check(table).facts == {}
