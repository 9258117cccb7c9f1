"""The traffic light: the worst of a few plain rules, each of which can be named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from custpred.report._reading import facts, findings, headline, label
from custpred.report._text import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.report._text import Text
    from custpred.results.record import Record, Score

FEW = 100
"""Fewer customers of the rarer class than this in the test make every share shaky."""
MOST_ECE = 0.05
FAR = "P201"
"""The profile's code for a column that moved far between early and late customers."""
Colour = Literal["good", "warning", "alarm"]


@dataclass(frozen=True)
class Light:
    """The colour, and one sentence for each rule that set it."""

    colour: Colour
    reasons: tuple[str, ...]


def light(record: Record, say: Text) -> Light:
    """Return red where the answer must not be used, amber where care is needed, else green."""
    red = [*_unscored(record, say), *_missed(record, say), *_no_better(record, say), *_leaks(record, say)]
    if red:
        return Light("alarm", tuple(red))
    amber = [
        *_plain_rule(record, say),
        *_small(record, say),
        *_dishonest(record, say),
        *_unstable(record, say),
        *_drifting(record, say),
    ]
    if amber:
        return Light("warning", tuple(amber))
    return Light("good", tuple(_passed(record, say)))


def _passed(record: Record, say: Text) -> Iterator[str]:
    """Name only what was in fact asked."""
    yield say("no alarm was raised")
    if record.requirements:
        yield say("every requirement of the recipe is met")
    if max_baseline(record):
        yield say("the model is better than the simplest answer, beyond chance")


def _unscored(record: Record, say: Text) -> Iterator[str]:
    if headline(record) is None:
        yield say("there is no score on test customers")


def _missed(record: Record, say: Text) -> Iterator[str]:
    for each in record.requirements:
        if not each.met:
            yield say(
                "the recipe requires {name} {wanted}, found {found}",
                name=each.name,
                wanted=each.wanted,
                found=say.number(each.found),
            )


def _no_better(record: Record, say: Text) -> Iterator[str]:
    """The model must be better than the simplest answer, beyond chance."""
    found = headline(record)
    base = max_baseline(record)
    if found is None or base is None or found[0] != record.metric:
        return
    score = found[1]
    if not _beyond(record, score, "dummy", base.value):
        yield say(
            "the model is not surely better than the simplest answer ({label} {score} against {base})",
            label=label(record, found[0]),
            score=say.score(score.value),
            base=say.score(base.value),
        )


def max_baseline(record: Record, kind: str = "dummy") -> Score | None:
    """Return the score of a baseline: the answer that asks for no learning at all, or one rule on one column."""
    return next((row.score for row in record.leaderboard if row.baseline and row.kind == kind and row.score), None)


def _plain_rule(record: Record, say: Text) -> Iterator[str]:
    rule, found = max_baseline(record, "rule"), headline(record)
    if rule and found and found[0] == record.metric and not _beyond(record, found[1], "rule", rule.value):
        yield say("one rule on one column may do as well ({base})", base=say.score(rule.value))


def _beyond(record: Record, score: Score, kind: str, value: float) -> bool:
    """Tell whether the test score's whole interval is on the better side of a baseline's score.

    A few large errors, which both make, blur that of an amount: there the paired difference on held-out rows tells,
    if the test's score is better too.
    """
    sign = 1 if record.metrics[record.metric].get("better", "higher") == "higher" else -1
    behind = next((row.behind for row in record.leaderboard if row.baseline and row.kind == kind and row.behind), None)
    if behind is not None and record.task.kind == "regression":
        return behind[1] > 0 and sign * (score.value - value) > 0
    edge = score.low if sign > 0 else score.high
    return not finite(edge) or sign * (edge - value) > 0


def _leaks(record: Record, say: Text) -> Iterator[str]:
    for each in findings(record):
        if each.severity == "alarm":
            yield each.text.rstrip(".")


def _small(record: Record, say: Text) -> Iterator[str]:
    shares = record.data.shares
    rare = min(shares.values(), default=1.0) * (record.data.test_rows or record.data.train_rows)
    if shares and rare < FEW:
        yield say("the rarest class has only about {n} in the test", n=say.count(round(rare), "customer"))


def _dishonest(record: Record, say: Text) -> Iterator[str]:
    ece, chance = (facts(record, "calibration").get(key) for key in ("ece", "ece_by_chance"))
    if finite(ece) and ece > max(MOST_ECE, chance if finite(chance) else 0.0):
        yield say("the probabilities are off by {ece} on average", ece=say.percent(ece))


def _unstable(record: Record, say: Text) -> Iterator[str]:
    found = headline(record)
    before = record.cv.get(found[0]) if found else None
    if found is None or before is None:
        return
    score = found[1]
    if score.low > before.high or score.high < before.low:
        yield say(
            "{label} on the test ({test}) is not what cross-validation promised ({before})",
            label=label(record, found[0]),
            test=say.score(score.value),
            before=say.score(before.value),
        )


def _drifting(record: Record, say: Text) -> Iterator[str]:
    moved = [each for each in findings(record) if each.severity == "warning" and each.code == FAR]
    if moved:
        yield moved[0].text.rstrip(".")
