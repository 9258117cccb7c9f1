"""The leaderboard: all models, with interval, cost and status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.models.base import Model
from custpred.models.dummy import Dummy
from custpred.models.rule import OneRule
from custpred.report._blocks import Chart, Grid, Note, Prose
from custpred.report._lines import failed, named, table
from custpred.report._reading import evaluated, inside, interval, label
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import BoardRow, Comparison, Record
    from custpred.storage.plain import JSON

MOST = 14


class Board(Section):
    """Models side by side, scored on rows that they were not trained on."""

    title = "Models compared"
    order = 60
    readers = frozenset({"analyst", "operations"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the comparison, the whole table, and the models that failed with their reasons."""
        say = Text.of(record)
        ready = [row for row in record.leaderboard if row.score is not None]
        if not ready:
            return [Prose(say("No model finished, so there is nothing to compare."), "says"), *failed(record, say)]
        return [
            Prose(_best(record, ready, say), "says"),
            Prose(_ties(ready, say), "so"),
            *_baselines(record, say),
            _picture(record, ready, say),
            table(record, say),
            *failed(record, say),
        ]


def _best(record: Record, ready: Sequence[BoardRow], say: Text) -> str:
    single = [row for row in ready if row.kind != "blend"]
    best = next((row for row in single if not row.baseline), single[0])
    words = {"name": best.name, "label": inside(label(record, record.metric)), "score": _score(best, say)}
    text = say("The best single model is {name} with {label} {score}", **words)
    for kind, sentence in (
        (OneRule.kind(), "; one rule on one column ({name}) has {score}"),
        (Dummy.kind(), "; the simplest prediction, {name}, has {score}"),
    ):
        found = next((row for row in single if row.kind == kind and row is not best), None)
        text += say(sentence, name=found.name, score=_score(found, say)) if found else ""
    return text + "."


def _score(row: BoardRow, say: Text) -> str:
    return say.score(row.score.value if row.score else None)


def _ties(ready: Sequence[BoardRow], say: Text) -> str:
    """Return whether the first row's lead is significant; the blend is like any row."""
    single = [row for row in ready if row.kind != "blend" and not row.baseline]
    members = [row for row in single if row.weight]
    blend = next((row for row in ready if row.kind == "blend"), None)
    close = _lead(ready, blend, single, say)
    if blend is not None and blend is not ready[0]:
        close += " " + _behind(blend, ready[0], say)
    if len(members) > 1:
        close += " " + say("The final model is a blend of {n} of the single models.", n=len(members))
    return close


def _lead(ready: Sequence[BoardRow], blend: BoardRow | None, single: Sequence[BoardRow], say: Text) -> str:
    tied = sum(row.tied for row in single)
    if not single:
        return say("No model of the recipe finished; these are baselines.")
    if ready[0].baseline:
        return say("{name}, a baseline, has the best score out of fold.", name=ready[0].name)
    if len(single) < 2:
        return say("Only one model finished, so there is nothing to compare it with.")
    if blend is ready[0]:
        return _blend_lead(tied, say)
    if tied > 1:
        return say(
            "{n} of the models are statistically tied with the best: their differences are within chance.", n=tied
        )
    return say("The best single model leads the others by more than chance explains.")


def _blend_lead(tied: int, say: Text) -> str:
    if not tied:
        return say("The blend is better than every single model by more than chance explains.")
    if tied == 1:
        return say("One single model is statistically tied with the blend: the difference is within chance.")
    text = "{n} of the single models are statistically tied with the blend: their differences are within chance."
    return say(text, n=tied)


def _behind(blend: BoardRow, first: BoardRow, say: Text) -> str:
    if blend.tied:
        text = "{name} has a better score than the final blend; the difference is within chance."
    else:
        text = "{name} has a better score than the final blend, by more than chance explains."
    return say(text, name=first.name)


def _baselines(record: Record, say: Text) -> list[Block]:
    """Compare the final model with the strongest and the task's own baselines, on the same rows."""
    compared = [each for each in record.comparisons if not each.kept and finite(each.lead.low)]
    rows = sorted(compared, key=lambda each: each.lead.value)
    return [_against(record, each, say) for i, each in enumerate(rows) if i == 0 or not _everywhere(each.kind)]


def _everywhere(kind: str) -> bool:
    model = Model.known(kind)
    return model is not None and model.everywhere


def _against(record: Record, own: Comparison, say: Text) -> Block:
    near, far = sorted((abs(own.lead.low), abs(own.lead.high)))
    words = {
        "name": own.name,
        "lead": say.score(abs(own.lead.value)),
        "interval": interval(say, near, far),
        "n": evaluated(record, own.rows, say),
    }
    if own.worse:
        text = "{name}, a baseline, is better than the final model by {lead} (95% interval {interval}) on {n}."
        return Note(say(text, **words), "warning")
    if not own.better:
        text = "The final model is statistically tied with {name}, a baseline, on {n}."
        return Prose(say(text, **words), "says")
    text = "The final model is better than {name}, a baseline, by {lead} (95% interval {interval}) on {n}."
    return Prose(say(text, **words), "says")


def _picture(record: Record, ready: Sequence[BoardRow], say: Text) -> Chart:
    shown = _shown(ready)
    scores = [row.score for row in shown if row.score]
    names = [named(row, say) for row in shown]
    low, high = [each.low for each in scores], [each.high for each in scores]
    data: JSON = {
        "labels": names,
        "values": [each.value for each in scores],
        "low": low,
        "high": high,
        "faint": [row.baseline for row in shown],
        "notes": [f"{say.score(each.value)} ({interval(say, each.low, each.high)})" for each in scores],
        "format": "score",
    }
    better = record.metrics[record.metric].get("better", "higher")
    way = say("Further right is better.") if better == "higher" else say("Further left is better.")
    title = say("{label} by model, out of fold, with 95% intervals", label=label(record, record.metric))
    grid = Grid(
        (say("Model"), label(record, record.metric), say("Low"), say("High")),
        tuple((name, each.value, each.low, each.high) for name, each in zip(names, scores, strict=True)),
        formats=("text", "score", "score", "score"),
    )
    return Chart(
        "dots", title, way + (" " + say("Hollow dots are simple baselines.") if any(data["faint"]) else ""), data, grid
    )


def _shown(ready: Sequence[BoardRow]) -> list[BoardRow]:
    """Return the first models and baselines without ``dummy``, which would squeeze the axis."""
    own = [row for row in ready if row.kind != Dummy.kind()] or list(ready)
    return [row for place, row in enumerate(own) if place < MOST or row.baseline]
