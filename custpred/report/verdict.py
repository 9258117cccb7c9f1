"""The verdict in one sentence, with a traffic light for how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Facts, Grid, Note, Prose
from custpred.report._campaign_value import campaign_value
from custpred.report._contact import reach
from custpred.report._fallback import fallback
from custpred.report._headline import reads, sentence
from custpred.report._light import light
from custpred.report._reading import facts, interval, label
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record


class Verdict(Section):
    """The first screen: the result, its value in money, and whether to trust it."""

    title = "The verdict"
    order = 10

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return headline, campaign value, traffic light with reasons, and requirements."""
        say = Text.of(record)
        return [
            Prose(_headline(record, say), "headline"),
            *([] if record.fallback or reads(record) else campaign_value(record, say)),
            _light(record, say),
            *_requirements(record, say),
            _facts(record, say),
            *_unmeasured(record, say),
            *([] if record.fallback or reads(record) else reach(record, say)),
        ]


def _headline(record: Record, say: Text) -> str:
    text = fallback(record, say)
    return f"{say.capital(text)}." if text else sentence(record, say)


def _light(record: Record, say: Text) -> Note:
    shown = light(record, say)
    why = "; ".join(shown.reasons[:4]) + ("; …" if len(shown.reasons) > 4 else "")
    if shown.colour == "good":
        return Note(say("Fit for use as far as these checks reach: {why}.", why=why), "good", label=say("Green"))
    if shown.colour == "warning":
        return Note(say("Use with care: {why}.", why=why), "warning", label=say("Amber"))
    return Note(say("Do not act on this yet: {why}.", why=why), "alarm", label=say("Red"))


def _unmeasured(record: Record, say: Text) -> list[Block]:
    """Name the metrics that could not be computed, with the reason."""
    failed = facts(record, "scores").get("failed") or {}
    return [Note(say("{reason} It is left out.", reason=reason), "warning") for reason in failed.values()]


def _requirements(record: Record, say: Text) -> list[Block]:
    if not record.requirements:
        return []
    rows = tuple(
        (each.name, each.wanted, each.found, say("met") if each.met else say("missed")) for each in record.requirements
    )
    names = (say("Requirement of the recipe"), say("Required"), say("Found"), say("Result"))
    return [Grid(names, rows, formats=("text", "text", "number", "text"))]


def _facts(record: Record, say: Text) -> Facts:
    """Return the first metrics on the test; for sample data also that of true probabilities."""
    items = []
    for kind, score in list(record.test.items())[:4]:
        note = say("95% interval {between}", between=interval(say, score.low, score.high))
        best = record.known_best.get(kind)
        if finite(best):
            note += " · " + say("the true probabilities score {best}", best=say.score(best))
        items.append((label(record, kind), say.score(score.value), note))
    return Facts(tuple(items))
