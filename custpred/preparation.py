"""What a plan builds: an ordinary imbalanced-learn ``Pipeline``, to open, clone or deploy."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.batch import applied, chained
from custpred.columns.fitted_step import FittedStep, filter_rows, fit_step
from custpred.features._encoding import combining, encoder
from custpred.features._history import History
from custpred.features._levels import Levels
from custpred.features._matrix import Matrix
from custpred.features._names import DROPPED
from custpred.missing.base import Missing
from custpred.resample.base import Resample
from custpred.step import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from imblearn.pipeline import Pipeline

    from custpred.features.base import Feature
    from custpred.models.base import Model
    from custpred.outliers.base import Outliers
    from custpred.step import State
    from custpred.storage.plain import JSON
    from custpred.table import Finding
    from custpred.task import Task

    Rows = tuple[pd.DataFrame, np.ndarray]

REPORTED = 200
"""Maximum columns of a step whose numbers are stored for the report."""


@dataclass(frozen=True)
class Preparation:
    """The preprocessing of rows for models with the same input requirements.

    Parameters
    ----------
    columns
        The raw columns that enter, in order.
    missing, outliers, features, resample
        The recipe's choices, ``auto`` resolved.
    accepts
        What the model can use: ``missing``, ``category``, ``steps``; ``history``: only raw purchase
        histories; ``arithmetic``: combined columns; ``codes``: 0/1 columns of few-level whole
        numbers as well; ``nothing``: no column.

    Examples
    --------
    >>> from custpred.missing.base import Missing
    >>> from custpred.outliers.base import Outliers
    >>> from custpred.resample.base import Resample
    >>> leave, none = Outliers.parse("leave"), Resample.parse("none")
    >>> rows = Preparation(("income",), Missing.parse("median"), leave, (), none)
    >>> [name for name, _ in rows.steps()], rows.key
    (['0-missing', '1-encode', '2-matrix'], 'dense')
    """

    columns: tuple[str, ...]
    missing: Missing
    outliers: Outliers
    features: tuple[Feature, ...]
    resample: Resample
    accepts: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Return the key of this preparation; models with the same key share its fitted steps."""
        return "-".join(sorted(self.accepts)) or "dense"

    def steps(self) -> tuple[tuple[str, Step | Resample], ...]:
        """Return the named steps in order, the sampler among them.

        Synthetic rows need filled rows of raw categories, so resampling comes before the encoding.
        """
        if "nothing" in self.accepts:
            return ()
        if "history" in self.accepts:
            return (("0-history", History()),)
        serving = "steps" if "steps" in self.accepts else "flat"
        named: list[tuple[str, Step | Resample]] = [
            *(("missing", part) for part in self.missing.parts()),
            ("outliers", self.outliers),
            *((spec.kind(), spec) for spec in self.features if spec.serves in {None, serving}),
        ]
        if "arithmetic" in self.accepts:
            named += [(spec.kind(), spec) for spec in combining()]
        if "filled" in self.resample.needs():
            named.append(("fill", Missing.complete()))
        if self.resample.changes_rows:
            named.append(("resample", self.resample))
        dense = "missing" not in self.accepts
        native = "category" in self.accepts and not dense
        if "codes" in self.accepts:
            named.append(("levels", Levels()))
        matrix = Matrix(dense=dense, steps="steps" in self.accepts)
        named += [("encode", encoder(native=native)), ("matrix", matrix)]
        kept = [(name, spec) for name, spec in named if not (isinstance(spec, Step) and spec.idle())]
        return tuple((f"{i}-{name}", spec) for i, (name, spec) in enumerate(kept))

    def kept_steps(self) -> list[Step]:
        """Return the steps that also act on new rows."""
        return [spec for _, spec in self.steps() if not isinstance(spec, Resample) and not spec.removes_rows()]

    def build(self, task: Task, seed: int) -> list[tuple[str, object]]:
        """Return the named, unfitted scikit-learn objects."""
        return [(name, spec.build(task, seed)) for name, spec in self.steps()]

    def fit(self, X: pd.DataFrame, y: np.ndarray, task: Task, seed: int) -> Prepared:
        """Fit each step on training rows in turn; rows are removed or resampled on the way.

        Does what the objects of ``build`` do in a pipeline, without loading scikit-learn.
        """
        fitted: list[FittedStep] = []
        found: list[Finding] = []
        stages: list[JSON] = []
        positions = np.arange(len(y))
        for name, spec in self.steps():
            state: State = {}
            before = X, y
            if isinstance(spec, Resample):
                spec.check(task)
                drawn = spec.draw(X, y, seed)
                X, y, rows = drawn.X, drawn.y, drawn.indices
                positions = np.full(len(y), -1) if rows is None else positions[rows]
                found += drawn.notes
            elif spec.removes_rows():
                state, stay = filter_rows(spec, X, y, task, seed)
                X, y, positions = X.loc[stay], y[stay], positions[stay]
                found += spec.notes(state)
            else:
                step, X = fit_step(spec, X, y, task, seed)
                fitted.append(step)
                state = step.state
                found += spec.notes(state)
            stages.append(_stage(name, spec, state, before, (X, y), task))
        read = {name for step in fitted for name in _sources(step)}
        notes = tuple(note for note in found if note.code != DROPPED or note.column not in read)
        return Prepared(tuple(fitted), X, y, positions, notes, tuple(stages))


