"""The last step before a model: float32 numbers under internal names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.errors import NotApplicable
from custpred.features._names import note, unique
from custpred.features.base import Feature

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.step import State
    from custpred.task import Task


class Matrix(Feature):
    """Gives models one block of float32 numbers, and category columns behind it, named f000001, f000002, ...

    Engines never see people's names.  ``state["human"]`` maps each internal name to the name that people see.
    Infinite numbers become gaps; dates and texts that are left are dropped.
    """

    dense: bool = Field(description="Fill gaps, for models that cannot take them; no category may be left.")
    indicator: bool = Field(True, description="Where dense: add a 0/1 column for each column that had gaps.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Name the columns and, where dense, find medians and the columns with gaps.

        Raises
        ------
        NotApplicable
            Where dense and a category column is left.
        """
        from custpred.features._blocks import fills, kinds

        numbers, categories, dropped = kinds(X)
        if self.dense and categories:
            raise NotApplicable("A category column is left; onehot must come before.", column=categories[0])
        medians, gaps = fills(X, numbers) if self.dense else (None, [])
        gaps = gaps if self.indicator else []
        inputs = [*numbers, *(numbers[place] for place in gaps), *categories]
        names = [*numbers, *(f"{numbers[place]}: missing" for place in gaps), *categories]
        internal = [f"f{place:06d}" for place in range(1, len(names) + 1)]
        return {
            "numbers": numbers,
            "categories": categories,
            "gaps": gaps,
            "medians": medians,
            "human": dict(zip(internal, unique(names, []), strict=True)),
            "made": {new: [name] for new, name in zip(internal, inputs, strict=True)},
            "notes": [note("Dropped: no step has made numbers of it.", name) for name in dropped],
        }

    def apply(self, X: pd.DataFrame, state: State) -> pd.DataFrame:
        """Return the numbers as one block (``to_numpy`` does not copy it), then the categories."""
        from custpred.features._blocks import block
        from custpred.features._frames import framed, joined

        internal, split = list(state["human"]), len(state["numbers"]) + len(state["gaps"])
        made = framed(block(X, state["numbers"], state["medians"], state["gaps"]), internal[:split], X.index)
        if not state["categories"]:
            return made
        return joined(made, X[state["categories"]].set_axis(internal[split:], axis=1))
