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
    """The last item's code column, its repeat probability, and log class shares (k,)."""

    column: str
    again: float
    shares: np.ndarray


class SameAgain(Model):
    """The last item again, or the most popular: a baseline for the next item."""

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"multiclass"})
    accepts: ClassVar[frozenset[str]] = frozenset({"history"})
    baseline: ClassVar[bool] = True
    compared: ClassVar[bool] = True

    of: str | None = Field(None, description="Table of events with the items; default: the only one.")

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return that it is a baseline of tasks on the next item."""
        if not isinstance(target, Horizon) or not target.likeliest or not target.from_events():
            return None
        return Suited(place=90, specs=(cls(of=target.table),))

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Estimate the probability that the last item is repeated, and the share of each item.

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
        again = (came + 1) / (weight[known].sum() + 2)  # Laplace smoothing: never 0 or 1
        return Fitted(column, float(again), np.log(shares_of(rows.y, rows.weight, fit.task.classes)))

    def raw(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return log-probabilities (n, k): ``again`` for the last item, the rest by shares."""
        import numpy as np

        raw = np.repeat(fitted.shares[None], len(X), axis=0)
        last = X[fitted.column].to_numpy(dtype=float)
        rows = np.flatnonzero(np.isfinite(last))
        items = last[rows].astype(int)
        raw[rows] += np.log1p(-fitted.again) - np.log1p(-np.exp(fitted.shares[items]))[:, None]
        raw[rows, items] = np.log(fitted.again)
        return raw

    def pack(self, fitted: Fitted) -> State:
        """Return the column, the probability and the shares."""
        return fitted._asdict()

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read them back."""
        return Fitted(**packed)
