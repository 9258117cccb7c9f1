"""Sentences of the ranking charts: each at none, one, many, a tie and the worse side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.evaluate.base import Measure
from custpred.report import _sayings
from custpred.report._text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.results.record import Record

say = Text()


def measured(record: Record, kind: str, rows: Sequence[dict[str, Any]] = (), **facts: Any) -> Record:
    return replace(record, measures={kind: Measure(kind, tuple(rows), facts)})


def tenth(number: int, predicted: float, actual: float) -> dict[str, Any]:
    return {"decile": number, "predicted": predicted, "actual": actual, "low": actual - 0.05, "high": actual + 0.05}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], ""),
        (
            [tenth(1, 0.5, 0.52)],
            "tenth 1: 50% were predicted, 52% happened (95% interval 47%\N{EN DASH}57%). Every prediction",
        ),
        ([tenth(1, 0.5, 0.6), tenth(2, 0.2, 0.21)], "In 1 of 2 tenths the prediction is outside"),
        ([tenth(1, 0.5, 0.6), tenth(2, 0.2, 0.4)], "Furthest apart is tenth 2"),
        (
            [tenth(1, 0.5, 0.56), *[tenth(k, 0.2, 0.21) for k in range(2, 11)]],
            "In 1 of 10 tenths the prediction is "
            "outside of the interval, which may be chance: one of twenty is expected.",
        ),
        ([tenth(1, 0.5, 0.58), *[tenth(k, 0.2, 0.21) for k in range(2, 11)]], "rely on the order there"),
        ([*[tenth(k, 0.5, 0.56) for k in range(3)], *[tenth(k, 0.2, 0.21) for k in range(7)]], "rely on the order"),
        ([tenth(k, 0.01, 0.0) | {"low": 0.0, "high": 0.005} for k in range(1, 11)], "In 10 of 10"),
    ],
)
def test_decile_sentences(binary: Record, rows: list[dict[str, Any]], sentence: str) -> None:
    """The tenth furthest off, and how many are outside of their interval."""
    text = " ".join(_sayings.of_deciles(measured(binary, "deciles", rows), say))
    assert sentence in text
    assert bool(text) == bool(sentence)


@pytest.mark.parametrize(
    ("yes", "no", "sentence"),
    [
        ((0, 0, 0), (5, 5, 5), ""),
        (
            (0, 10, 90),
            (90, 10, 0),
            "Half of 'Yes' score above about 83%, half of the others below about 17%. The distributions overlap by 10%",
        ),
        ((0, 10, 90), (90, 10, 0), "the score separates most customers"),
        ((20, 40, 40), (60, 30, 10), "overlap by 60%: in the middle"),
        ((30, 40, 30), (30, 40, 30), "overlap by 100%: the score hardly"),
    ],
)
def test_sentences_on_scores_by_outcome(binary: Record, yes: Sequence[int], no: Sequence[int], sentence: str) -> None:
    """The location of both classes, and their overlap."""
    thirds = [(0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0)]
    rows = [{"low": a, "high": b, "positives": y, "others": n} for (a, b), y, n in zip(thirds, yes, no, strict=True)]
    text = " ".join(_sayings.of_outcomes(measured(binary, "outcomes", rows), say))
    assert sentence in text
    assert bool(text) == bool(sentence)


def test_the_overlap_is_that_of_true_counts(binary: Record) -> None:
    """Counts of the rows may be replaced for privacy: the facts come before them."""
    rows = [{"low": a, "high": a + 0.5, "positives": 5, "others": 5} for a in (0.0, 0.5)]
    own = measured(binary, "outcomes", rows, overlap=0.25, half_positive=0.75, half_other=0.25)
    text = " ".join(_sayings.of_outcomes(own, say))
    assert "overlap by 25%" in text
    assert "above about 75%, half of the others below about 25%" in text


@pytest.mark.parametrize(
    ("right", "sentence"),
    [
        ((), ""),
        (
            (0.9, 0.8, 0.6),
            "Where 50% of the positives are found, 80% of those chosen are right; by chance 27%. However long",
        ),
        ((0.9, 0.5, 0.3), "Up to 50% found, at least half"),
        ((0.4, 0.3, 0.27), "On every list most of those chosen are wrong"),
    ],
)
def test_precision_sentences(binary: Record, right: Sequence[float], sentence: str) -> None:
    """The precision at half the recall, and up to where most are right."""
    rows = [{"curve": "pr", "x": x, "y": y} for x, y in zip((0.1, 0.5, 1.0), right, strict=False)]
    text = " ".join(_sayings.of_precision(measured(binary, "curves", rows, base=0.27), say))
    assert sentence in text
    assert bool(text) == bool(sentence)


@pytest.mark.parametrize(
    ("customers", "recall", "sentence"),
    [
        (376, 0.09, "Of 376 customers with 'Yes', the decisions find 9% and miss 91%."),
        (4, 0.5, "Of fewer than 10 customers with 'Yes'"),
        (9, None, ""),
    ],
)
def test_confusion_sentences(binary: Record, customers: int, recall: float | None, sentence: str) -> None:
    """How many positives are missed."""
    classes = [{"label": "Yes", "customers": customers, "recall": recall}]
    assert sentence in " ".join(_sayings.of_confusion(measured(binary, "errors", classes=classes), say))


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ((), ""),
        ((0.3,), ""),
        (
            (0.45, 0.47, 0.39),
            "45% to 39%; before the last one 46% on average. The last cutoff differs",
        ),
        ((0.3, 0.31, 0.3), "is like those before it"),
    ],
)
def test_cutoff_sentences(binary: Record, labels: Sequence[float], sentence: str) -> None:
    """Whether the last cutoff is like the earlier ones."""
    rows = [{"cutoff": f"2024-0{i}-01", "customers": 100, "answer": each} for i, each in enumerate(labels, 1)]
    own = replace(binary, data=replace(binary.data, events={"cutoffs": rows}))
    text = " ".join(_sayings.of_cutoffs(own, say))
    assert sentence in text
    assert bool(text) == bool(sentence)


@pytest.mark.parametrize(
    ("reached", "sentence"),
    [
        ((), ""),
        ((0.3, 0.9, 0.95), "With 10% contacted, the score reaches 30%; chance would reach 10%. Beyond 50% contacted"),
        ((0.05, 0.4, 0.7), "nowhere above the dotted one"),
    ],
)
def test_gains_sentences(binary: Record, reached: Sequence[float], sentence: str) -> None:
    """The tenth with the highest scores, and where the line is furthest above chance."""
    rows = [{"share": share, "reached": y} for share, y in zip((0.1, 0.5, 0.8), reached, strict=False)]
    own = measured(binary, "gains", rows)
    text = " ".join(_sayings.of_gains(own, say))
    assert sentence in text and bool(text) == bool(sentence)
    alone = " ".join(_sayings.of_gains(replace(own, recipe={**own.recipe, "business": {}}), say))
    assert "contact" not in alone and bool(alone) == bool(sentence)


@pytest.mark.parametrize(
    ("points", "sentence"),
    [([], ""), ([(0.0, 0.0), (0.08, 0.6), (0.3, 0.9)], "With false alarms for 8% of the others, 60% of the positives")],
)
def test_roc_sentences(binary: Record, points: list[tuple[float, float]], sentence: str) -> None:
    """The recall with at most a tenth of false alarms."""
    rows = [{"curve": "roc", "x": x, "y": y} for x, y in points]
    text = " ".join(_sayings.of_roc(measured(binary, "curves", rows), say))
    assert sentence in text and bool(text) == bool(sentence)


def test_class_confusion_sentences(binary: Record) -> None:
    """The class that is most often confused, and the prediction to rely on."""
    cells = {("a", "a"): 0.9, ("a", "b"): 0.1, ("b", "a"): 0.4, ("b", "b"): 0.6}
    rows = [{"actual": a, "predicted": p, "share": share} for (a, p), share in cells.items()]
    classes = [{"label": "a", "precision": 0.7}, {"label": "b", "precision": 0.85}]
    text = " ".join(_sayings.of_mixups(measured(binary, "errors", rows, classes=classes), say))
    assert "'b' predicted as 'a', 40% of them" in text and "predicted 'b': it is right for 85%" in text
    right = [{**row, "share": float(row["actual"] == row["predicted"])} for row in rows]
    assert _sayings.of_mixups(measured(binary, "errors", right, classes=classes), say)[0] == (
        "No class is confused with another."
    )
    assert _sayings.of_mixups(measured(binary, "errors"), say) == []


@pytest.mark.parametrize(
    ("counts", "none", "sentence"),
    [
        ([20, 30, 20, 20], [], "have 20 events or more; the busiest is that from week 1 with 30. No week is missing"),
        ([20, 0, 20, 20], ["week 1"], "a lost load looks like customers who left"),
        ([40] * 9 + [9] * 4 + [2], [], "check that the table is complete to its end"),
    ],
)
def test_week_sentences(counts: list[int], none: list[str], sentence: str) -> None:
    """Empty weeks and a thin end are called out, an even history is not."""
    weeks = [(f"week {i}", float(count)) for i, count in enumerate(counts)]
    assert sentence in " ".join(_sayings.of_weeks(weeks, none, say))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({}, ""),
        ({"predicted": 100.0, "mean": 20.0}, ""),
        ({"predicted": 100.0, "mean": 20.0, "q05": -80.0, "q95": 300.0}, "about 100 came to 120 on average"),
    ],
)
def test_spread_sentences(binary: Record, row: dict[str, Any], sentence: str) -> None:
    """The largest estimate and its outcome; nothing without bounds."""
    low = {"predicted": 10.0, "mean": 0.0, "q05": -5.0, "q95": 5.0}
    text = " ".join(_sayings.of_spread(measured(binary, "errors", [low, row] if row else []), say))
    assert sentence in text
    assert bool(text) == bool(sentence)
    assert ("from 20 to 400" in text) == bool(sentence)


def test_the_range_of_outcomes_is_that_of_the_amounts(binary: Record) -> None:
    """Nobody spends less than nothing: quantiles of the errors are no range of amounts."""
    row = {"predicted": 40.0, "mean": 44.0, "q05": -46.0, "q95": 290.0, "actual_q05": 0.0, "actual_q95": 333.0}
    text = " ".join(_sayings.of_spread(measured(binary, "errors", [row]), say))
    assert "about 40 came to 84 on average; nine of ten lie from 0 to 333." in text
