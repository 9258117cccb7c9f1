"""The traffic light: the worst result of a few simple rules, with their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from custpred.models.dummy import Dummy
from custpred.models.rule import OneRule
from custpred.report._fallback import fallback
from custpred.report._groups import unequal
from custpred.report._reading import facts, findings, headline, inside, interval, label, scored
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.report._text import Text
    from custpred.results.record import Comparison, Record

FEW = 100
"""With fewer test customers of the rarer class, all shares are unreliable."""
MOST_ECE = 0.05
FAR = "P201"
"""The profile's code for a column that differs strongly between early and late customers."""
FAILED = "P999"
"""The profile's code for a check that failed, or for no checks at all."""
Colour = Literal["good", "warning", "alarm"]


@dataclass(frozen=True)
class Light:
    """The colour, and one sentence per rule that set it."""

    colour: Colour
    reasons: tuple[str, ...]


def light(record: Record, say: Text) -> Light:
    """Return red if the model must not be used, amber if care is needed, else green.

    Only the paired difference on the same rows decides whether the model is better than a baseline.
    """
    red = [
        *_no_model(record, say),
        *_unscored(record, say),
        *_missed(record, say),
        *_no_better(record, say),
        *_leaks(record, say),
    ]
    if red:
        return Light("alarm", tuple(red))
    amber = [
        *_unproven(record, say),
        *_unchecked(record, say),
        *_small(record, say),
        *_dishonest(record, say),
        *_unstable(record, say),
        *_drifting(record, say),
        *_unequal(record, say),
    ]
    if amber:
        return Light("warning", tuple(amber))
    return Light("good", tuple(_passed(record, say)))


def _passed(record: Record, say: Text) -> Iterator[str]:
    """Yield what was checked."""
    yield say("no alarm was raised")
    if record.requirements:
        yield say("every requirement of the recipe is met")
    yield say("the model is better than the simplest prediction, beyond chance")


def _no_model(record: Record, say: Text) -> Iterator[str]:
    text = fallback(record, say)
    if text:
        yield text


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


def simplest(record: Record) -> Comparison | None:
    """Return the comparison with the same prediction for everyone, if it was made."""
    return next((each for each in record.comparisons if each.kind == Dummy.kind() and not each.kept), None)


def _no_better(record: Record, say: Text) -> Iterator[str]:
    """The model must be significantly better than the simplest, and no baseline may be better."""
    base = simplest(record)
    if record.fallback or base is None:
        return
    if finite(base.lead.low) and not base.better:
        yield say(
            "the model is not clearly better than the simplest prediction ({label}: by {lead}, 95% interval {between})",
            label=inside(label(record, record.metric)),
            lead=say.score(base.lead.value),
            between=interval(say, base.lead.low, base.lead.high),
        )
    for each in record.comparisons:
        if each is not base and each.worse:
            yield say(
                "{name}, a baseline, is better than the model by {lead} (95% interval {between})",
                name=each.name,
                lead=say.score(-each.lead.value),
                between=interval(say, -each.lead.high, -each.lead.low),
            )


def _unproven(record: Record, say: Text) -> Iterator[str]:
    """Warn if the lead was not measured, and name another baseline that may do as well."""
    base = simplest(record)
    if base is None or not finite(base.lead.low):
        yield say(
            "it is not known whether the model is better than the simplest prediction: no paired interval was found"
        )
    for each in record.comparisons:
        if each is base or each.better or each.worse:
            continue
        if each.kind == OneRule.kind():
            yield say("one rule on one column may do as well ({base})", base=say.score(each.score.value))
        else:
            yield say("{name}, a baseline, may do as well ({base})", name=each.name, base=say.score(each.score.value))


def _unchecked(record: Record, say: Text) -> Iterator[str]:
    """Warn if the data were not profiled, or if a check failed: a leak in them may be unseen."""
    for each in findings(record):
        if each.code == FAILED:
            yield say.message(each.text).rstrip(".")


def _leaks(record: Record, say: Text) -> Iterator[str]:
    for each in findings(record):
        if each.severity == "alarm":
            yield say.message(each.text).rstrip(".")


def _small(record: Record, say: Text) -> Iterator[str]:
    curves = facts(record, "curves")
    counts: list[int] = [curves[name] for name in ("positives", "negatives") if name in curves]
    if counts:
        if min(counts) < FEW:
            yield say("the rarer class has only {n} in the test", n=say.customers(min(counts), "customer"))
        return
    shares = record.data.shares  # of the whole table: with several classes, the test's are near them
    rare = min(shares.values(), default=1.0) * (scored(record) or record.data.train_rows)
    if shares and rare < FEW:
        yield say("the rarest class has only about {n} in the test", n=say.customers(round(rare), "customer"))


def _dishonest(record: Record, say: Text) -> Iterator[str]:
    ece, chance = (facts(record, "calibration").get(key) for key in ("ece", "ece_by_chance"))
    if finite(ece) and ece > max(MOST_ECE, chance if finite(chance) else 0.0):
        yield say("the probabilities are off by {ece} percentage points on average", ece=say.decimal(100 * ece))


def _unstable(record: Record, say: Text) -> Iterator[str]:
    found = headline(record)
    before = record.cv.get(found[0]) if found else None
    if found is None or before is None:
        return
    score = found[1]
    if score.low > before.high or score.high < before.low:
        yield say(
            "{label} on the test ({test}) differs from cross-validation ({before})",
            label=inside(label(record, found[0])),
            test=say.score(score.value),
            before=say.score(before.value),
        )


def _drifting(record: Record, say: Text) -> Iterator[str]:
    moved = [each for each in findings(record) if each.severity == "warning" and each.code == FAR]
    if moved:
        yield say.message(moved[0].text).rstrip(".")


def _unequal(record: Record, say: Text) -> Iterator[str]:
    """Warn if a sensitive column's groups are selected at rates below four fifths of each other."""
    for name, ratio, chance in unequal(record):
        words = {"column": name, "ratio": say.number(ratio, 2)}
        if chance:
            yield say(
                "by '{column}', one group is selected {ratio} times as often as another, maybe by chance", **words
            )
        else:
            yield say("by '{column}', one group is selected {ratio} times as often as another", **words)
