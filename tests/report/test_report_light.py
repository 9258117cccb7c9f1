"""Claims about the model against the baselines follow paired differences on the same rows only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from custpred.evaluate.base import Measure
from custpred.report._blocks import Note, Prose
from custpred.report._fallback import fallback
from custpred.report._light import light
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.results.record import BoardRow, Comparison, Score
from custpred.task import Task
from custpred.training.checkpoint import not_profiled

if TYPE_CHECKING:
    from custpred.results.record import Record

say = Text()


def all_text(kind: str, record: Record) -> str:
    """Return the sentences and notes of a section."""
    return " ".join(block.text for block in Section.find(kind)().blocks(record) if isinstance(block, Prose | Note))


def against(kind: str, lead: float, low: float, high: float, on: Any = "test", kept: bool = False) -> Comparison:
    """Return a comparison with a baseline whose own score is 2.0."""
    return Comparison(f"{kind} #1", kind, Score(2.0, 1.9, 2.1), Score(lead, low, high), 1409, on, kept)


TASKS = {
    "binary": (Task("binary", "left", ("no", "yes")), "roc_auc", "higher"),
    "multiclass": (Task("multiclass", "group", ("a", "b", "c")), "log_loss", "lower"),
    "next": (Task("multiclass", "next of orders", ("a", "b", "c")), "log_loss", "lower"),
    "regression": (Task("regression", "spend"), "rmse", "lower"),
}
AHEAD = against("dummy", 0.3, 0.2, 0.4)
SITUATIONS = {
    "ahead": ((AHEAD,), "good", "better than the simplest prediction, beyond chance"),
    "ahead out of fold": ((replace(AHEAD, on="held-out"),), "good", "beyond chance"),
    "tie": ((against("dummy", 0.1, -0.05, 0.25),), "alarm", "not clearly better than the simplest prediction"),
    "touches zero": ((against("dummy", 0.1, 0.0, 0.25),), "alarm", "not clearly better than the simplest prediction"),
    "behind": ((against("dummy", -0.2, -0.3, -0.1),), "alarm", "not clearly better than the simplest prediction"),
    "no interval": ((against("dummy", 0.3, float("nan"), float("nan")),), "warning", "it is not known whether"),
    "never compared": ((), "warning", "it is not known whether"),
    "rule ties": ((AHEAD, against("rule", 0.01, -0.1, 0.1)), "warning", "one rule on one column may do as well"),
    "rule ahead": ((AHEAD, against("rule", -0.2, -0.3, -0.1)), "alarm", "rule #1, a baseline, is better"),
    "classical ties": ((AHEAD, against("bg_nbd", 0.01, -0.1, 0.1)), "warning", "bg_nbd #1, a baseline, may do as"),
    "classical ahead": ((AHEAD, against("same_again", -0.2, -0.3, -0.1)), "alarm", "same_again #1, a baseline, is"),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_light_follows_paired_differences_alone(binary: Record, task: str, situation: str) -> None:
    """For every task only the paired interval decides, whatever the scores are."""
    kind, metric, better = TASKS[task]
    comparisons, colour, words = SITUATIONS[situation]
    own = replace(
        binary,
        task=kind,
        metrics={metric: {"label": metric, "better": better}},
        test={metric: Score(2.865, 2.8, 2.9)},
        cv={},
        leaderboard=(BoardRow(1, "dummy #0", "dummy", "ok", Score(2.726, 2.7, 2.75), baseline=True),),
        comparisons=comparisons,
        requirements=(),
        measures={},
        data=replace(binary.data, shares={}),
    )
    shown = light(own, say)
    assert shown.colour == colour, shown
    assert any(words in reason for reason in shown.reasons), shown


@pytest.mark.parametrize("task", TASKS)
def test_a_kept_baseline_is_red_whatever_it_scores(binary: Record, task: str) -> None:
    """A baseline kept for lack of a model gets one sentence with reason and remedy."""
    kind, metric, better = TASKS[task]
    row = BoardRow(1, "dummy #0", "dummy", "ok", Score(0.5, 0.5, 0.5), weight=1.0, baseline=True)
    failed = BoardRow(2, "logistic #1", "logistic", "failed", None, reason="ValueError: no convergence")
    own = replace(
        binary,
        task=kind,
        metrics={metric: {"label": metric, "better": better}},
        test={metric: Score(0.5, 0.5, 0.5)},
        cv={},
        leaderboard=(row, failed),
        comparisons=(against("dummy", 0.0, 0.0, 0.0, kept=True),),
    )
    shown = light(own, say)
    assert shown.colour == "alarm"
    assert shown.reasons[0] == (
        "no model was kept, only the baseline dummy #0: logistic #1 did not finish (failed): "
        "ValueError: no convergence; fix that, or name another model such as logistic"
    )
    assert all_text("verdict", own).startswith("No model was kept, only the baseline dummy #0")
    assert "Fit for use" not in all_text("verdict", own)


@pytest.mark.parametrize(
    ("rows", "models", "words"),
    [
        ((), [{"kind": "dummy"}], "the recipe names no other model; name one that learns"),
        ((), [{"kind": "logistic"}], "no model of the recipe finished in time; give a larger budget"),
        ((), "auto", "no model of the recipe finished in time; give a larger budget"),
        ((("logistic", "timeout"),), "auto", "logistic #1 did not finish (timeout): why; give a larger budget"),
        ((("lstm", "memory"),), "auto", "(memory): why; give more memory, or a lighter model"),
        ((("mlp", "timeout"), ("lstm", "failed")), "auto", "none of 2 models finished; lstm #2 (failed): why; fix"),
    ],
)
def test_why_a_baseline_was_kept(binary: Record, rows: Any, models: Any, words: str) -> None:
    """The reason distinguishes failed models, a recipe without models, and too small a budget."""
    kept = BoardRow(1, "dummy #0", "dummy", "ok", Score(0.5, 0.5, 0.5), weight=1.0, baseline=True)
    lost = [BoardRow(i, f"{kind} #{i}", kind, status, None, reason="why.") for i, (kind, status) in enumerate(rows, 1)]
    own = replace(binary, leaderboard=(kept, *lost), lock={"models": models})
    assert words in str(fallback(own, say))


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        ((0.0117, 0.0089, 0.015), "is better than bg_nbd #1, a baseline, by 0.012 (95% interval 0.009"),
        ((0.001, -0.002, 0.004), "is statistically tied with bg_nbd #1, a baseline, on 1,409 test customers"),
        ((-0.02, -0.03, -0.01), "bg_nbd #1, a baseline, is better than the final model by 0.020"),
    ],
)
def test_the_lead_over_a_baseline_is_shown(binary: Record, lead: Any, words: str) -> None:
    """The board has the lead over a baseline, none, or that the baseline is better."""
    assert words in all_text("board", replace(binary, comparisons=(*binary.comparisons, against("bg_nbd", *lead))))


def test_a_baseline_that_ranks_first_does_not_hide_the_comparison(binary: Record) -> None:
    """If a baseline leads out of fold, its rank and the paired difference are both shown."""
    model = next(row for row in binary.leaderboard if row.kind == "logistic")
    rule = next(row for row in binary.leaderboard if row.kind == "rule")
    own = replace(
        binary,
        leaderboard=(replace(rule, tied=True), replace(model, weight=1.0)),
        comparisons=(against("rule", 0.1, 0.05, 0.2),),
    )
    assert "rule #0, a baseline, has the best score out of fold." in all_text("board", own)
    assert "is better than rule #1, a baseline, by 0.100" in all_text("board", own)


def test_data_that_were_not_checked_are_never_green(binary: Record) -> None:
    """Without a profile the light is amber with the reason, as checks are unknown."""
    passed = replace(binary, comparisons=(AHEAD,), profile_findings=())
    missing = not_profiled()["profile"].findings
    assert light(passed, say).colour == "good"
    found = light(replace(passed, profile={}, profile_findings=missing), say)
    assert found.colour == "warning"
    assert found.reasons == ("The data were not profiled: there was no time left for it",)


def test_ties_are_called_ties(binary: Record) -> None:
    """Models within chance of the first are not ranked in words; a clear lead is."""
    assert "3 of the single models are statistically tied with the blend" in all_text("board", binary)
    blend, *rest = binary.leaderboard
    clear = tuple(replace(row, tied=False) for row in rest)
    assert "better than every single model by more than chance" in all_text(
        "board", replace(binary, leaderboard=(blend, *clear))
    )
    assert "leads the others by more than chance" in all_text("board", replace(binary, leaderboard=clear))
    assert "2 of the models are statistically tied" in all_text(
        "board", replace(binary, leaderboard=(*rest[:2], *clear[2:]))
    )


@pytest.mark.parametrize("tied", range(4))
def test_no_clear_lead_of_the_blend_beside_a_tie(binary: Record, tied: int) -> None:
    """If any model is tied with the blend, no lead over every single model is claimed."""
    blend, *rest = binary.leaderboard
    rows = [replace(row, tied=i < tied) for i, row in enumerate(rest)]
    text = all_text("board", replace(binary, leaderboard=(blend, *rows)))
    assert ("better than every single model" in text) is (tied == 0)
    assert (f"{tied} of the single models are statistically tied" in text) is (tied > 1)
    assert ("One single model is statistically tied" in text) is (tied == 1)


@pytest.mark.parametrize(("tied", "words"), [(True, "within chance."), (False, "by more than chance explains.")])
def test_a_blend_behind_a_member_is_not_called_the_best(binary: Record, tied: bool, words: str) -> None:
    """The difference is tested for significance."""
    blend, first, *rest = binary.leaderboard
    text = all_text("board", replace(binary, leaderboard=(first, replace(blend, tied=tied), *rest)))
    assert "lightgbm #4 has a better score than the final blend" in text
    assert words in text
    assert "better than every single model" not in text


def test_a_metric_that_failed_is_named(binary: Record) -> None:
    """A metric that could not be computed is on the first screen with its reason."""
    reason = "The metric 'uplift' could not be computed: ValueError: no treatment."
    failed = Measure("scores", facts={"failed": {"uplift": reason}})
    measures = {**binary.measures, "scores": failed}
    assert reason in all_text("verdict", replace(binary, measures=measures))


@pytest.mark.parametrize(
    ("ratio", "chance", "colour", "words"),
    [
        (0.34, False, "warning", "by 'gender', one group is selected 0.34 times as often as another"),
        (0.34, True, "warning", "0.34 times as often as another, maybe by chance"),
        (0.8, False, "good", "no alarm"),
        (None, False, "good", "no alarm"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_unequal_selection_of_a_sensitive_column_is_amber(
    binary: Record, ratio: float | None, chance: bool, colour: str, words: str, language: str
) -> None:
    """A report that warns of unequal selection does not call the model fit for use."""
    rows = tuple(
        {
            "column": "gender",
            "group": group,
            "customers": 300,
            "selected": rate,
            "selected_low": low,
            "selected_high": up,
        }
        for group, rate, low, up in (("f", 0.1, 0.08, 0.25 if chance else 0.12), ("m", 0.3, 0.2, 0.4))
    )
    measure = Measure("groups", rows, {"gender": {"lowest_to_highest": ratio}, "absent": ["age"]})
    shown = light(
        replace(binary, measures={"groups": measure}, requirements=(), cv={}, profile_findings=()), Text(language)
    )
    assert shown.colour == colour, shown
    translated = {"no alarm": "경보가", "maybe by chance": "우연일"}
    wanted = words if language == "en" else next((ko for en, ko in translated.items() if en in words), "0.34배로만")
    assert any(wanted in reason for reason in shown.reasons), shown
