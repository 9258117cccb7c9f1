"""Missing values stay as they are."""

from __future__ import annotations

from custpred.missing.base import Missing


class Leave(Missing):
    """Leaves missing values as they are: for models that accept them, such as boosted trees.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 9.0, None]})
    >>> spec = Leave(indicator=True)
    >>> list(spec.apply(X, spec.learn(X, None, None, 0)))
    ['income', 'income is missing']
    """

    synonyms = ("none", "keep")

    def idle(self) -> bool:
        """Return whether no other option is set, so that the step does nothing."""
        return not self.model_dump(exclude_defaults=True)
