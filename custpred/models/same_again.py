"""``models: same_again``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from pydantic import Field

from custpred.columns.history import LAST_ITEM, histories
from custpred.errors import NotApplicable
from custpred.models.base import Model
from custpred.target._horizon import Horizon
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.storage.plain import State
    from custpred.target.base import Target
    from custpred.task import Fit, Rows, TaskKind


class Fitted(NamedTuple):
    """The column with the code of the last item, how often it came again, and the log of each class's share (k,)."""

    column: str
    again: float
    shares: np.ndarray


class SameAgain(Model):
    """The same item as the last one, else the most popular: any forecast of the next item has to beat it."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"multiclass"})
    accepts: ClassVar[frozenset[str]] = frozenset({"history"})
    baseline: ClassVar[bool] = True
    compared: ClassVar[bool] = True

    of: str | None = Field(None, description="Table of events with the items; the only one where left out.")

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return that it is beside models of the next item: what any forecast of it has to beat."""
        if not isinstance(target, Horizon) or not target.likeliest or not target.from_events():
            return None
        return Suited(place=90, specs=(cls(of=target.table),))

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Count how often the last item comes again, and how often each item comes at all.

        Raises
        ------
        NotApplicable
            If no column holds the last item.
        """
        import numpy as np

        from custpred.models._scores import shares_of

        found = [parts[LAST_ITEM] for table, parts in histories(rows.X.columns).items() if LAST_ITEM in parts]
        column = next((name for name in found if self.of is None or name == f"{self.of}_{LAST_ITEM}"), None)
        if column is None:
            raise NotApplicable("No column holds the last item. Add the feature rfm, and 'item' under events.")
        last = rows.X[column].to_numpy(dtype=float)
        known = np.isfinite(last)
        weight = np.ones(len(last)) if rows.weight is None else rows.weight
        came = weight[known & (last == rows.y)].sum()
        again = (came + 1) / (weight[known].sum() + 2)  # Laplace: neither never nor always
        return Fitted(column, float(again), np.log(shares_of(rows.y, rows.weight, fit.task.classes)))

    def raw(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return log-probabilities: ``again`` for the last item, the rest by the shares of the others; shape (n, k)."""
        import numpy as np

        raw = np.repeat(fitted.shares[None], len(X), axis=0)
        last = X[fitted.column].to_numpy(dtype=float)
        rows = np.flatnonzero(np.isfinite(last))
        items = last[rows].astype(int)
        raw[rows] += np.log1p(-fitted.again) - np.log1p(-np.exp(fitted.shares[items]))[:, None]
        raw[rows, items] = np.log(fitted.again)
        return raw

    def pack(self, fitted: Fitted) -> State:
        """Return the column, the chance and the shares."""
        return fitted._asdict()

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read them back."""
        return Fitted(**packed)
