"""Attributions of sequence columns summed by event; the newest is event 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sequence import CODED, is_step, parsed, step_name
from custpred.explain.event_words import EVENT
from custpred.explain.waterfall import MOST, waterfall
from custpred.text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from custpred.storage.plain import JSON
    from custpred.task import Task


def by_event(names: Sequence[str], parts: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Sum the attributions of a step's columns into one, ``event@-k``; others stay as they are.

    Parameters
    ----------
    parts : ndarray of shape (..., n_columns)

    Returns
    -------
    tuple
        Names, in order of first occurrence, and sums of shape (..., n_names).

    Examples
    --------
    >>> names = ["age", "amount@-0", "days@-0", "amount@-1"]
    >>> names, parts = by_event(names, np.array([1.0, 2.0, 0.5, 4.0]))
    >>> names, parts.tolist()
    (('age', 'event@-0', 'event@-1'), [1.0, 2.5, 4.0])
    """
    if not any(map(is_step, names)):
        return tuple(names), parts
    own = [name if (step := parsed(name)) is None else step_name(EVENT, step[1]) for name in names]
    made = tuple(dict.fromkeys(own))
    place = {name: i for i, name in enumerate(made)}
    mixing = np.zeros((len(own), len(made)))
    mixing[np.arange(len(own)), [place[name] for name in own]] = 1.0
    return made, parts @ mixing


def of_customer(
    names: Sequence[str], values: Sequence[object], parts: np.ndarray
) -> tuple[list[str], list[object], np.ndarray]:
    """Return the names, values and attributions of one customer by event.

    An event's value lists its known columns.  Events that do not exist are summed into the first of
    them, with value None.

    >>> names = ["amount@-0", "amount@-1", "amount@-2"]
    >>> of_customer(names, [9.5, None, None], np.array([2.0, 0.5, 0.25]))
    (['event@-0', 'event@-1'], ['amount 9.5', None], array([2.  , 0.75]))
    """
    made, summed = by_event(names, parts)
    if not any(map(is_step, names)):
        return list(made), list(values), summed
    known: dict[str, object] = {}
    for name, value in zip(names, values, strict=True):
        step = parsed(name)
        if step is None:
            known[name] = value
            continue
        event = step_name(EVENT, step[1])
        known[event] = _joined(known.get(event), step[0].removesuffix(CODED), value)
    gone = sorted((name for name in made if parsed(name) and known[name] is None), key=lambda name: parsed(name) or "")
    kept = [i for i, name in enumerate(made) if name not in gone[1:]]
    summed = summed.copy()
    for name in gone[1:]:
        summed[made.index(gone[0])] += summed[made.index(name)]
    return [made[i] for i in kept], [known[made[i]] for i in kept], summed[kept]


def _joined(before: object, stem: str, value: object) -> object:
    """Return the text on an event with one value added: None is missing, "" is withheld."""
    if value is None:
        return before
    text = "" if value == "" else f"{stem} {number(value, 4) if isinstance(value, int | float) else value}"
    return ", ".join(each for each in (str(before or ""), text) if each)


def of_row(why: pd.Series, names: Sequence[str], values: Sequence[object], task: Task, most: int = MOST) -> JSON:
    """Return the waterfall of a row of reasons: start, prediction, attribution of each name.

    Sequences are summed by event.
    """
    names, values, parts = of_customer(names, values, why.iloc[2:].to_numpy(dtype=float))
    unit = "" if task.kind == "regression" else "points"
    return waterfall(names, values, parts, (why.iloc[0], why.iloc[1]), unit, most)
