"""The rows of the leaderboard, and notes on models that did not finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Grid, Group, Note
from custpred.report._reading import interval, label

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.results.record import BoardRow, Record

MOST, OTHERS = 14, 3
GIVEN_UP = "pruned"


def named(row: BoardRow, say: Text) -> str:
    """Return a row's name, marked if it is a baseline."""
    return f"{row.name} ({say('baseline')})" if row.baseline else row.name


def table(record: Record, say: Text) -> Group:
    """Return the leaderboard, folded, with a few of the other metrics; no column is empty."""
    others = [key for key in record.metrics if any(key in row.others for row in record.leaderboard)][:OTHERS]
    rows = tuple(
        (
            row.rank,
            named(row, say),
            row.score.value if row.score else None,
            interval(say, row.score.low, row.score.high) if row.score else None,
            *(row.others.get(key) for key in others),
            say("tied with the first") if row.tied and row.rank > 1 else "",
            row.weight or None,
            row.fit_seconds or None,
            row.predict_seconds or None,
            say.message(row.status) if row.score is None else "",
        )
        for row in record.leaderboard
    )
    names = (
        "Rank",
        "Model",
        label(record, record.metric),
        "95% interval",
        *(label(record, key) for key in others),
        "Difference",
        "Share in blend",
        "Fit",
        "Predict 1,000",
        "Status",
    )
    scores = [say.places(row[place] for row in rows) for place in (2, *range(4, 4 + len(others)))]
    formats = ("count", "text", scores[0], "interval", *scores[1:], "text", "percent", "duration", "duration", "text")
    used = [place for place in range(len(names)) if any(row[place] not in {"", None} for row in rows)]
    heads = tuple(say(names[place]) for place in used)
    kept = tuple(tuple(row[place] for place in used) for row in rows)
    grid = Grid(heads, kept, formats=tuple(formats[place] for place in used))
    return Group((grid,), "fold", say("The whole leaderboard: {n}", n=say.count(len(rows), "line")))


def failed(record: Record, say: Text) -> list[Block]:
    """Return one note per model that did not finish, and one for all stopped early."""
    lost = [row for row in record.leaderboard if row.score is None and row.status != GIVEN_UP]
    given_up = sum(row.status == GIVEN_UP for row in record.leaderboard)
    notes = [
        Note(
            say(
                "{name} did not finish ({status}): {reason}",
                name=row.name,
                status=say.message(row.status),
                reason=say.message(row.reason) or say("no reason was given"),
            ),
            "warning",
        )
        for row in lost[:MOST]
    ]
    if len(lost) > MOST:
        notes.append(
            Note(say("{n} more models did not finish; the leaderboard names them.", n=len(lost) - MOST), "warning")
        )
    if given_up:
        text = "{n} of the search given up early, as too far behind the best to help: that saves time for others."
        notes.append(Note(say(text, n=say.count(given_up, "configuration"))))
    return [*notes]
