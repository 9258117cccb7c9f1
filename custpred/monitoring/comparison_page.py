"""A comparison in sentences and tables: blocks of pages, and lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.monitoring.differences import NOTHING
from custpred.report._blocks import Absent, Chart, Grid, Group, Heading, Note, Prose
from custpred.report._parts import Page, Part, present
from custpred.report._reading import inside, interval, label
from custpred.report._text import Text
from custpred.text import DASH, finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.monitoring.comparison import RunComparison
    from custpred.monitoring.differences import Change
    from custpred.monitoring.pairing import Mover, Paired
    from custpred.report._blocks import Block
    from custpred.results.record import Record, Requirement
    from custpred.storage.plain import JSON

MAX_SHIFTS = 12
DIGITS, FAR = 6, 0.25
"""Digits of a stability index, and the end of its axis: what has not moved is short."""


def page(found: RunComparison) -> Page:
    """Return the parts of the comparison page, in the language of the new run's report."""
    say = Text.of(found.new)
    parts = (
        ("choice", say("The verdict"), _verdict(found, say)),
        ("same", say("Scores on the same customers"), _scores(found, say)),
        ("tops", say("Customers ranked highest by each run"), _tops(found, say)),
        ("customers", say("Customers of both runs"), _data(found, say)),
        ("moved", say("Drift between the two"), _drift(found, say)),
        ("recipe", say("Differences between the recipes"), _recipe(found, say)),
    )
    same = found.old.name == found.new.name
    title = say("Two runs of {name}" if same else "{old} and {new}", **_titles(found))
    made = say("old: {old}; new: {new}", old=_named(found.old), new=_named(found.new))
    theme = str((found.new.recipe.get("report") or {}).get("theme", "auto"))
    own = (Part(kind, name, (), tuple(blocks)) for kind, name, blocks in parts)
    return Page(title, made, say, theme, present(own, say))


def lines(found: RunComparison) -> Iterator[str]:
    """Yield the comparison for a terminal: the verdict, then a line per metric and difference."""
    say = Text.of(found.new)
    yield sentence(found)
    if ahead := _ahead(found, say):
        yield ahead
    for each in found.scores:
        words = _words(each, say)
        yield say("{label}: old {old}, new {new}; lead of the new run {lead} (95% interval {between})", **words)
    if found.top:
        yield _overlap(found, say)
    for shift in found.shifts[:3]:
        if shift.moved:
            yield say("{column} moved: stability index {psi}", column=shift.column, psi=say.score(shift.psi))
    for change in (*found.recipe, *found.columns):
        yield f"{change.name}: {change.old} -> {change.new}"


def sentence(found: RunComparison) -> str:
    """Return the verdict as a sentence, with the numbers that support it."""
    say = Text.of(found.new)
    if found.refused:
        return say("Keep the old run: the new one must not be used: {why}.", why="; ".join(found.refused[:3]))
    if not found.rows:
        lost = say("Cannot tell: in the new rows the old run cannot read {names}.", names=say.listed(found.lost))
        none = say("Cannot tell: no held-out customer is in both runs, so their scores are of different customers.")
        return lost if found.lost else none
    if not found.scores:
        return say("Cannot tell: no metric of the old run is defined on the {n} shared rows.", n=say.count(found.rows))
    words = {**_words(found.scores[0], say), "n": say.count(found.rows, "held-out customer")}
    words["label"] = inside(words["label"])
    if found.verdict == "take the new":
        return say("Take the new run: on {n} of both runs it is better, {label} {new} after {old} {by}.", **words)
    if found.verdict == "keep the old":
        return say(
            "Keep the old run: on {n} of both runs the new one is worse, {label} {new} after {old} {by}.", **words
        )
    return say("Cannot tell: on {n} of both runs {label} is {new} after {old}, within chance {by}.", **words)


def _words(each: Paired, say: Text) -> dict[str, str]:
    lead, between = say.score(each.lead.value), interval(say, each.lead.low, each.lead.high)
    by = say("(lead of the new run {lead}, 95% interval {between})", lead=lead, between=between) if between else ""
    old, new = say.score(each.old), say.score(each.new)
    return {"label": say.message(each.label), "old": old, "new": new, "lead": lead, "between": between, "by": by}


def _named(record: Record) -> str:
    return " ".join(part for part in (record.name, record.made[:10], record.run_id) if part)


def _titles(found: RunComparison) -> dict[str, str]:
    return {"name": found.new.name, "old": found.old.name, "new": found.new.name}