@dataclass(frozen=True)
class Prepared:
    """Training rows as a model takes them, and the fitted steps for new rows.

    Parameters
    ----------
    positions
        The positions that the rows came from, shape (n_rows,); -1 for synthetic rows.
    notes
        What the steps learned or declined.
    stages
        Per step ``step``, ``kind`` and changes: ``columns`` and ``rows`` as [before, after],
        ``classes`` as [counts before, after] if rows changed, and the ``effect``, 200 columns of
        it.
    """

    steps: tuple[FittedStep, ...]
    X: pd.DataFrame
    y: np.ndarray
    positions: np.ndarray
    notes: tuple[Finding, ...]
    stages: tuple[JSON, ...] = ()


def _stage(name: str, spec: Step | Resample, state: State, before: Rows, after: Rows, task: Task) -> JSON:
    """Return the effect of one step on the training rows as plain data."""
    effect = {} if isinstance(spec, Resample) else spec.effect(state)
    sizes = {"columns": [X.shape[1] for X, _ in (before, after)], "rows": [len(y) for _, y in (before, after)]}
    if sizes["rows"][0] != sizes["rows"][1] and task.labels:
        counts = [np.bincount(y.astype(int), minlength=task.classes).tolist() for _, y in (before, after)]
        sizes["classes"] = counts
    own = {key: dict(list(each.items())[:REPORTED]) if isinstance(each, dict) else each for key, each in effect.items()}
    return {"step": name.partition("-")[2], "kind": spec.kind(), **sizes, **own}


def pipeline(preparation: Preparation, model: Model, task: Task, seed: int = 0) -> Pipeline:
    """Return the chain as an unfitted ``imblearn.pipeline.Pipeline``; only ``fit`` resamples."""
    from imblearn.pipeline import Pipeline

    return Pipeline([*preparation.build(task, seed), ("model", model.build(task, seed))])


def _sources(step: FittedStep) -> set[str]:
    """Return the input columns from which a step derived new columns."""
    return {source for name, sources in step.lineage().items() for source in sources if source != name}


def transform(steps: Sequence[FittedStep], X: pd.DataFrame) -> pd.DataFrame:
    """Prepare new rows; columns that this preparation does not know are left out."""
    if not steps:
        return X.iloc[:, :0]  # a constant needs none
    if len(X.columns) > len(steps[0].names_in):
        X = X[steps[0].names_in]
    *others, last = steps
    return last.transform(applied(chained([step.operation() for step in others]), X))


def lineage(steps: Sequence[FittedStep]) -> dict[str, tuple[str, ...]]:
    """Return, for each prepared column, the raw columns that it was made from."""
    known: dict[str, tuple[str, ...]] = {}
    for step in steps:
        made = step.lineage()
        known = {
            name: tuple(dict.fromkeys(raw for each in sources for raw in known.get(each, (each,))))
            for name, sources in made.items()
        }
    return known
