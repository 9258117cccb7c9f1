"""A weighted blend, grown member by member as long as it improves on rows outside the selection.

Start with an empty blend and repeatedly add the member that improves the mean most.  A member may
be added more than once; its count is its weight.  Without a limit this overfits, so it is repeated
in several random halves of the rows, and the other halves show at which length the blend stops
improving (``_selection.py``).  The weights of all halves are averaged.

References
----------
Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble selection from libraries of models, ICML:
selection with replacement (2.1), sorted initialisation (2.2) and bagged selection (2.3).
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field

from custpred.ensemble.base import Ensemble
from custpred.text import Seconds  # noqa: TC001 -- pydantic reads it at run time

if TYPE_CHECKING:
    import numpy as np

    from custpred.ensemble._library import Library


class Greedy(Ensemble):
    """A weighted blend that is rarely worse, and often better, than its best member.

    Members are added one by one, with replacement, in several random halves of the rows (Caruana et
    al. 2004, Ensemble selection from libraries of models, ICML, sections 2.1 to 2.3).  The other
    halves decide when more members no longer help (one-standard-error rule), and the weights of all
    halves are averaged.  Members of little weight are dropped, and the best member is used alone if
    the blend does not beat it.  With up to 2,000 rows of classes, weights are then shrunk towards a
    mean of the best members of all kinds.  At last up to four weights are changed by linear
    stacking, which may make them negative, where that is significantly better.

    Examples
    --------
    >>> import numpy as np
    >>> from custpred.ensemble._library import Library
    >>> from custpred.metrics.base import Metric
    >>> from custpred.task import Task
    >>> draw = np.random.default_rng(0)
    >>> truth = draw.normal(size=500)
    >>> raws = [truth + draw.normal(size=500), truth + draw.normal(size=500)]
    >>> library = Library(raws, truth, Task("regression", "spend"), Metric.parse("rmse"))
    >>> weights = Greedy().weigh(library)
    >>> bool(weights.min() > 0.3), float(weights.sum().round(6))
    (True, 1.0)
    """

    renamed: ClassVar[dict[str, str]] = {"million": "seconds_per_million_rows"}

    rounds: Annotated[int, Field(ge=1, le=200, description="Maximum number of additions, repeats included.")] = 25
    min_weight: Annotated[float, Field(ge=0, lt=0.5, description="Members with less weight are dropped.")] = 0.05
    latency: Annotated[
        Seconds | None, Field(description="Latency limit for one customer: members beyond it are left out.")
    ] = None
    seconds_per_million_rows: Annotated[
        Seconds | None,
        Field(description="Time limit for a million rows on all cores: slow members are left out."),
    ] = None
    stacking: bool = Field(True, description="Let weights be negative where that is significantly better.")
    bags: Annotated[int, Field(ge=2, le=50, description="Number of random halves of the rows to select in.")] = 8

    def weigh(self, library: Library, seed: int = 0) -> np.ndarray:
        """Return each member's weight, shape (n_members,): sum 1, negative by stacking only."""
        from custpred.ensemble._selection import grown, pruned
        from custpred.ensemble._shrinkage import shrunk

        single = library.best()
        blend = grown(library, int(single.argmax()), rounds=self.rounds, bags=self.bags, seed=seed)
        if blend is None:
            return single
        weights = pruned(blend, self.min_weight)
        weights = weights if library.gain(weights) > library.gains.max() else single
        weights = shrunk(library, weights, self.min_weight)
        if not self.stacking:
            return weights
        from custpred.ensemble._stacking import stacked  # it needs SciPy, a run with one model does not

        return stacked(library, weights, seed)

    def lighter(self) -> Self:
        """Return the same method with at most three halves."""
        return self.with_(bags=min(3, self.bags))