def _verdict(found: RunComparison, say: Text) -> list[Block]:
    blocks: list[Block] = [Prose(sentence(found), "headline"), Prose(_advice(found, say), "so")]
    if ahead := _ahead(found, say):
        blocks.append(Note(ahead, "warning"))
    return [*blocks, *requirement_grid(found.requirements, say)]


def _ahead(found: RunComparison, say: Text) -> str:
    """Return that the comparison favours the old run; empty if it does not."""
    if found.ahead is None or not found.rows:
        return ""
    return say(
        "The old run learned outcomes up to {learned}, and those of the new test begin on {starts}: the comparison"
        " favours the old run.",
        **vars(found.ahead),
    )


def requirement_grid(found: Sequence[Requirement], say: Text) -> Iterator[Block]:
    """Yield the table of requirements, if there are any."""
    if found:
        heads = say("Requirement"), say("Required"), say("Found"), say("Result")
        rows = ((e.name, e.wanted, e.found, say("met") if e.met else say("missed")) for e in found)
        yield Grid(heads, tuple(rows), formats=("text", "text", "number", "text"))


def _advice(found: RunComparison, say: Text) -> str:
    if found.verdict == "take the new":
        return say("The difference is larger than chance explains, and the new run's own page is not red.")
    if found.verdict == "keep the old":
        return say("Before another run, check below what changed in the recipe and in the customers.")
    return say("Keep the old run until more customers settle it, unless the new one is cheaper or newer.")


def _scores(found: RunComparison, say: Text) -> list[Block]:
    own = _own_scores(found, say)
    if not found.scores:
        text = say("No held-out customer is in both runs: each run's scores are of its own test customers.")
        return [Note(text, "warning"), own]
    every = found.scores
    heads = (say("Metric"), say("Old"), say("New"), say("Lead of the new run"), say("Low"), say("High"))
    rows = tuple((say.message(e.label), e.old, e.new, e.lead.value, e.lead.low, e.lead.high) for e in every)
    grid = Grid(heads, rows, formats=("text", *("score",) * 5))
    text = say(
        "Both runs predicted {n} without training on them. An interval that contains 0 is a tie; above 0 the new"
        " run is better, even for metrics where lower is better.",
        n=say.count(found.rows, "customer"),
    )
    alike = say("Share of equal predictions") if found.old.task.kind == "multiclass" else say("Rank correlation")
    says = say("{what} of both runs: {value}.", what=alike, value=say.number(found.agreement))
    return [Prose(text, "says"), _leads(every, say), grid, Prose(says), own]


def _leads(every: Sequence[Paired], say: Text) -> Chart:
    """Draw the lead in the first metric and in all metrics of a similar scale."""
    shown = [each for each in every if finite(each.lead.low) and abs(each.lead.value) <= 1]
    data: JSON = {
        "labels": [say.message(each.label) for each in shown],
        "values": [each.lead.value for each in shown],
        "low": [each.lead.low for each in shown],
        "high": [each.lead.high for each in shown],
        "format": "score",
        "reference": {"value": 0.0, "label": say("no difference")},
    }
    rows = tuple((say.message(each.label), each.lead.value, each.lead.low, each.lead.high) for each in shown)
    heads = (say("Metric"), say("Lead of the new run"), say("Low"), say("High"))
    title, text = say("How much better the new run is"), say("Dots right of the line: the new run is better.")
    return Chart("dots", title, text, data, Grid(heads, rows, formats=("text", *("score",) * 3)))


def _own_scores(found: RunComparison, say: Text) -> Group:
    """Return each run's scores on its own test rows, collapsed, as customers differ."""
    names = dict.fromkeys((*found.old.test, *found.new.test))
    rows = tuple(
        (label(found.new, n) or label(found.old, n), _of(found.old, n, say), _of(found.new, n, say)) for n in names
    )
    grid = Grid((say("Metric"), say("Old"), say("New")), rows, formats=("text", "text", "text"))
    return Group((grid,), "fold", say("Scores of each run on its own test customers"))


def _of(record: Record, name: str, say: Text) -> str:
    score = record.test.get(name)
    if score is None:
        return say.cell(None)
    between = interval(say, score.low, score.high)
    return f"{say.score(score.value)} ({between})" if between else say.score(score.value)


def _overlap(found: RunComparison, say: Text) -> str:
    assert found.top is not None
    words = {"size": say.count(found.top.size, "customer"), "share": say.percent(found.top.overlap)}
    return say("Of the {size} in the old run's top tenth the new run has {share} in its own.", **words)


