"""The choices that custpred made, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Grid, Group, Note, Prose
from custpred.report._text import Text
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Decision, Record
    from custpred.table import Finding

DECLINED = "declined"
"""The only choice of one word that is no value of the recipe."""


class Decisions(Section):
    """Every choice that the recipe left open, and what the steps learned or skipped."""

    title = "What custpred decided"
    order = 50
    readers = frozenset({"analyst", "operations", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return one line per choice with its reason, and the notes of the preparation steps."""
        say = Text.of(record)
        return [*choices(record.decisions, say), *_preparation(record, say)]


def choices(decisions: Sequence[Decision], say: Text) -> list[Block]:
    """Return one line per choice with its reason."""
    if not decisions:
        return [Prose(say("Nothing was left open: the recipe names every choice."), "says")]
    rows = tuple((_key(each.key, say), _choice(each.choice, say), say.message(each.reason)) for each in decisions)
    many = say.count(len(rows), "choice")
    return [
        Prose(
            say("The recipe left {many} to custpred; each was made from training customers only.", many=many), "says"
        ),
        Prose(say("To fix a choice, write it into the recipe; recipe.lock.yaml holds all of them."), "so"),
        Grid((say("Key"), say("Choice"), say("Reason")), rows),
    ]


def _key(key: str, say: Text) -> str:
    """Return a recipe's key as it is, and a column or another choice in words."""
    column = key.removeprefix("column ")
    if column != key:
        return say("column {name}", name=column)
    return say.message(key) if " " in key else key


def _choice(choice: str, say: Text) -> str:
    """Return a value of the recipe as it is, and another choice in words."""
    return choice if choice.isidentifier() and choice != DECLINED else say.message(choice)


def _preparation(record: Record, say: Text) -> list[Block]:
    if not record.preparation:
        return []
    notes = tuple(Note(_text(each, say), each.severity, each.code) for each in record.preparation)
    title = say("What the preparation learned or skipped ({n})", n=len(notes))
    return [Group(notes, "fold", title)] if len(notes) > 4 else [*notes]


def _text(note: Finding, say: Text) -> str:
    """Return the text of a note, with its column in front if it does not name it."""
    text = say.message(note.text)
    return text if not note.column or note.column in note.text else f"{note.column}: {text}"
