"""Levels as codes, the most common first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, note
from custpred.features.base import Feature

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.step import State
    from custpred.task import Task


class Ordinal(Feature):
    """Replaces each category column by a category column of codes 0, 1, ...; what boosters take as it is.

    Code 0 is the most common level.  Gaps and levels that training did not have become gaps.
    """

    of: Columns = Field((), description="Category columns; all where left out.")
    max_levels: int = Field(1000, ge=2, description="Codes at most; the rarest levels share the last.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Order the levels by how common they are."""
        import numpy as np

        from custpred.features._frames import counted
        from custpred.transformer import categories

        learned, notes = {}, []
        for name in chosen(self.of, categories(X), list(X.columns), "categories"):
            levels, rows, _ = counted(X[name])
            learned[name] = [levels[place] for place in np.argsort(-rows, kind="stable")]
            if len(levels) > self.max_levels:
                joint = len(levels) - self.max_levels + 1
                notes.append(note(f"The {joint:,} rarest levels share one code.", name, "F103"))
        return {"levels": learned, "notes": notes} if learned else idle("The table has no category column.")

    def apply(self, X: pd.DataFrame, state: State) -> pd.DataFrame:
        """Replace levels by codes."""
        import numpy as np
        import pandas as pd

        from custpred.features._frames import joined, slots

        codes = {}
        for name, levels in state.get("levels", {}).items():
            count = min(len(levels), self.max_levels)
            code = np.minimum(slots(X[name], levels), count - 1)
            codes[name] = pd.Categorical.from_codes(np.maximum(code, -1), dtype=pd.CategoricalDtype(np.arange(count)))
        return joined(X, pd.DataFrame(codes, index=X.index), drop=list(codes))
