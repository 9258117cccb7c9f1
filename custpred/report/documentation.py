"""Model card with the nine headings of the EU AI Act's technical documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.report._blocks import Absent, Grid, Group, Prose
from custpred.report._reading import findings, interval, label, members_of, of_customers
from custpred.report._text import Text
from custpred.report._words import target_name
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record, Score

    Rows = list[tuple[str, str]]

HEADINGS = (
    "1. General description",
    "2. Elements and development",
    "3. Monitoring, functioning and control",
    "4. Performance metrics",
    "5. Risk management",
    "6. Changes",
    "7. Standards",
    "8. Declaration of conformity",
    "9. Post-market monitoring",
)
"""Headings of Annex IV of Regulation (EU) 2024/1689, abridged."""
OPEN = (
    (
        "name and address of the provider",
        "who uses it, and the instructions they get",
        "where it runs, and with which other systems",
    ),
    ("how the data were collected, and on what legal basis", "who oversees it, and how", "protection against attacks"),
    ("who monitors it, and who may stop it", "foreseeable unintended outcomes"),
    ("why these metrics fit the purpose",),
    ("risks to health, safety and rights (Article 9)", "what is done about them, and the residual risk"),
    ("changes since the previous version: custpred compare",),
    ("applied standards, or alternative measures",),
    ("a copy of the EU declaration of conformity",),
    ("the post-market monitoring plan (Article 72): custpred monitor measures drift and scores",),
)
"""Open points for the owner, by heading."""
ABOUT = {"purpose": "Purpose", "goal": "What should improve", "owner": "Who is responsible"}


class Documentation(Section):
    """A model card in the order of Annex IV of the EU AI Act."""

    title = "Model card (EU AI Act, Annex IV)"
    order = 150
    readers = frozenset({"audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return the nine headings, with the facts of the run and the open points for the owner."""
        say = Text.of(record)
        if not record.metrics:
            return [Absent(say("No model was made."))]
        parts = [_part(place, record, say) for place in range(len(HEADINGS))]
        count = sum(len(_missing(place, record, say)) for place in range(len(HEADINGS)))
        says = say("The run fills what it knows; {n} are left for the owner.", n=say.count(count, "open point"))
        so = say("This is an aid, not legal advice: the owner decides whether the rules for high-risk systems apply.")
        return [Prose(says, "says"), Prose(so, "so"), *parts]


def _part(place: int, record: Record, say: Text) -> Block:
    rows = [*KNOWN[place](record, say), *((say("Open"), each) for each in _missing(place, record, say))]
    grid = Grid((say("About"), say("What is known")), tuple(rows), formats=("text", "text"))
    return Group((grid,), "fold", say(HEADINGS[place]))


def _missing(place: int, record: Record, say: Text) -> list[str]:
    """Return the open points for the owner: keys of the recipe, and sentences."""
    about = record.recipe.get("about") or {}
    own = [f"about: {key}" for key in ABOUT if not about.get(key)] if place == 0 else []
    return [*own, *(say(each) for each in OPEN[place])]


def _general(record: Record, say: Text) -> Rows:
    about = record.recipe.get("about") or {}
    rows = [(say(name), str(about[key])) for key, name in ABOUT.items() if about.get(key)]
    if about.get("not_for"):
        rows.append((say("Not to be used for"), say.listed(about["not_for"], 20)))
    rows.append((say("Predicted column"), f"{target_name(record, say)} ({say(record.task.kind)})"))
    return [*rows, (say("Version"), _version(record, say))]


def _version(record: Record, say: Text) -> str:
    known = [record.made[:10], say("run {id}", id=record.run_id) if record.run_id else ""]
    if "custpred" in record.versions:
        known.append(say("custpred {version}", version=record.versions["custpred"]))
    return ", ".join(each for each in known if each)


def _fillings(record: Record) -> list[str]:
    """Return the strategies for missing values that store customers, those of columns included."""
    named = record.lock.get("missing")
    own = named if isinstance(named, dict) else {"kind": named}
    every = [own, *(own.get("columns") or {}).values()]
    kinds = [each["kind"] if isinstance(each, dict) else each for each in every]
    return list(dict.fromkeys(kind for kind in kinds if kind and (found := Missing.known(kind)) and found.keeps_rows))


def _development(record: Record, say: Text) -> Rows:
    data = record.data
    members = members_of(record)
    kept = [row.name for row in members if (kind := Model.known(row.kind)) and kind.keeps_rows]
    kept += [f"missing: {kind}" for kind in _fillings(record)]
    sensitive = (record.recipe.get("privacy") or {}).get("sensitive") or ()
    rows = [
        (say("Used for training"), of_customers(data.train_rows, data.train_customers, say)),
        (say("Held out for the test"), of_customers(data.test_rows, data.test_customers, say)),
        (say("Models tried"), say("{n}, with baselines and blend", n=say.count(len(record.leaderboard)))),
        (say("Model"), say.listed([row.name for row in members], 6)),
        (say("Choices made from training customers"), say.count(len(record.decisions), "choice")),
        (say("Parts that hold training customers' values"), say.listed(kept, 6)),
        (say("Sensitive columns"), say.listed(sensitive, 20) if sensitive else say("none declared")),
    ]
    return [(name, text) for name, text in rows if text]


def _control(record: Record, say: Text) -> Rows:
    every = findings(record)
    count = {weight: sum(each.severity == weight for each in every) for weight in ("alarm", "warning")}
    words = {"alarms": say.count(count["alarm"], "alarm"), "warnings": say.count(count["warning"], "warning")}
    return [
        (say("Found in the data"), say("{alarms}, {warnings}", **words)),
        (say("Scoring"), say("new rows are compared with the data contract; drift is noted")),
    ]


def _metrics(record: Record, say: Text) -> Rows:
    scores = record.test or record.cv
    rows = [(label(record, key), _score(score, say)) for key, score in scores.items() if key in record.metrics]
    return [*rows, *((each.name, _required(each.wanted, met=each.met, say=say)) for each in record.requirements)]


def _score(score: Score, say: Text) -> str:
    ends = interval(say, score.low, score.high)
    text = say.score(score.value)
    return say("{score} (95% interval {interval})", score=text, interval=ends) if ends else text


def _required(wanted: str, *, met: bool, say: Text) -> str:
    return say("required {wanted}: met", wanted=wanted) if met else say("required {wanted}: missed", wanted=wanted)


def _risks(record: Record, say: Text) -> Rows:
    alarms = [say.message(each.text) for each in findings(record) if each.severity == "alarm"]
    return [(say("Alarm"), each) for each in alarms[:5]]


def _changes(record: Record, say: Text) -> Rows:
    return [(say("This version"), _version(record, say))]


def _nothing(record: Record, say: Text) -> Rows:
    return []


KNOWN: tuple[Callable[[Record, Text], Rows], ...] = (
    *(_general, _development, _control, _metrics, _risks, _changes),
    *(_nothing, _nothing, _nothing),
)
"""Facts of the run, by heading."""
