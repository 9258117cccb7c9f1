"""Isotonic regression with linear interpolation: any monotone curve, from thousands of rows."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.calibrate.base import Calibrate

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import State
    from custpred.task import Task


class Isotonic(Calibrate):
    """Any increasing function of the logit (isotonic): for thousands of rows and more.

    Blocks of the pooled-adjacent-violators fit are joined by lines between their centres and
    clipped to ``[1/(2n), 1 - 1/(2n)]``.  A share ``1/n`` of the raw probability keeps the order of
    customers in flat parts.  Several classes are fitted one-vs-rest, then scaled to sum to 1.

    References
    ----------
    Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass probability
    estimates, KDD.
    """

    def learn(self, raw: np.ndarray, truth: np.ndarray, task: Task, weight: np.ndarray | None = None) -> State:
        """Fit the curve; return the identity if the curve has a higher log loss on these rows."""
        from custpred.calibrate._fit import checked, idle
        from custpred.calibrate._stairs import logits, stairs

        nothing = idle(raw, truth, task)
        if nothing is not None:
            return nothing
        scores = logits(raw, task)
        labels = [1] if task.kind == "binary" else range(task.classes)
        curves = [stairs(scores[:, place], truth == label, weight) for place, label in enumerate(labels)]
        return checked(self, {"map": "curves", "rows": len(truth), "curves": curves}, raw, truth, task, weight)

    def apply(self, raw: np.ndarray, state: State, task: Task) -> np.ndarray:
        """Return probabilities (n, k) or values (n,)."""
        from custpred.calibrate._stairs import climbed

        return task.inverse_link(raw) if state["map"] == "identity" else climbed(raw, state, task)
