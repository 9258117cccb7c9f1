"""Scored customers as one table: rank, prediction, value, expected gain, decision, reasons."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.sequence import is_step
from custpred.errors import DataError
from custpred.explain.by_event import of_customer
from custpred.explain.reasons import sentences
from custpred.inference.explanations import ENDS, reasons
from custpred.source._typing.conform import conform
from custpred.table import Column, Finding
from custpred.text import plain, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.inference.predictor import Predictor
    from custpred.policy import Decisions
    from custpred.results.progress import Callback
    from custpred.task import Task

OURS = "custpred"
CHOSEN, ALL = "chosen", "all"
"""Customers that get reasons: those selected by the policy, or all."""
EXACT, FOLDS, CHUNK = 500, 1, 10_000
"""Top customers explained with all folds; number of folds for the others; rows per chunk."""


def silent(event: str, what: object) -> None:
    """Ignore the event."""


@dataclass(frozen=True)
class Reporting:
    """Progress callback of reasons, and the function that translates and fills a template."""

    callback: Callback = silent
    say: Callable[..., str] = str.format


QUIET = Reporting()


def decided(
    predictor: Predictor, new: object, frame: pd.DataFrame, predicted: np.ndarray
) -> tuple[Decisions, tuple[Finding, ...]]:
    """Return the policy's decisions on new customers as one round, and notes on their values.

    Parameters
    ----------
    new
        The original customers, which may contain the value column, as models do not need it.
    frame
        The same customers, converted to the contract.
    predicted
        Their probabilities or predicted values.

    Raises
    ------
    DataError
        CP2102 if the value column is missing.
    """
    amounts, notes = amounts_of(predictor, new, frame)
    return predictor.policy.decide(predictor.task, predicted, amounts), notes


def amounts_of(predictor: Predictor, new: object, frame: pd.DataFrame) -> tuple[np.ndarray | None, tuple[Finding, ...]]:
    """Return the numbers of the value column, nan if missing, and notes on them.

    None if the policy needs no such column; parameters and errors as for ``decided``.
    """
    name = predictor.policy.column(predictor.task)
    if name is None:
        return None, ()
    if name not in frame.columns:
        frame, _ = conform(new, (Column(name, "number"),), missing=predictor.missing)
    amounts = frame[name].to_numpy(dtype=float, na_value=np.nan)
    missing = int((~np.isfinite(amounts)).sum())
    return amounts, value_missing(name, missing, len(frame))


def value_missing(name: str, missing: int, rows: int) -> tuple[Finding, ...]:
    """Return the note on customers without a value, if there are any."""
    text = f"The value in {name!r} is missing for {plural(missing, 'customer')} of {rows:,}, and counts as 0."
    return (Finding("D180", "warning", text, name, {"missing": missing, "customers": rows}),) if missing else ()


def scores(table: pd.DataFrame, task: Task, predicted: np.ndarray, own: Decisions) -> str | None:
    """Add rank, prediction, value, gain and decision; return the decision column's name.

    Existing names, such as the key's, are kept; new columns get a suffix on conflict.
    """
    if own.rank is not None:
        table[free(table, "rank")] = own.rank
    if task.kind == "regression":
        table[free(table, "prediction")] = predicted
    for place, label in enumerate(task.labels):
        table[free(table, f"probability of {label}")] = predicted[:, place]
    if own.gain is not None:
        table[free(table, "value")] = own.value
        table[free(table, "expected gain")] = own.gain
    if own.code is None:
        return None
    name = free(table, "decision")
    table[name] = decision_labels(task, own.code).array
    return name


def decision_labels(task: Task, code: np.ndarray) -> pd.Series:
    """Return decisions as labels in the target's own type; for amounts ``yes`` and ``no``."""
    if task.kind == "regression":
        return pd.Series(np.array(["no", "yes"], dtype=object)[code], dtype=object)
    return task.predictions(code, pd.RangeIndex(len(code)))


def free(table: pd.DataFrame, name: str) -> str:
    """Return a name for a new column that the table does not have yet."""
    place, own = 1, name
    while own in table.columns:
        own = f"{name} ({OURS})" if place == 1 else f"{name} ({OURS} {place})"
        place += 1
    return own


def explained(task: Task, own: Decisions, whom: str, rows: int) -> np.ndarray:
    """Return the positions of the customers that get reasons, by rank.

    Raises
    ------
    DataError
        CP2409 if ``whom`` is neither 'chosen' nor 'all'.
    """
    if whom not in {CHOSEN, ALL}:
        raise unknown_reasons(whom)
    order = np.arange(rows) if own.rank is None else np.argsort(own.rank, kind="stable")
    if whom == ALL or task.kind == "multiclass" or own.code is None:
        return order
    return np.asarray(order[own.code[order] == 1])


def unknown_reasons(text: str) -> DataError:
    """Return the error for an invalid choice of reasons."""
    return DataError(
        f"Expected 'chosen', 'all', 'none' or a number from 0 to 10 for the reasons, got {plain(text)!r}.",
        code="CP2409",
        remedy="Use chosen for the selected customers, all for every customer, none for no reasons.",
    )


def add_reasons(
    table: pd.DataFrame,
    predictor: Predictor,
    frame: pd.DataFrame,
    rows: np.ndarray,
    count: int,
    reporting: Reporting = QUIET,
) -> None:
    """Add the strongest reasons of some rows as ``reason 1``, ``reason 2``, ...; others are empty.

    The first ``EXACT`` rows use the models of all folds, the others only the first fold's: with
    five folds, a fifth of the time.
    """
    places = min(count, len(frame.columns))
    texts = np.full((len(frame), places), "", dtype=object)
    ends = [0, *range(EXACT, len(rows), CHUNK), len(rows)] if len(rows) else []
    for start, stop in pairwise(ends):
        if len(rows) > EXACT:
            reporting.callback("stage", f"reasons of {stop:,} of {len(rows):,} customers")
        some = rows[start:stop]
        own = frame.iloc[some].reset_index(drop=True)
        why = reasons(predictor, own, None if start == 0 else FOLDS)
        unit = "" if predictor.task.kind == "regression" else reporting.say("points")
        for row, each in zip(some, _sentences(why, own, places, unit, reporting.say), strict=True):
            texts[row, : len(each)] = each
    for place in range(places):
        table[free(table, f"reason {place + 1}")] = texts[:, place]


def _sentences(
    why: pd.DataFrame, frame: pd.DataFrame, count: int, unit: str, say: Callable[..., str]
) -> list[tuple[str, ...]]:
    names = [str(name) for name in frame.columns]
    shares = why.iloc[:, len(ENDS) :].to_numpy()
    if any(map(is_step, names)):
        rows = zip(frame.astype(object).where(frame.notna(), None).to_numpy(), shares, strict=True)
        return [sentences(*of_customer(names, row, part), most=count, unit=unit, say=say) for row, part in rows]
    order = np.argsort(-np.abs(shares), axis=1)[:, :count]
    cells = [frame[name].astype(object).to_numpy() for name in names]
    return [
        sentences([names[j] for j in row], [cells[j][i] for j in row], shares[i, row], most=count, unit=unit, say=say)
        for i, row in enumerate(order)
    ]
