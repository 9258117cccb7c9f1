"""One prediction as a waterfall: start, strongest attributions, rest, prediction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.storage.plain import JSON

MOST = 8
"""Maximum number of attributions shown individually."""
UNATTRIBUTED = "Without attributions: {names}. The scores of these members are included in the start."


def waterfall(
    columns: Sequence[str],
    values: Sequence[object],
    parts: np.ndarray,
    ends: tuple[float, float],
    unit: str,
    most: int = MOST,
) -> JSON:
    """Return ``start``, up to eight ``parts``, ``rest`` and their sum ``answer``, the prediction.

    Parameters
    ----------
    values
        Values of the customer that may be shown, one per column: None is missing, "" is withheld.
    parts : ndarray of shape (p,)
        Attributions, as returned by ``explain.reasons.attributions``.
    ends
        The prediction for an average customer, and this customer's.
    unit
        ``points`` for percentage points of a probability, an empty string for amounts.

    Examples
    --------
    >>> import numpy as np
    >>> parts = np.array([12.0, -2.0])
    >>> found = waterfall(["plan", "age"], ["basic", 40], parts, (20.0, 30.0), "points")
    >>> [(part["column"], part["part"]) for part in found["parts"]], found["others"]
    ([('plan', 12.0), ('age', -2.0)], 0)
    """
    sizes = {i: abs(part) for i, part in enumerate(parts.tolist()) if part != 0 and math.isfinite(part)}
    order = sorted(sizes, key=lambda i: -sizes[i])
    named = [{"column": columns[i], "value": values[i], "part": float(parts[i])} for i in order[:most]]
    start, answer = map(float, ends)
    rest = answer - start - sum(float(parts[i]) for i in order[:most])
    others = len(order) - len(named)
    return {"start": start, "answer": answer, "unit": unit, "parts": named, "rest": rest, "others": others}
