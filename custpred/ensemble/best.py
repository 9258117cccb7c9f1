"""The best member alone: nothing to blend, fastest to score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.ensemble.base import Ensemble

if TYPE_CHECKING:
    import numpy as np

    from custpred.ensemble._library import Library


class Best(Ensemble):
    """The best member alone: fastest to score and easiest to explain.

    >>> import numpy as np
    >>> from custpred.ensemble._library import Library
    >>> from custpred.metrics.base import Metric
    >>> from custpred.task import Task
    >>> truth = np.array([1.0, 2.0, 3.0])
    >>> raws = [truth + 2, truth + 0.5]
    >>> library = Library(raws, truth, Task("regression", "spend"), Metric.parse("mae"))
    >>> Best().weigh(library).tolist()
    [0.0, 1.0]
    """

    def weigh(self, library: Library, seed: int = 0) -> np.ndarray:
        """Return weight 1 for the member with the highest gain, the first of a tie."""
        return library.best()
