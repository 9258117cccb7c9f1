"""The score distributions of positives and negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from custpred.evaluate._applies import require
from custpred.evaluate._bins import merged
from custpred.evaluate._rows import rows_of
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Outcomes(Evaluate):
    """Histograms of the score for positives and for all other customers.

    Rows, from the lowest score up: ``low`` and ``high`` of the score, ``positives`` and ``others``;
    a bin of fewer than ``min_cell`` customers is merged with the next.  Facts, from counts of any
    size: ``overlap`` of both distributions, and the middle of the bin with the median customer of
    each class, ``half_positive`` and ``half_other``.
    """

    counts: ClassVar[tuple[str, ...]] = ("positives", "others")

    bins: Annotated[int, Field(ge=2, le=100, description="Number of equal-width bins.")] = 20

    def measure(self, evidence: Evidence) -> Measure:
        """Count both classes in each bin."""
        require(evidence, "score distributions", "binary")
        score, yes = evidence.predictions.positive, evidence.predictions.truth == 1
        code = np.minimum((score * self.bins).astype(int), self.bins - 1)
        sizes = np.bincount(code, minlength=self.bins).astype(float)
        joined = np.minimum(merged(sizes, evidence.min_cell), merged(sizes, evidence.min_cell)[code].max())
        place, last = joined[code], int(joined.max()) + 1
        edges = np.array([np.flatnonzero(joined == k)[0] for k in range(last)] + [self.bins]) / self.bins
        positives = np.bincount(place[yes], minlength=last)
        others = np.bincount(place[~yes], minlength=last)
        rows = rows_of(low=edges[:-1], high=edges[1:], positives=positives, others=others)
        return Measure(self.kind(), rows, _facts(edges, positives, others))


def _facts(edges: np.ndarray, positives: np.ndarray, others: np.ndarray) -> JSON:
    """Return the overlap of both distributions, and their medians."""
    shares = [counts / counts.sum() for counts in (positives, others)]
    middle = (edges[:-1] + edges[1:]) / 2
    halves = [float(middle[np.argmax(share.cumsum() >= 0.5)]) for share in shares]
    overlap = float(np.minimum(*shares).sum())
    return {"overlap": overlap, "half_positive": halves[0], "half_other": halves[1]}
