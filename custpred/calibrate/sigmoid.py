"""A linear function of the logit: two parameters, hard to overfit."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.calibrate.base import Calibrate

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import State
    from custpred.task import Task


class Sigmoid(Calibrate):
    """A linear function of the logit (Platt scaling); several classes: one slope, a shift for each.

    Binary: ``p = sigmoid(a z + b)`` with ``a > 0`` and Platt's smoothed targets.  Multi-class:
    ``softmax(a z + b)`` with one ``a > 0`` and a vector ``b``.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines; Lin, Lin and Weng (2007),
    Machine Learning 68:267.  Guo et al. (2017), On calibration of modern neural networks, ICML,
    section 4.2 (temperature).

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.task import Task
    >>> task, draw = Task("binary", "left", ("no", "yes")), np.random.default_rng(0)
    >>> raw = draw.normal(size=5000)
    >>> truth = (draw.random(5000) < 1 / (1 + np.exp(-2 * raw))).astype(int)
    >>> spec = Sigmoid()
    >>> spec.apply(np.array([1.0]), spec.learn(raw, truth, task), task).round(2).tolist()
    [[0.12, 0.88]]
    """

    def learn(self, raw: np.ndarray, truth: np.ndarray, task: Task, weight: np.ndarray | None = None) -> State:
        """Fit the line; return the identity if the line has a higher log loss on these rows."""
        from custpred.calibrate._fit import checked, identity, idle
        from custpred.calibrate._platt import platt

        nothing = idle(raw, truth, task)
        if nothing is not None:
            return nothing
        slope: float
        shift: float | list[float]
        if task.kind == "binary":
            slope, shift = platt(raw, truth, weight)
        else:
            from custpred.calibrate._temperature import scaled

            slope, shift = scaled(raw, truth, weight)
        if not slope > 0:
            return identity("scores do not rise with the labels")
        return checked(self, {"map": "line", "slope": slope, "shift": shift}, raw, truth, task, weight)

    def apply(self, raw: np.ndarray, state: State, task: Task) -> np.ndarray:
        """Return probabilities (n, k) or values (n,)."""
        import numpy as np

        if state["map"] == "identity":
            return task.inverse_link(raw)
        return task.inverse_link(state["slope"] * raw + np.asarray(state["shift"]))
