"""The pipeline diagram: the effect of each preparation step, in words and charts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.report._blocks import Absent, Chart
from custpred.report._page import page
from custpred.report._stages import stations
from custpred.report._text import Text
from custpred.report.pipeline import Pipeline

if TYPE_CHECKING:
    from custpred.results.record import Record

say = Text()


def own(*stages: dict[str, Any]) -> dict[str, Any]:
    return {"models": ["logistic #1"], "weight": 1.0, "stages": list(stages)}


def stage(step: str = "outliers", kind: str = "iqr", columns: int = 5, rows: int = 100, **more: Any) -> dict[str, Any]:
    return {"step": step, "kind": kind, "columns": [5, columns], "rows": [100, rows], **more}


@pytest.mark.parametrize(
    ("given", "did"),
    [
        (stage(limits={"a": [0, 1, 0]}, action="clip"), "iqr: nothing changed"),
        (stage(limits={"a": [0, 1, 1], "b": [0, 1, 6]}, action="clip"), "iqr: 7 outlying values clipped"),
        (stage(limits={"a": [0, 1, 1]}, action="flag", columns=6), "iqr: 1 outlying value flagged, 1 column added"),
        (stage(limits={"a": [0, 1, 4]}, action="remove", rows=97), "iqr: 4 outlying values found, 3 rows removed"),
        (stage("missing", "knn", filled={"a": [1, "mean"]}), "knn: 1 missing value filled in 1 column"),
        (stage("resample", "smote", rows=180), "smote: 80 rows added"),
        (stage("tiers", "tiers", columns=2, rows=1), "tiers: 99 rows removed, 3 columns removed"),
        (stage("matrix", "_matrix", filled={"a": [2000, "median"]}), "2,000 missing values filled in 1 column"),
    ],
)
def test_a_step_shows_its_effect(binary: Record, given: dict[str, Any], did: str) -> None:
    """Counts are those of the step; internal kinds are not shown."""
    assert did in [text for _, text, _, _ in stations(own(given), binary, say)]


def test_choices_that_change_nothing_keep_their_place(binary: Record) -> None:
    """Missing values, outliers and resampling are shown in order, whatever the recipe chose."""
    lock = {**binary.lock, "missing": "leave", "outliers": {"kind": "leave"}, "resample": "none"}
    found = stations(own(stage("encode", "ordinal", columns=8)), replace(binary, lock=lock), say)
    assert [name for name, *_ in found[1:-1]] == ["Missing values", "Outliers", "Resampling", "Categories to numbers"]
    assert [text for _, text, *_ in found[1:3]] == ["leave: nothing changed", "leave: nothing changed"]
    assert [columns for _, _, columns, _ in found] == [5, 5, 5, 5, 8, 8]


def test_charts_show_fills_limits_and_classes(binary: Record) -> None:
    """The largest preparation has a diagram, and charts of imputed values, limits and classes."""
    charts = [block for block in Pipeline().blocks(binary) if isinstance(block, Chart)]
    assert [chart.kind for chart in charts] == ["flow", "bars", "bars", "bars"]
    assert charts[1].grid.rows[0] == ("월정액", 5, 5 / 4508, "median")
    assert charts[2].data["notes"] == ["31 (0.7%) beyond \N{MINUS SIGN}60 \N{EN DASH} 124"]
    assert charts[3].grid.rows == (("No", 3315, 3315), ("Yes", 1193, 3315))


def test_no_preparation_no_section(binary: Record) -> None:
    """A run without prepared rows, such as a constant model, has no such section."""
    assert "pipeline" in {part.kind for part in page(binary).parts}
    for pipelines in ((), (own(),)):
        (only,) = Pipeline().blocks(replace(binary, pipelines=pipelines))
        assert isinstance(only, Absent)
