"""What a plan builds: an ordinary imbalanced-learn ``Pipeline`` that anyone may open, clone or deploy."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from custpred.features._names import DROPPED
from custpred.features.base import Feature
from custpred.missing.base import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from imblearn.pipeline import Pipeline

    from custpred.models.base import Model
    from custpred.outliers.base import Outliers
    from custpred.resample.base import Resample
    from custpred.spec import Spec
    from custpred.step import Step
    from custpred.table import Finding
    from custpred.task import Task
    from custpred.transformer import Transformer


COMBINED: tuple[dict[str, Any], ...] = (
    {"kind": "ratios", "found": 10},
    {"kind": "target_mean", "pairs": 5, "min_levels": 10_000},
)
"""What ``arithmetic`` adds; whether a trial with it enters the blend is for its out-of-fold score to say."""


@dataclass(frozen=True)
class Preparation:
    """How rows are made ready for models that accept the same things.

    Parameters
    ----------
    columns
        The raw columns that enter, in order.
    missing, outliers, features, resample
        The recipe's choices, ``auto`` resolved.
    accepts
        What the model itself can use: ``missing``, ``category``, ``steps``; ``history``: purchase histories alone, raw;
        ``arithmetic``: it wants columns combined; ``codes``: it wants few-level whole numbers also as 0/1 columns;
        ``nothing``: no column enters.

    Examples
    --------
    >>> from custpred.missing.base import Missing
    >>> from custpred.outliers.base import Outliers
    >>> from custpred.resample.base import Resample
    >>> rows = Preparation(("income",), Missing.parse("median"), Outliers.parse("leave"), (), Resample.parse("none"))
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
        """Name the preparation by what it leaves in: models with the same key share its work."""
        return "-".join(sorted(self.accepts)) or "dense"

    def steps(self) -> tuple[tuple[str, Spec], ...]:
        """Return the named steps in order, the sampler among them.

        Synthetic rows need filled rows of raw categories, so resampling stands before the encoding.
        """
        if "nothing" in self.accepts:
            return ()
        if "history" in self.accepts:
            return (("0-history", _private("_history", "History")),)
        serving = "steps" if "steps" in self.accepts else "flat"
        named: list[tuple[str, Spec]] = [
            *(("missing", part) for part in self.missing.parts()),
            ("outliers", self.outliers),
            *((spec.kind(), spec) for spec in self.features if spec.serves in {None, serving}),
        ]
        if "arithmetic" in self.accepts:
            named += [(spec.kind(), spec) for spec in (Feature.parse(each) for each in COMBINED)]
        if "filled" in self.resample.needs():
            named.append(("fill", Missing.find("median")()))
        if self.resample.kind() not in {"none", "weights"}:
            named.append(("resample", self.resample))
        dense = "missing" not in self.accepts
        native = "category" in self.accepts and not dense
        if "codes" in self.accepts:
            named.append(("levels", _private("_levels", "Levels")))
        named += [("encode", Feature.find("ordinal" if native else "onehot")()), ("matrix", self._matrix(dense))]
        kept = [(name, spec) for name, spec in named if spec.dump() != {"kind": "leave"}]
        return tuple((f"{i}-{name}", spec) for i, (name, spec) in enumerate(kept))

    def _matrix(self, dense: bool) -> Step:
        from custpred.features._matrix import Matrix

        return Matrix(dense=dense, steps="steps" in self.accepts)

    def build(self, task: Task, seed: int) -> list[tuple[str, Any]]:
        """Return the named, unfitted scikit-learn objects."""
        return [(name, spec.build(task, seed)) for name, spec in self.steps()]  # type: ignore[attr-defined]


def pipeline(preparation: Preparation, model: Model, task: Task, seed: int = 0) -> Pipeline:
    """Return the whole chain as an unfitted ``imblearn.pipeline.Pipeline``; rows are resampled in ``fit`` only."""
    from imblearn.pipeline import Pipeline

    return Pipeline([*preparation.build(task, seed), ("model", model.build(task, seed))])


def fit_steps(
    steps: Sequence[tuple[str, Any]], X: pd.DataFrame, y: np.ndarray
) -> tuple[list[Transformer], pd.DataFrame, np.ndarray]:
    """Fit each step on training rows in turn; return those that also act on new rows, and the prepared rows."""
    acting = []
    for _, step in steps:
        if hasattr(step, "fit_resample"):
            X, y = step.fit_resample(X, y)
        else:
            X = step.fit_transform(X, y)
            acting.append(step)
    return acting, X, y


def kept_rows(steps: Sequence[tuple[str, Any]], rows: int) -> np.ndarray:
    """Return the positions that the prepared training rows came from, after steps that remove or repeat some."""
    import numpy as np

    kept = np.arange(rows)
    for _, step in steps:
        if hasattr(step, "fit_resample"):
            kept = kept[step.sample_indices_]
    return kept


def notes(steps: Sequence[tuple[str, Any]]) -> list[Finding]:
    """Return what fitted steps learned or declined, samplers included."""
    found: list[Finding] = []
    for _, step in steps:
        state = getattr(step, "state_", None)
        found += step.spec.notes(state) if state is not None else getattr(step, "notes_", [])
    read = {name for _, step in steps if hasattr(step, "lineage") for name in _sources(step)}
    return [each for each in found if each.code != DROPPED or each.column not in read]


def _sources(step: Transformer) -> set[str]:
    """Return the columns that a step has made others of."""
    return {source for name, sources in step.lineage().items() for source in sources if source != name}


def transform(steps: Sequence[Transformer], X: pd.DataFrame) -> pd.DataFrame:
    """Prepare new rows; columns that this preparation was not made with, such as other models' steps, are left out."""
    if not steps:
        return X.iloc[:, :0]  # a constant needs none
    if len(X.columns) > len(steps[0].names_in_):
        X = X[steps[0].names_in_]
    for step in steps:
        X = step.transform(X)
    return X


def lineage(steps: Sequence[Transformer]) -> dict[str, tuple[str, ...]]:
    """Return, for each prepared column, the raw columns that it was made from."""
    known: dict[str, tuple[str, ...]] = {}
    for step in steps:
        made = step.lineage()
        known = {
            name: tuple(dict.fromkeys(raw for each in sources for raw in known.get(each, (each,))))
            for name, sources in made.items()
        }
    return known


def _private(module: str, name: str) -> Step:
    """Return a step that no recipe names."""
    made: Step = getattr(import_module(f"custpred.features.{module}"), name)()
    return made
