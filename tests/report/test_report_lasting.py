"""Calibration before and after, and scores over time: each sentence in each case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.evaluate.base import Measure
from custpred.report._blocks import Chart, Prose
from custpred.report._page import page
from custpred.report._recalibrated import recalibrated
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record

say = Text()


def told(blocks: Sequence[Block]) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Prose))


def with_measure(record: Record, measure: str, rows: Sequence[dict[str, Any]], **facts: Any) -> Record:
    return replace(record, measures={**record.measures, measure: Measure(measure, tuple(rows), facts)})


@pytest.mark.parametrize(
    ("after", "gain", "sentence"),
    [
        (0.061, (0.0, 0.0, 0.0), "No calibration was applied: out of fold the percentages are off by 6.1 points"),
        (0.019, (0.02, 0.01, 0.03), "off by 6.1 points on average before the calibration (sigmoid) and are off by 1.9"),
        (0.019, (0.02, 0.01, 0.03), "helps beyond chance"),
        (0.055, (0.001, -0.01, 0.012), "within chance"),
        (0.090, (-0.02, -0.03, -0.01), "makes the log loss worse beyond chance"),
    ],
)
def test_before_and_after_calibration(
    binary: Record, after: float, gain: tuple[float, float, float], sentence: str
) -> None:
    """No change, a gain, a tie and a loss."""
    ends = {"customers": 50, "predicted": 0.3, "actual": 0.28, "low": 0.2, "high": 0.4}
    facts = {"kind": "sigmoid", "ece_before": 0.061, "ece_after": after, "log_loss_before": 0.4, "log_loss_after": 0.39}
    facts |= dict(zip(("gain", "gain_low", "gain_high"), gain, strict=True))
    rows = [{"when": when, **ends} for when in ("before", "after")]
    assert sentence in told(recalibrated(with_measure(binary, "calibrated", rows, **facts), say))


def test_records_without_calibration_have_no_section(binary: Record) -> None:
    """Regressions and older records have no such numbers."""
    assert recalibrated(binary, say) == []


def moment(month: int, score: float, on: str = "test") -> dict[str, Any]:
    ends = {"low": score - 0.02, "high": score + 0.02}
    return {"moment": f"2024-{month:02d}-01", "on": on, "rows": 500, "score": score, **ends}


LINE = {"slope_low": -0.02, "slope_high": -0.004, "slope": -0.012}


@pytest.mark.parametrize(
    ("rows", "facts", "sentence"),
    [
        ([moment(1, 0.8, "held-out"), moment(5, 0.78)], {}, "2024-05-01: 0.780 (95% interval 0.760"),
        ([moment(1, 0.8, "held-out"), moment(5, 0.78)], {}, "out of fold: 0.800. 1 tested moment: too few"),
        ([moment(1, 0.8, "held-out"), moment(2, 0.82, "held-out")], {}, "2024-02-01: 0.820"),
        ([moment(m, 0.8, "held-out") for m in (1, 2)] + [moment(5, 0.78)], {}, "out of fold: 0.800."),
        ([moment(1, 0.8, "held-out"), moment(2, 0.7, "held-out"), moment(5, 0.78)], {}, "out of fold: 0.700 to 0.800."),
        ([moment(m, 0.8) for m in (1, 2, 3)], {**LINE, "life": 7.6}, "half of its lead is gone in about 8 months"),
        ([moment(m, 0.8) for m in (1, 2, 3)], {**LINE, "life": 0.2}, "half of its lead is gone in about 1 month;"),
        ([moment(m, 0.8) for m in (1, 2, 3)], {**LINE, "life": 90.0}, "it falls, but slowly"),
        ([moment(m, 0.8) for m in (1, 2, 3)], {"slope": 0.0, "slope_low": -0.01, "slope_high": 0.01}, "no fall beyond"),
        ([moment(m, 0.8) for m in (1, 2, 3)], {"slope": 0.02, "slope_low": 0.01, "slope_high": 0.03}, "it rises"),
    ],
)
def test_scores_over_time(binary: Record, rows: list[dict[str, Any]], facts: dict[str, Any], sentence: str) -> None:
    """The last score is compared with earlier ones, with the months until half the lead is lost."""
    own = with_measure(binary, "over_time", rows, unit="cutoff", base=0.5, **facts)
    blocks = Section.find("lasting")().blocks(own)
    assert sentence in told(blocks)
    assert next(each for each in blocks if isinstance(each, Chart)).data["x"]["format"] == "date"


def test_without_time_there_is_no_section(binary: Record) -> None:
    """It is in neither the page nor its menu."""
    assert "lasting" not in [part.kind for part in page(binary).parts]
    assert "lasting" in [
        part.kind for part in page(with_measure(binary, "over_time", [moment(1, 0.8), moment(2, 0.8)])).parts
    ]
