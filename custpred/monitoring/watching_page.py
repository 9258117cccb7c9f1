"""The monitoring page: findings in sentences and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.monitoring.comparison_page import requirement_grid
from custpred.report._blocks import Absent, Chart, Grid, Note, Prose
from custpred.report._later import SECTIONS
from custpred.report._later import scores as later_scores
from custpred.report._page import page_of
from custpred.report._parts import Page, Part
from custpred.report._reading import label
from custpred.report._text import Text
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.monitoring.watching import Monitoring
    from custpred.report._blocks import Block
    from custpred.storage.plain import JSON

MAX_COLUMNS, DIGITS = 15, 3
ENDS = {"values": "psi", "low": "low", "high": "high"}


def page(found: Monitoring) -> Page:
    """Return the parts of the monitoring page, in the language of the run's report."""
    say = Text.of(found.record)
    later = found.later
    parts = [
        Part("advice", say("What to do"), (), tuple(_advice(found, say))),
        Part("columns", say("New customers against training"), (), tuple(_columns(found, say))),
        Part("spread", say("Scores against the test"), (), tuple(_spread(found, say))),
    ]
    if later is not None:
        blocks = later_scores(later.record, found.record, len(later), say)
        parts.append(Part("later", say("Scores on later outcomes"), (), (*blocks, *_months(found, say))))
    sections = tuple(section() for section in SECTIONS) if later is not None else ()
    return page_of(later.record if later is not None else found.record, sections, *parts)


def lines(found: Monitoring) -> Iterator[str]:
    """Yield lines for a terminal: the advice, notes, columns that moved, and scores on outcomes."""
    say = Text.of(found.record)
    yield sentence(found)
    yield from (f"{note.code} {say.message(note.text)}" for note in found.notes if note.severity != "info")
    for each in (*found.indexes[:3], *((found.scores,) if found.scores else ())):
        if each.moved:
            yield say("{column} moved: stability index {psi}", column=each.name, psi=say.score(each.psi))
    for name, score in (found.later.record.test if found.later is not None else {}).items():
        words = {"label": label(found.record, name), "now": say.score(score.value)}
        yield say("{label}: {now} now, {then} in the test", then=_then(found, name, say), **words)


def _then(found: Monitoring, name: str, say: Text) -> str:
    score = found.record.test.get(name)
    return say.score(score.value) if score else say.cell(None)


def sentence(found: Monitoring) -> str:
    """Return the advice with its reason."""
    say, chosen = Text.of(found.record), found.advice
    if chosen == "mend the data":
        gone = [str(note.column) for note in found.notes if note.severity == "alarm" and note.column]
        return say("Fix the data first: {names} can no longer inform the prediction.", names=say.listed(gone))
    if chosen == "retrain" and found.later is not None:
        return say("Retrain: on later outcomes the run is worse than in its test, beyond both intervals.")
    if chosen == "retrain":
        return say("Retrain when outcomes are known: the distribution of the scores is very different from the test.")
    if chosen == "wait":
        far = [each.name for each in (*found.indexes, *((found.scores,) if found.scores else ())) if each.far]
        return say(
            "Keep the run and watch it: {names} moved far, which by itself does not hurt the scores.",
            names=say.listed(far),
        )
    if found.later is None:
        return say("Keep the run: new customers are like those of training; outcomes are not known yet.")
    return say("Keep the run: on later outcomes it is not worse than in its test, beyond chance.")


def _advice(found: Monitoring, say: Text) -> list[Block]:
    blocks: list[Block] = [Prose(sentence(found), "headline")]
    blocks += [
        Note(say.message(note.text), note.severity, note.code) for note in found.notes if note.severity != "info"
    ]
    if found.age_days is not None:
        age = say.count(found.age_days, "day")
        blocks.append(Prose(say("The newest event is {age} older than the cutoff.", age=age)))
    return [*blocks, *requirement_grid(found.requirements, say)]


def _columns(found: Monitoring, say: Text) -> list[Block]:
    if not found.indexes:
        few = say.count(found.comparison.rows, "row")
        return [Absent(say("{n} are too few for a stability index.", n=few))]
    moved = [each.name for each in found.indexes if each.moved]
    text = say("Of {n} columns {names} moved beyond chance.", n=len(found.indexes), names=say.listed(moved))
    shown = found.indexes[:MAX_COLUMNS]
    data: JSON = {
        "labels": [each.name for each in shown],
        **{key: [round(getattr(each, own), DIGITS) for each in shown] for key, own in ENDS.items()},
        "format": "score",
    }
    heads = (say("Column"), say("Stability index (PSI)"), say("Low"), say("High"))
    values = ((each.name, *(round(getattr(each, own), DIGITS) for own in ENDS.values())) for each in shown)
    grid = Grid(heads, tuple(values), formats=("text", "score", "score", "score"))
    by_name = {each.column: each for each in found.comparison.columns}
    drifts = [by_name[each.name] for each in shown]
    heads = (say("Column"), say("Unseen levels"), say("Out of range"), say("Missing"))
    shares = tuple((each.column, each.unseen, each.out_of_range, each.missing) for each in drifts)
    faults = Grid(heads, shares, formats=("text", *("percent",) * 3))
    title, how = say("Stability index of each column"), say("Above 0.1 a column has moved, above 0.25 far.")
    says = text if moved else say("No column moved beyond chance.")
    return [Prose(says, "says"), Chart("dots", title, how, data, grid), faults]


def _spread(found: Monitoring, say: Text) -> list[Block]:
    if found.scores is None:
        return [Absent(say("Too few scores, or the test scores were not saved."))]
    labels = [str(place + 1) for place in range(len(found.spread))]
    data: JSON = {
        "labels": labels,
        "values": list(found.spread),
        "second": list(found.expected),
        "names": [say("Share of new customers"), say("In the test")],
        "format": "percent",
        "direction": "up",
        "x": {"label": say("Tenth of the test's scores, lowest first")},
    }
    heads = (say("Tenth"), say("Share of new customers"), say("In the test"))
    shares = tuple(zip(labels, found.spread, found.expected, strict=True))
    grid = Grid(heads, shares, formats=("text", "percent", "percent"))
    psi, low, high = (say.score(each) for each in (found.scores.psi, found.scores.low, found.scores.high))
    text = say(
        "The scores have a stability index of {psi} ({low} to {high}) against the test.", psi=psi, low=low, high=high
    )
    title, how = (
        say("Where new customers' scores lie"),
        say("Bars and dots at the same height: distributed as in the test."),
    )
    return [Prose(text, "says"), Chart("bars", title, how, data, grid)]


def _months(found: Monitoring, say: Text) -> list[Block]:
    """Draw the first metric of each check that had outcomes; a single one needs no chart."""
    looks = [each for each in found.history if finite(each.get("value"))]
    if len(looks) < 2:
        return []
    days = [str(each["at"])[:10] for each in looks]
    values, low, high = ([each.get(key) for each in looks] for key in ("value", "low", "high"))
    then = found.record.test.get(found.record.metric)
    data: JSON = {"labels": days, "values": values, "low": low, "high": high, "format": "score"}
    if then is not None:
        data["reference"] = {"value": then.value, "label": say("in the test: {score}", score=say.score(then.value))}
    name = label(found.record, found.record.metric)
    grid = Grid((say("Day"), name, say("Low"), say("High")), tuple(zip(days, values, low, high, strict=True)))
    title = say("{label} at each check", label=name)
    how = say("Each line is one run of custpred monitor with outcomes.")
    return [Chart("dots", title, how, data, grid)]
