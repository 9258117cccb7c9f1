"""Progress output of a run."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from custpred.metrics.base import Metric
from custpred.models.base import Model
from custpred.results.terminal import Lines, _Live, shown
from custpred.search._trial import Trial


class Bar:
    """Stands for rich's progress bar."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def add_task(self, description: str) -> int:
        """Begin."""
        return 0

    def update(self, task: int, description: str) -> None:
        """Keep what is shown."""
        self.said.append(description)


def _trial(number: int, gain: float, **more: Any) -> Trial:
    return Trial(number, Model.parse("logistic"), more.pop("status", "ok"), gain=gain, **more)


def test_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Each stage, each best model and each failure is one plain line on stderr."""
    with shown() as progress, progress.stage("search"):
        progress.notify("metric", Metric.parse("log_loss"))
        progress.notify("left", 3.0)
        progress.notify("trial", _trial(0, -0.6))
        progress.notify("trial", _trial(1, -0.7))
        progress.notify("trial", _trial(2, float("nan"), status="crash", reason="it fell"))
    said = capsys.readouterr()
    assert said.out == ""
    lines = [line.partition(" s  ")[2] for line in said.err.splitlines()]
    assert lines == ["trying models", "logistic #0: best so far, Log loss 0.6000", "logistic #2: crash, it fell"]
    assert progress.seconds["search"] >= 0


def test_scores_have_the_metrics_sign() -> None:
    """A metric where higher is better keeps its sign; without one, no number is shown."""
    lines = Lines()
    assert lines.score(-0.2) == ""
    lines("metric", Metric.parse("r2"))
    assert lines.score(-0.2) == ", R squared -0.2000"
    lines("metric", Metric.parse("rmse"))
    assert lines.score(-3.0).endswith(" 3.0000")


def test_a_terminal_shows_trials_and_time_left() -> None:
    """On a terminal trials are counted, with the time left."""
    bar = Bar()
    live = _Live(bar)
    live("metric", Metric.parse("roc_auc"))
    live("stage", "search")
    live("left", 12.0)
    live("trial", _trial(0, 0.7))
    live("trial", _trial(1, 0.6))
    assert bar.said[0] == "trying models"
    assert bar.said[-1] == "logistic #0: best so far, ROC AUC 0.7000 (2 trials, about 12 s left)"


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the bar is on stderr, and stdout has only the path of the report."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with shown() as progress, progress.stage("read"):
        assert isinstance(progress.notify, _Live)
    assert capsys.readouterr().out == ""
