"""Evaluation of a finished run on later outcomes: scores next to those of the test."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.evaluate._run import measure_all
from custpred.evaluate.base import Evidence
from custpred.inference.labelled import labelled
from custpred.metrics._keys import metric_keys
from custpred.metrics.base import Metric
from custpred.report._later import page
from custpred.report._page import excerpt
from custpred.report._plots import Plots
from custpred.report._saved import saved
from custpred.results.held_out import HeldOut
from custpred.results.record import score_of
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import named_frame
from custpred.storage.plain import finite
from custpred.table import Column, Finding, Table
from custpred.target._weights import left_out, weights_of
from custpred.task import Predictions
from custpred.text import plural, score_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from custpred.inference.incoming import Batch
    from custpred.inference.predictor import Predictor
    from custpred.report._parts import Page
    from custpred.results.record import Record
    from custpred.storage.plain import JSON
    from custpred.table import Kind


SEEN = "D170"
"""Code of the warning that the model learned from some of the rows."""


@dataclass(frozen=True)
class Evaluation:
    """Scores on later outcomes.

    Parameters
    ----------
    record
        The run's record, with the numbers of these rows in place of the test rows'.
    before
        The unchanged record of the run.
    predictions
        Labels and predictions of these rows.
    notes
        Findings about the rows.
    """

    record: Record = field(repr=False)
    before: Record = field(repr=False)
    predictions: Predictions = field(repr=False)
    notes: tuple[Finding, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.predictions)

    def __repr__(self) -> str:
        first = next(iter(self.record.test), "")
        score = f"{first} {score_text(self.record.test[first].value)}, " if first else ""
        seen = "".join(f"; {note.text}" for note in self.notes if note.code == SEEN)
        return f"Evaluation({self.record.name!r}: {score}{plural(len(self), 'row')}{seen})"

    def scores(self) -> pd.DataFrame:
        """Return ``metric``, ``value``, ``low``, ``high`` on these rows, and ``test``."""
        rows = []
        for name, score in self.record.test.items():
            then = self.before.test.get(name)
            own = {"metric": name, "value": score.value, "low": score.low, "high": score.high}
            rows.append({**own, "test": then.value if then else None})
        return pd.DataFrame(rows)

    @property
    def plot(self) -> Plots:
        """Return the plots of these rows."""
        return Plots(self.record)

    def report(self, path: str | Path) -> Path:
        """Write the evaluation as HTML, Markdown (``.md``) or JSON (``.json``)."""
        return saved(path, self._page(), {"scores": finite(self.scores().to_dict("records")), "rows": len(self)})

    def _page(self) -> Page:
        return page(self.record, self.before, len(self), self.notes)

    def _repr_html_(self) -> str:
        return excerpt(self._page())


def evaluate(
    record: Record, predictor: Predictor, new: object, as_of: str | None = None, folder: Path | None = None
) -> Evaluation:
    """Score a model on rows with known outcomes; ``new`` as for ``inference.labelled.labelled``.

    Parameters
    ----------
    folder
        The run's folder, whose hashes tell rows that the model learned from.
    """
    rows, truth, notes = labelled(predictor, new, as_of)
    rows, truth, weight, more = _weighted(rows, truth)
    notes = [*notes, *more, *_flattered(record, rows.frame, truth, folder)]
    predictions = Predictions(predictor.task, truth, predictor.predict(rows.frame), weight)
    found = replace(
        measured(record, predictor, rows, predictions), made=datetime.now(UTC).isoformat(timespec="seconds")
    )
    return Evaluation(found, record, predictions, (*rows.notes, *notes))


def _weighted(rows: Batch, truth: np.ndarray) -> tuple[Batch, np.ndarray, np.ndarray | None, list[Finding]]:
    """Return the rows with weights, None for equal ones, as in training; notes on weights.

    Raises
    ------
    DataError
        CP2213 if a weight is missing, negative or infinite, or all are 0.
    """
    name = rows.predictor.intake.recipe.get("weight")
    if name is None:
        return rows, truth, None, []
    named = named_frame(rows.new)[0]
    if name not in named.columns:
        text = f"The scores are not weighted, unlike those of the test: the column {name!r} is missing."
        return rows, truth, None, [Finding("D171", "warning", text, name)]
    weight = weights_of(conform(named, (Column(name, "number"),), missing=rows.predictor.missing)[0][name])
    counted = np.flatnonzero(weight > 0)
    if not len(counted):
        raise DataError(f"Every weight in {name!r} is 0.", code="CP2213", column=name, remedy="Pass rows above 0.")
    notes = [] if len(counted) == len(weight) else [left_out(name, len(weight) - len(counted))]
    rows, weight = (rows.take(counted), weight[counted]) if notes else (rows, weight)
    return rows, truth[counted], None if np.ptp(weight) == 0 else weight, notes


def _flattered(record: Record, inputs: pd.DataFrame, truth: np.ndarray, folder: Path | None) -> list[Finding]:
    """Return a warning if the model learned from some of these rows."""
    held = HeldOut.load(folder, record.task) if folder else None
    refitted = record.final is not None and record.final.refitted
    seen = held.seen(inputs, truth, refitted=refitted) if held else 0
    if not seen:
        return []
    text = f"The model learned from {seen:,} of these {plural(len(truth), 'row')}: the scores are too good."
    return [Finding(SEEN, "warning", text, None, {"rows": seen})]


def measured(record: Record, predictor: Predictor, rows: Batch, predictions: Predictions) -> Record:
    """Return the record with measures of other rows, without results specific to its test."""
    metrics = [Metric.parse(each) for each in record.lock.get("metrics", ())]
    privacy: JSON = record.recipe.get("privacy") or {}
    sensitive = tuple(privacy.get("sensitive") or ())
    kinds = cast("dict[str, Kind]", record.data.kinds)
    evidence = Evidence(
        predictions,
        _table(predictor, rows, {name: kinds.get(name, "category") for name in sensitive}),
        metrics,
        predictor.policy.business,
        seed=record.seed,
        min_cell=int(privacy.get("min_cell", 10)),
        sensitive=sensitive,
        policy=predictor.policy,
        seconds=math.inf,  # no budget limits the bootstrap: the same rows give the same intervals
    )
    measures = measure_all(evidence)
    keys = metric_keys(metrics)
    test = {keys[row["metric"]]: score_of(row) for row in measures["scores"].rows}
    data = replace(record.data, test_rows=len(predictions), test_customers=0, scored_rows=0)
    bare: JSON = {"known_best": {}, "comparisons": (), "requirements": (), "cv": {}}
    return replace(record, test=test, measures=measures, data=data, **bare)


def _table(predictor: Predictor, rows: Batch, sensitive: Mapping[str, Kind]) -> Table:
    """Return the rows as a table, also with the customers' value and sensitive columns."""
    value = predictor.policy.column(predictor.task)
    known = {name: kind for name, kind in sensitive.items() if name in named_frame(rows.new)[0].columns}
    wanted = known | ({value: "number"} if value else {})
    columns = tuple(Column(name, kind) for name, kind in wanted.items() if name not in rows.frame.columns)
    more, _ = conform(rows.new, columns, missing=predictor.missing)
    return Table(rows.frame.assign(**{name: more[name].array for name in more}), (*predictor.columns, *columns))
