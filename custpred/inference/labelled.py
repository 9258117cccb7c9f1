"""New rows with known outcomes: read like the model's input, labels encoded as in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.contract import Expected, Intake
from custpred.columns.spelling import truth_pair
from custpred.errors import DataError
from custpred.events.cutoffs import Cutoffs
from custpred.inference.at_cutoff import day, with_events
from custpred.inference.incoming import Batch, batch
from custpred.recipe.keys import Recipe
from custpred.recipe.question import ask
from custpred.source._typing.conform import conform
from custpred.table import Column, Finding
from custpred.task import OTHER
from custpred.text import listed, plural

if TYPE_CHECKING:
    from custpred.inference.predictor import Predictor

SHOWN = 5
_TOO_SHORT = {"CP2220", "CP2221"}
"""Codes of errors of events that end before the labels of a cutoff are known."""


def labelled(predictor: Predictor, new: object, as_of: str | None = None) -> tuple[Batch, np.ndarray, list[Finding]]:
    """Return rows with known outcomes, labels in the model's codes (or amounts), and notes.

    Parameters
    ----------
    new
        Customers with the target column, as a path or a frame.  If the target is made of events:
        events up to the end of the horizon.
    as_of
        With events: the cutoff.  None: the latest with a known outcome.

    Raises
    ------
    DataError
        CP2102 without the target column; CP2413 if a label is unknown, or no outcome is known;
        with events, CP2230 if ``as_of`` is no day, CP2220 and CP2221 if they end too early.
    """
    if predictor.intake.events:
        return _of_events(predictor, new, as_of)
    rows, task = batch(predictor, new), predictor.task
    kind = "number" if task.kind == "regression" else "category"
    contract = Expected(task.target, kind, len(rows), 0.0, levels=task.labels, truth=truth_pair(task.labels))
    column = Column(task.target, kind)  # type: ignore[arg-type]
    read, _ = conform(rows.new, (column,), missing=predictor.missing, intake=Intake((contract,)))
    values = read[task.target]
    truth = values.to_numpy(dtype=float) if kind == "number" else _codes(predictor, values)
    known = np.flatnonzero(np.isfinite(truth) & (truth >= 0) if task.labels else np.isfinite(truth))
    return _known(rows, truth, known, task.target)


def _codes(predictor: Predictor, values: pd.Series) -> np.ndarray:
    """Return the model's class codes, -1 where there is no value."""
    task = predictor.task
    place = {label: code for code, label in enumerate(task.labels)}
    levels = [str(level) for level in values.cat.categories]
    codes = values.cat.codes.to_numpy()
    odd = [level for i, level in enumerate(levels) if level not in place and (codes == i).any()]
    if odd and OTHER not in place:
        raise DataError(
            f"The target {task.target!r} has labels that the model does not know: {listed(map(repr, odd), SHOWN)}.",
            code="CP2413",
            column=task.target,
            remedy=f"Correct or remove these rows; the model knows {listed(map(repr, task.labels), 20)}.",
        )
    table = np.array([*(place.get(level, place.get(OTHER, -1)) for level in levels), -1])
    return np.asarray(table[codes])


def _known(rows: Batch, truth: np.ndarray, known: np.ndarray, target: str) -> tuple[Batch, np.ndarray, list[Finding]]:
    """Return the rows with known outcomes, and a note about the others."""
    if not len(known):
        raise DataError(
            f"No row has an outcome: the target {target!r} is empty.",
            code="CP2413",
            column=target,
            remedy="Pass rows with known outcomes.",
        )
    own = truth[known] if np.issubdtype(truth.dtype, np.floating) else truth[known].astype(np.int64)
    if len(known) == len(truth):
        return rows, own, []
    text = f"{plural(len(truth) - len(known), 'row')} of {len(truth):,} have no known outcome yet and were left out."
    return rows.take(known), own, [Finding("D169", "info", text, target, {"rows": len(known)})]


def _of_events(predictor: Predictor, new: object, as_of: str | None) -> tuple[Batch, np.ndarray, list[Finding]]:
    """Gather the customers at a cutoff whose horizon is over, with their outcomes."""
    recipe = with_events(Recipe.model_validate(predictor.intake.recipe), new)
    cutoffs = Cutoffs.model_validate({"at": [day(as_of).date()]} if as_of else {"count": 1})
    try:
        found = ask(recipe.model_copy(update={"cutoffs": cutoffs}), learned=False)
    except DataError as error:
        if error.code in _TOO_SHORT:  # the recipe, which the remedy would change, is that of the run
            error.remedy = "Pass later events, or an earlier cutoff: --as-of on the command line, as_of in Python."
        raise
    frame, converted = predictor.conform(found.table.frame)
    rows = Batch(predictor, found.table.frame, frame, found.table.findings, tuple(converted))
    if not predictor.task.labels:
        return rows, found.truth, []
    levels = pd.Categorical.from_codes(found.truth, categories=list(found.task.labels))
    truth = _codes(predictor, pd.Series(levels))
    return _known(rows, truth, np.arange(len(truth)), predictor.task.target)
