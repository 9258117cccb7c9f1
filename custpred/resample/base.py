"""The contract of resampling: new training rows of a fold, or weights for them.

Many learners do poorly if a class is rare.  Repeating its rows, dropping rows of the others, or
weighting them improves the ranking of some, but distorts probabilities.  So the known change of the
class shares is undone in the raw scores (``_prior.py``).  Held-out rows are never resampled.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.errors import NotApplicable
from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.resample._drawn import Drawn
    from custpred.resample._sampler import Sampler
    from custpred.task import Setting, Task


class Resample(Spec):
    """How class imbalance is handled; probabilities are corrected to the true shares.

    >>> Resample.parse({"kind": "over", "ratio": 0.5}).dump(), Resample.parse("smote").needs()
    ({'kind': 'over', 'ratio': 0.5}, frozenset({'filled'}))
    """

    changes_rows: ClassVar[bool] = True
    """Whether rows are repeated, dropped or synthesised."""
    balances: ClassVar[bool] = True
    """Whether class shares change, so that probabilities must be corrected to the true ones."""

    @classmethod
    def nothing(cls) -> Resample:
        """Return the strategy that leaves the rows as they are."""
        return cls.parse("none")

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Resample, str]:
        """Return the choice for ``auto``, and the reason."""
        return cls.nothing(), "resampling distorts probabilities; models rank equally well without it"

    def draw(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> Drawn:
        """Return new training rows, original positions, and notes; inputs are not modified.

        Raises
        ------
        NotApplicable
            If the rows cannot be resampled in this way: the target is not a class code, or
            synthetic rows would have missing values.
        """
        from custpred.resample._drawn import Drawn

        return Drawn(X, y)

    def resample(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Return new training rows with the same columns and dtypes, and their class codes."""
        drawn = self.draw(X, y, seed)
        return drawn.X, drawn.y

    def weights(self, y: np.ndarray) -> np.ndarray | None:
        """Return a weight for each training row, mean 1, shape (n_rows,); None: equal weights."""
        return None

    def needs(self) -> frozenset[str]:
        """Return requirements: ``filled`` (no missing values) and ``numbers`` (no categories)."""
        return frozenset()

    def check(self, task: Task) -> None:
        """Raise if the target has no classes.

        Raises
        ------
        NotApplicable
            CP3201 for a regression.
        """
        if task.kind == "regression" and self.balances:
            raise NotApplicable(f"{self.kind()} balances classes, and {task.target!r} is a number.", code="CP3201")

    def build(self, task: Task, seed: int = 0) -> Sampler:
        """Return an unfitted imbalanced-learn sampler."""
        from custpred.resample._sampler import Sampler

        self.check(task)
        return Sampler(spec=self, seed=seed)
