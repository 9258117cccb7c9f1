"""Explanation of one customer: prediction, decision, contributions, and words in texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.events.assembly import CUTOFF
from custpred.explain.by_event import of_row
from custpred.explain.reasons import sentences
from custpred.explain.waterfall import MOST, UNATTRIBUTED
from custpred.explain.words import lines as word_lines
from custpred.inference.action_list import found
from custpred.inference.explanations import both
from custpred.inference.scored import decided, decision_labels
from custpred.text import money, number, part, plain, reads_zero, share_of_100

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from custpred.inference.predictor import Predictor
    from custpred.policy import Decisions
    from custpred.storage.plain import JSON


def explained(
    predictor: Predictor, key: str, data: Path | None = None, as_of: str | None = None, top: int = MOST
) -> JSON:
    """Return a customer's prediction, decision and reasons, from ``data`` or the run's own table.

    Parameters, result and errors as for ``card``.

    Raises
    ------
    DataError
        If the customer is unknown; the message lists similar ids.
    """
    everyone, place = found(predictor.intake, key, data, as_of)
    return card(predictor, everyone, place, key, top)


def card(predictor: Predictor, everyone: pd.DataFrame, place: int, key: str = "", top: int = MOST) -> JSON:
    """Return the prediction, decision and reasons of one row of ``everyone``; see ``cards``."""
    return cards(predictor, everyone, [place], [key], top)[0]


def cards(
    predictor: Predictor, everyone: pd.DataFrame, places: Sequence[int], keys: Sequence[str], top: int = MOST
) -> list[JSON]:
    """Return predictions, decisions and reasons of rows of ``everyone`` as plain data.

    The decisions take all customers of ``everyone`` into account.

    Parameters
    ----------
    top
        Number of contributions listed individually; 0: all.

    Returns
    -------
    list of dict
        As ``explain.waterfall.waterfall``, with ``key``, ``label`` (the class explained),
        ``decision``, ``words`` (``column``, ``word``, ``part``; word None: the rest) and
        ``unattributed``, the members without attributions, whose scores are part of the start.
    """
    frame, _ = predictor.conform(everyone.iloc[list(places)])
    task, names = predictor.task, [str(name) for name in frame.columns]
    why, by_word = both(predictor, frame)
    likeliest = predictor.predict(frame).argmax(axis=1) if task.kind == "multiclass" else np.ones(len(frame), dtype=int)
    decisions = _decisions(predictor, everyone, places)
    unattributed = [each.name for each in predictor.members if not each.model.has_attributions()]
    made: list[JSON] = []
    for row, (place, key) in enumerate(zip(places, keys, strict=True)):
        values = [_value(frame[name].iloc[row]) for name in frame.columns]
        own: JSON = {"key": plain(key.strip()), **of_row(why.iloc[row], names, values, task, top or len(names))}
        if task.labels:
            own["label"] = task.labels[int(likeliest[row])]
        found_words = by_word[row].astype(object)
        own |= {"unattributed": unattributed, "words": found_words.where(found_words.notna(), None).to_dict("records")}
        if predictor.intake.events:
            own["cutoff"] = str(everyone[CUTOFF].iloc[place])
        made.append({**own, "decision": decisions[row]})
    return made


def lines(own: JSON, say: Callable[..., str] = str.format) -> Iterator[str]:
    """Yield the explanation by line: score and decision, reasons by size, the rest, words of texts.

    Parameters
    ----------
    say
        Translates a template and fills it in.
    """
    unit = say(own["unit"]) if own["unit"] else ""
    shown, average = (share_of_100(own[name]) if unit else number(own[name]) for name in ("answer", "start"))
    at = say(", cutoff: {day}", day=own["cutoff"]) if "cutoff" in own else ""
    first = say("{key}: {shown} (average customer: {average})", key=own["key"], shown=shown, average=average)
    yield f"{first}{_decided(own['decision'], say)}{at}"
    named = [each for each in own["parts"] if not reads_zero(part(each["part"], unit))]
    others = own["others"] + len(own["parts"]) - len(named)
    columns, values = [each["column"] for each in named], [each["value"] for each in named]
    yield from sentences(columns, values, _sizes(named), most=len(named), unit=unit, say=say)
    if others:
        left = own["answer"] - own["start"] - sum(_sizes(named))
        text = "{n} others together: {amount}" if others > 1 else "{n} other: {amount}"
        yield say(text, n=others, amount=say("{n} points", n=part(left, unit)) if unit else part(left, unit))
    if own["unattributed"]:
        yield say(UNATTRIBUTED, names=", ".join(own["unattributed"]))
    for column in dict.fromkeys(each["column"] for each in own["words"]):
        *parts, rest = [each for each in own["words"] if each["column"] == column]
        yield from word_lines(column, [each["word"] for each in parts], _sizes(parts), rest["part"], unit, say)


def _sizes(parts: list[JSON]) -> np.ndarray:
    return np.array([each["part"] for each in parts], dtype=float)


def _value(value: object) -> object:
    """Return a cell as a JSON value; None if missing."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return str(value)[:10]
    return value.item() if isinstance(value, np.generic) else value if isinstance(value, int | float) else str(value)


def _decisions(predictor: Predictor, everyone: pd.DataFrame, places: Sequence[int]) -> list[JSON]:
    """Return the decisions on customers; with a capacity they depend on the whole round."""
    if alone := predictor.policy.alone(predictor.task):
        everyone, places = everyone.iloc[list(places)], range(len(places))
    frame, _ = predictor.conform(everyone)
    own, _ = decided(predictor, everyone, frame, predictor.predict(frame))
    return [_decision(predictor, own, place, 1 if alone else len(frame)) for place in places]


def _decision(predictor: Predictor, own: Decisions, place: int, of: int) -> JSON:
    """Return the decision on one customer of a round ``of`` several."""
    if own.code is None:
        return {}
    made: JSON = {"decision": plain(str(decision_labels(predictor.task, own.code).iloc[place]))}
    if own.rank is not None and of > 1:
        made |= {"rank": int(own.rank[place]), "of": of}
    if own.gain is not None:
        made |= {"gain": float(own.gain[place]), "currency": predictor.policy.business.currency}
    return made


def _decided(decision: JSON, say: Callable[..., str]) -> str:
    text = say(", decision: {decision}", decision=decision["decision"]) if decision else ""
    if "rank" in decision:
        text += say(", rank {rank} of {of}", rank=f"{decision['rank']:,}", of=f"{decision['of']:,}")
    if "gain" in decision:
        text += say(", expected gain {amount}", amount=money(decision["gain"], decision["currency"]))
    return text
