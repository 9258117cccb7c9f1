"""Evaluation of a run on later outcomes, compared with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Grid, Note, Prose
from custpred.report._page import page_of
from custpred.report._parts import Page, Part
from custpred.report._reading import higher_is_better, interval, label
from custpred.report._text import Text
from custpred.report.calibration import Calibration
from custpred.report.curves import Curves
from custpred.report.money import Money
from custpred.report.segments import Segments
from custpred.text import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.table import Finding

SECTIONS = (Curves, Calibration, Money, Segments)


def page(found: Record, before: Record, rows: int, notes: Sequence[Finding] = ()) -> Page:
    """Return the page of ``found``, compared with the test of ``before``, with warnings."""
    say = Text.of(found)
    warned = [Note(say.message(each.text), "warning", each.code) for each in notes if each.severity == "warning"]
    first = Part("later", say("Scores on later outcomes"), (), (*scores(found, before, rows, say), *warned))
    return page_of(found, tuple(section() for section in SECTIONS), first)


def scores(found: Record, before: Record, rows: int, say: Text) -> list[Block]:
    """Return the first metric now and in the test, and the table of all metrics."""
    if not found.test:
        return [Prose(say("No metric is defined on these {n}.", n=say.count(rows, "row")), "headline")]
    lines = []
    for name, score in found.test.items():
        then = before.test.get(name)
        was = (then.value, then.low, then.high) if then else (None, None, None)
        lines.append((label(found, name), score.value, score.low, score.high, *was))
    heads = (say("Metric"), say("Now"), say("Low"), say("High"), say("In the test"), say("Low"), say("High"))
    grid = Grid(heads, tuple(lines), formats=("text", *("score",) * 6))
    return [Prose(sentence(found, before, rows, say), "headline"), grid]


def sentence(found: Record, before: Record, rows: int, say: Text) -> str:
    """Return whether the first metric is still as good as in the test."""
    name = next(iter(found.test))
    now, then = found.test[name], before.test.get(name)
    words = {
        "n": say.count(rows, "row"),
        "label": label(found, name),
        "now": say.score(now.value),
        "between": interval(say, now.low, now.high) or NOTHING,
    }
    if then is None:
        return say("On {n} with known outcome {label} is {now} (95% interval {between}).", **words)
    words["then"] = say.score(then.value)
    if worse(found, before):
        return say(
            "On {n} with known outcome {label} is {now} (95% interval {between}): worse than in the test, {then}.",
            **words,
        )
    return say("On {n} with known outcome {label} is {now} (95% interval {between}), {then} in the test.", **words)


def worse(found: Record, before: Record) -> bool:
    """Return whether the first metric is worse than in the test beyond both intervals."""
    name = next(iter(found.test), "")
    now, then = found.test.get(name), before.test.get(name)
    if now is None or then is None:
        return False
    higher = higher_is_better(found, name)
    return now.high < then.low if higher else now.low > then.high
