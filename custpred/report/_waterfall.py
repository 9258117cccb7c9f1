"""Explanation of one prediction: waterfall and reasons, for examples, cards, dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.explain.event_words import event
from custpred.report._blocks import Chart, Grid, Prose
from custpred.text import finite, share_of_100

if TYPE_CHECKING:
    from custpred.report._blocks import Block
    from custpred.report._text import Text
    from custpred.storage.plain import JSON

MOST_SENTENCES = 3
LEAST = 0.05
"""Smaller contributions, in percentage points, get no sentence."""


def card(found: JSON, title: str, say: Text) -> tuple[Block, ...]:
    """Return the reasons of one prediction in words, and its waterfall.

    Parameters
    ----------
    found
        Result of ``explain.waterfall.waterfall``.
    """
    lines = reasons(found, say)
    return (*(Prose(line) for line in lines), picture(found, title, say))


def reasons(found: JSON, say: Text, most: int = MOST_SENTENCES) -> list[str]:
    """Return the strongest contributions as sentences, in descending order.

    >>> from custpred.report._text import Text
    >>> part = {"column": "contract", "value": "monthly", "part": 11.2}
    >>> reasons({"parts": [part], "unit": "points"}, Text())
    ['contract is monthly: +11.2 points']
    """
    least = LEAST if found["unit"] else 0.0
    strong = [each for each in found["parts"] if finite(each["part"]) and abs(each["part"]) > least][:most]
    return [say("{what}: {part}", what=_cause(each, say), part=_signed(each["part"], found, say)) for each in strong]


def _cause(part: JSON, say: Text) -> str:
    """Return a column with its value, if that may be shown."""
    value = part["value"]
    of_event = event(part["column"], value, say)
    if of_event:
        return of_event
    if value == "":
        return str(part["column"])
    if value is None:
        return say("{column} is missing", column=part["column"])
    return say("{column} is {value}", column=part["column"], value=say.number(value, 4) if finite(value) else value)


def _signed(part: float, found: JSON, say: Text) -> str:
    if found["unit"]:
        return say("{n} points", n=say.decimal(part, signed=True))
    return say.signed(part)


def shown(value: float, found: JSON, say: Text) -> str:
    """Return a prediction as text."""
    return share_of_100(value) if found["unit"] else say.number(value)


def picture(found: JSON, title: str, say: Text) -> Chart:
    """Return the waterfall; its table has the same rows."""
    first, last = say("Average customer"), say("This customer")
    names = [_cause(each, say) for each in found["parts"]]
    parts = [each["part"] for each in found["parts"]]
    if found["others"]:
        names.append(say("{n} others together" if found["others"] > 1 else "1 other", n=found["others"]))
        parts.append(found["rest"])
    ends = (shown(found["start"], found, say), shown(found["answer"], found, say))
    notes = [ends[0], *(_signed(part, found, say) for part in parts), ends[1]]
    data = {
        "labels": [first, *names, last],
        "start": found["start"],
        "parts": parts,
        "answer": found["answer"],
        "notes": notes,
    }
    heads = (say("Reason"), say("Part"))
    grid = Grid(heads, tuple(zip(data["labels"], notes, strict=True)), formats=("text", "text"))
    text = say("Each bar begins where the one above it ends; + raises the prediction, \N{MINUS SIGN} lowers it.")
    return Chart("waterfall", title, text, data, grid)
