"""Would more data help: the sentence follows the interval of the last doubling."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING, Any

import pytest

from custpred.report._blocks import Absent, Chart, Prose
from custpred.report.learning_curve import LearningCurve

if TYPE_CHECKING:
    from custpred.results.record import Record

POINTS = [
    {"rows": 1127, "score": 0.83, "low": 0.8, "high": 0.86},
    {"rows": 2254, "score": 0.84, "low": 0.81, "high": 0.87},
    {"rows": 4508, "score": 0.85, "low": 0.82, "high": 0.88},
]


def learned(record: Record, *doubled: float | None, **more: Any) -> Record:
    own = {"model": "logistic #1", "points": POINTS, "doubled": list(doubled), "held": 3381, **more}
    return replace(record, learning=own)


@pytest.mark.parametrize(
    ("doubled", "says", "so"),
    [
        ((0.01, 0.004, 0.016), "gets better by 0.010 (95% interval 0.004", "More customers of this kind should help"),
        ((0.001, -0.002, 0.004), "changes within chance", "More rows like these are not shown to help"),
        ((0.0, 0.0, 0.0), "changes within chance", "not shown to help"),
        ((-0.01, -0.016, -0.004), "gets worse by 0.010", "More rows do not help here"),
        ((0.01, nan, nan), "could not be measured", ""),
        ((None, None, None), "could not be measured", ""),
    ],
)
def test_the_sentence_follows_the_interval(
    binary: Record, doubled: tuple[float | None, ...], says: str, so: str
) -> None:
    """Better and worse only beyond chance, with advice; without bounds nothing is claimed."""
    texts = [block for block in LearningCurve().blocks(learned(binary, *doubled)) if isinstance(block, Prose)]
    assert says in texts[0].text
    assert (so in texts[1].text) if so else len(texts) == 1


def test_the_sentence_names_the_last_doubling(binary: Record) -> None:
    """It compares half of the rows with all, and the chart has every point with its bounds."""
    blocks = LearningCurve().blocks(learned(binary, 0.01, 0.004, 0.016))
    assert isinstance(blocks[0], Prose)
    assert blocks[0].text.startswith("From 2,254 to 4,508 training rows, the ROC AUC of logistic #1")
    chart = next(block for block in blocks if isinstance(block, Chart))
    assert chart.data["series"][0]["y"] == [0.83, 0.84, 0.85]
    assert "3,381 held-out rows" in chart.description


def test_a_run_without_a_curve_has_no_such_section(binary: Record) -> None:
    """Without fits there is no section; failed fits give their reason."""
    (few,) = LearningCurve().blocks(binary)
    assert isinstance(few, Absent)
    assert few.reason.startswith("There were too few rows")
    failed = replace(binary, learning={"model": "x", "reason": "fits to fewer rows failed (ValueError)."})
    (reason,) = LearningCurve().blocks(failed)
    assert reason == Absent("fits to fewer rows failed (ValueError).")
