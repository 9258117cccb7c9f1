"""Typical and surprising customers, each with the attributions of its prediction."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.errors import NotApplicable
from custpred.evaluate._applies import require
from custpred.evaluate.base import Evaluate, Measure
from custpred.explain.by_event import of_row

if TYPE_CHECKING:
    import pandas as pd

    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Examples(Evaluate):
    """Up to six anonymous customers: prediction, outcome, and the attributions of the prediction.

    Rows: ``example`` (``highest``, ``near_cut``, ``changed``, ``stayed``, ``left`` or ``lowest``),
    ``label`` (the class explained), ``actual``, and the waterfall: ``start``, ``answer`` (the
    prediction), ``unit``, ``parts`` (``column``, ``value``, ``part``), ``rest`` and ``others``;
    ``words`` of texts that many customers use.  ``changed`` also has ``before``, the prediction at
    the cutoff ``then``, its own ``cutoff``, and the customers ``compared``.  Numbers are rounded;
    rare levels and texts are withheld.
    """

    calls_model: ClassVar[bool] = True
    optional: ClassVar[bool] = True
    counts: ClassVar[tuple[str, ...]] = ("compared",)

    def measure(self, evidence: Evidence) -> Measure:
        """Explain the chosen customers with the models of all folds."""
        from custpred.evaluate._changed import changed, compared
        from custpred.evaluate._typical import strongest_words, typical

        require(evidence, "examples", "binary", "multiclass", "regression")
        if evidence.reasons is None:
            raise NotApplicable("the model is not available to explain customers.")
        moved = changed(evidence)
        found = typical(evidence, moved["place"].to_numpy(dtype=int)[moved["change"].to_numpy(dtype=float) > 0])
        why = evidence.reasons(evidence.table.frame.iloc[list(found.values())].reset_index(drop=True), None)
        words = strongest_words(evidence, list(found.values()))
        rows = [
            _row(evidence, kind, place, why.iloc[i]) | {"words": words[i]}
            for i, (kind, place) in enumerate(found.items())
        ]
        rows = [row | compared(moved, row["unit"]) if row["example"] == "changed" else row for row in rows]
        return Measure(self.kind(), tuple(rows), {"customers": len(evidence.predictions), "compared": len(moved)})


def _row(evidence: Evidence, kind: str, place: int, why: pd.Series) -> JSON:
    from custpred.evaluate._typical import shareable

    predictions, task, table = evidence.predictions, evidence.predictions.task, evidence.table
    names, shown = [str(name) for name in why.index[2:]], set(table.names) - set(evidence.sensitive)
    values = [shareable(table, name, place, evidence.min_cell) if name in shown else "" for name in names]
    row: JSON = {"example": kind, **of_row(why, names, values, task)}
    if not task.labels:
        return row | {"actual": float(f"{float(predictions.truth[place]):.2g}")}
    chosen = 1 if task.kind == "binary" else int(predictions.predicted[place].argmax())
    return row | {"label": task.labels[chosen], "actual": task.labels[int(predictions.truth[place])]}