def _tops(found: RunComparison, say: Text) -> list[Block]:
    top = found.top
    if top is None:
        return [Absent(say("The runs share too few held-out customers, or the target has several classes."))]
    blocks: list[Block] = [Prose(_overlap(found, say), "says")]
    for title, movers in ((say("Customers who moved in"), top.entered), (say("Customers who moved out"), top.left)):
        if movers:
            blocks += [Heading(title), _movers(movers, say)]
    if top.entered:
        text = say("Customers are named by a hash of their id; ranks are among the shared held-out customers.")
        blocks.append(Prose(text, "so"))
    return blocks


def _movers(movers: Sequence[Mover], say: Text) -> Grid:
    rows = tuple((each.customer, each.old_rank, each.new_rank) for each in movers)
    heads = (say("Customer (hash)"), say("Rank in the old run"), say("Rank in the new run"))
    return Grid(heads, rows, formats=("text", "count", "count"))


def _data(found: RunComparison, say: Text) -> list[Block]:
    old, new = found.old.data, found.new.data
    text = say("Both runs saw the same table, value by value.") if found.same_customers else ""
    text = text or say("The tables of the two runs differ.")
    rows = [
        (say("Rows"), say.count(old.rows), say.count(new.rows)),
        (say("Training rows"), say.count(old.train_rows), say.count(new.train_rows)),
        (say("Test rows"), say.count(old.test_rows), say.count(new.test_rows)),
        (say("Columns"), say.count(old.columns), say.count(new.columns)),
        (say("Made"), found.old.made[:16].replace("T", " "), found.new.made[:16].replace("T", " ")),
    ]
    rows += [
        (say("Share of '{label}'", label=name), say.percent(share), say.percent(new.shares.get(name)))
        for name, share in list(old.shares.items())[:12]
    ]
    if old.target and new.target:
        rows.append((say("Mean of the target"), say.number(old.target["mean"]), say.number(new.target["mean"])))
    grid = Grid((say("About"), say("Old"), say("New")), tuple(rows), formats=("text", "text", "text"))
    blocks: list[Block] = [Prose(text, "says"), grid]
    if found.columns:
        kinds = tuple((each.name, say(_value(each.old)), say(_value(each.new))) for each in found.columns)
        differ = Grid((say("Column"), say("Old"), say("New")), kinds, formats=("text", "text", "text"))
        blocks += [Heading(say("Columns that differ")), differ]
    return blocks


def _drift(found: RunComparison, say: Text) -> list[Block]:
    moved = [each for each in found.shifts if each.moved]
    if not found.shifts:
        return [Absent(say("No column could be compared."))]
    names = say.listed([each.column for each in moved])
    text = say("The training customers of the new run differ in {names}.", names=names) if moved else ""
    shown = found.shifts[:MAX_SHIFTS]
    values = [round(each.psi, DIGITS) for each in shown]
    data: JSON = {"labels": [each.column for each in shown], "values": values, "format": "score"}
    data["top"] = max(FAR, *values)
    rows = tuple((each.column, psi, each.noise) for each, psi in zip(shown, values, strict=True))
    grid = Grid(
        (say("Column"), say("Stability index (PSI)"), say("By chance")), rows, formats=("text", "score", "score")
    )
    title, how = say("Stability index of each column"), say("Above 0.1 a column has moved, above 0.25 far.")
    blocks: list[Block] = [
        Prose(text or say("No column of the training customers moved beyond chance."), "says"),
        Chart("bars", title, how, data, grid),
    ]
    if any(each.far for each in moved):
        text = say("Some columns moved far: the old model scores customers unlike those it was trained on.")
        blocks.append(Prose(text, "so"))
    return blocks


def _recipe(found: RunComparison, say: Text) -> list[Block]:
    if not (found.recipe or found.chosen):
        return [Prose(say("The recipes are the same, and so are the choices of auto."), "says")]
    blocks: list[Block] = []
    if found.recipe:
        blocks.append(_changes(found.recipe, say))
    else:
        blocks.append(Prose(say("The recipes are the same."), "says"))
    if found.chosen:
        blocks.append(Group((_changes(found.chosen, say),), "fold", say("What auto chose differently")))
    return blocks


def _changes(every: Sequence[Change], say: Text) -> Grid:
    rows = tuple((each.name, _value(each.old), _value(each.new)) for each in every)
    return Grid((say("Key"), say("Old"), say("New")), rows, formats=("text", "text", "text"))


def _value(text: str) -> str:
    """Return a value, a long dash if a run has none."""
    return DASH if text == NOTHING else text
