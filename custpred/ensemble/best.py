"""The best member alone: nothing to blend, fastest to score."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from custpred.ensemble.base import Ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.metrics.base import Metric
    from custpred.task import Task


class Best(Ensemble):
    """The best member alone: fastest to score and easiest to explain.

    >>> import numpy as np
    >>> from custpred.metrics.base import Metric
    >>> from custpred.task import Task
    >>> truth = np.array([1.0, 2.0, 3.0])
    >>> raws = [truth + 2, truth + 0.5]
    >>> Best().weigh(raws, truth, Task("regression", "spend"), Metric.parse("mae")).tolist()
    [0.0, 1.0]
    """

    def weigh(
        self,
        raws: Sequence[np.ndarray],
        truth: np.ndarray,
        task: Task,
        metric: Metric,
        seed: int = 0,
        weight: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return weight 1 for the member with the highest gain, the first of a tie."""
        from custpred.ensemble._library import Library

        return Library(raws, truth, task, metric, weight).best()
