"""The action list with another capacity and filters; its columns are those of a scored file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.events.assembly import CUTOFF
from custpred.inference.action_list import REASONS
from custpred.inference.scored import Reporting, add_reasons, scores
from custpred.policy import Decisions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from custpred.dashboard._store import Store
    from custpred.inference.predictor import Predictor
    from custpred.task import Task


CHANCE, WHY = "probability of ", "reason "
"""Prefixes of a scored file's columns of probabilities and of reasons."""
MONEY = ("value", "expected gain")
"""A scored file's columns of amounts in the recipe's currency."""


def chosen(own: Decisions, task: Task, store: Store, *, all_customers: bool = False) -> np.ndarray:
    """Return the positions of the customers on the list, by rank or by highest probability."""
    if own.rank is not None:
        order = np.argsort(own.rank, kind="stable")
    else:
        score = store.predicted.max(axis=1) if store.predicted.ndim == 2 else store.predicted
        order = np.argsort(-score, kind="stable")
    if all_customers or own.code is None or task.kind == "multiclass":
        return order
    return np.asarray(order[own.code[order] == 1])


def filtered(frame: pd.DataFrame, wanted: Mapping[str, Sequence[str] | tuple[float, float]]) -> np.ndarray:
    """Return a mask of rows with one of the levels, or in the range, in every named column.

    >>> filtered(pd.DataFrame({"age": [20.0, 50.0]}), {"age": (30.0, 60.0)}).tolist()
    [False, True]
    """
    kept = np.ones(len(frame), dtype=bool)
    for name, values in wanted.items():
        column = frame[name]
        if isinstance(values, tuple):
            kept &= column.between(*values).to_numpy()
        elif values:
            kept &= column.astype(object).isin(list(values)).to_numpy()
    return kept


def table(
    store: Store, predictor: Predictor, own: Decisions, places: np.ndarray, say: Callable[..., str] = str.format
) -> pd.DataFrame:
    """Return customers with the columns of a scored file: id, rank, scores, decision, reasons.

    Parameters
    ----------
    say
        Translates templates of reasons.
    """
    some = Decisions(*(None if each is None else each[places] for each in (own.code, own.rank, own.value, own.gain)))
    made = pd.DataFrame(index=pd.RangeIndex(len(places)))
    made[store.facts["key"] or "row"] = store.ids[places]
    if store.facts["cutoff"]:
        made[CUTOFF] = store.facts["cutoff"]
    scores(made, predictor.task, np.asarray(store.predicted[places]), some)
    if len(places):
        add_reasons(made, predictor, store.rows(places), np.arange(len(places)), REASONS, Reporting(say=say))
    return made


def heading(name: str, say: Callable[..., str]) -> str:
    """Return the display name of a column; customer columns keep their names.

    >>> heading("probability of yes", str.format), heading("customer_id", str.format)
    ("Probability of 'yes'", 'customer_id')
    """
    known = {
        "rank": say("Rank"),
        "prediction": say("Prediction"),
        "value": say("Value of the customer"),
        "expected gain": say("Expected gain"),
        "decision": say("Decision"),
    }
    if name.startswith(CHANCE):
        return say("Probability of '{label}'", label=name.removeprefix(CHANCE))
    if name.startswith(WHY) and name.removeprefix(WHY).isdecimal():
        return say("Reason {n}", n=name.removeprefix(WHY))
    return known.get(name, name)
