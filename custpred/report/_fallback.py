"""Explanation of runs with only a baseline, for the page, the command line and Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.text import plain

if TYPE_CHECKING:
    from custpred.report._text import Text
    from custpred.results.record import BoardRow, Record

SLOW = frozenset({"timeout", "pruned"})


def fallback(record: Record, say: Text) -> str | None:
    """Return one sentence without a full stop; None if there is a model."""
    row = record.fallback
    if row is None:
        return None
    why, remedy = _why(record, say)
    return say("no model was kept, only the baseline {name}: {why}; {remedy}", name=row.name, why=why, remedy=remedy)


def _why(record: Record, say: Text) -> tuple[str, str]:
    models = [row for row in record.leaderboard if not row.baseline and row.kind != "blend"]
    if models:
        worst = next((row for row in models if row.status not in SLOW), models[0])
        return _failed(models, worst, say), _remedy(worst, say)
    if _requested(record) <= {row.kind for row in record.leaderboard if row.baseline}:
        return say("the recipe names no other model"), say("name one that learns, such as logistic, or 'models: auto'")
    return say("no model of the recipe finished in time"), say("give a larger budget")


def _requested(record: Record) -> set[str]:
    models = record.lock.get("models") or record.recipe.get("models") or "auto"
    return {str(each.get("kind")) for each in models} if isinstance(models, list | tuple) else {str(models)}


def _failed(models: list[BoardRow], worst: BoardRow, say: Text) -> str:
    reason = say.message(plain(worst.reason, 200)).rstrip(".") or say("no reason was given")
    words = {"name": worst.name, "status": say.message(worst.status), "reason": reason}
    if len({row.kind for row in models}) == 1:
        return say("{name} did not finish ({status}): {reason}", **words)
    return say("none of {n} models finished; {name} ({status}): {reason}", n=len(models), **words)


def _remedy(worst: BoardRow, say: Text) -> str:
    if worst.status in SLOW:
        return say("give a larger budget")
    if worst.status == "memory":
        return say("give more memory, or a lighter model such as logistic")
    return say("fix that, or name another model such as logistic")
