"""The contract of resampling: other training rows of a fold, or weights for them.

Many learners do poorly where a class is rare.  Repeating its rows, leaving out rows of the others, or
weighing them helps the ranking of some, but it distorts probabilities.  So the known change of the class
shares is undone in the raw scores afterwards (``_prior.py``).  Held-out rows are never resampled.
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
    """How class imbalance is handled.  Probabilities are corrected back to the true shares afterwards.

    >>> Resample.parse({"kind": "over", "ratio": 0.5}).dump(), Resample.parse("smote").needs()
    ({'kind': 'over', 'ratio': 0.5}, frozenset({'filled'}))
    """

    changes_rows: ClassVar[bool] = True
    """Whether rows are drawn, left out or synthetic."""
    balances: ClassVar[bool] = True
    """Whether the shares of classes change, so that probabilities have to be brought back to the true ones."""

    @classmethod
    def nothing(cls) -> Resample:
        """Return what leaves the rows as they are."""
        return cls.parse("none")

    @classmethod
    def usual(cls, setting: Setting) -> tuple[Resample, str]:
        """Return the choice for ``auto``, and why."""
        return cls.parse("none"), "resampling bends probabilities; models rank as well without it"

    def draw(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> Drawn:
        """Return new training rows, where they came from, and what is worth noting; the given ones are not changed.

        Raises
        ------
        NotApplicable
            If the rows cannot be resampled in this way: the target is no class code, or synthetic rows would have
            missing values.
        """
        from custpred.resample._drawn import Drawn

        return Drawn(X, y)

    def resample(self, X: pd.DataFrame, y: np.ndarray, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Return new training rows with the same columns and dtypes, and their class codes."""
        drawn = self.draw(X, y, seed)
        return drawn.X, drawn.y

    def weights(self, y: np.ndarray) -> np.ndarray | None:
        """Return a weight for each training row, mean 1, shape (n_rows,); None: all alike."""
        return None

    def needs(self) -> frozenset[str]:
        """Say what the rows must be first: ``filled`` (no missing values) and ``numbers`` (no categories)."""
        return frozenset()

    def check(self, task: Task) -> None:
        """Refuse a target without classes.

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
