"""``models: bg_nbd``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.errors import NotApplicable
from custpred.events.spans import days
from custpred.models.base import Model
from custpred.target._horizon import Horizon
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.storage.plain import State
    from custpred.target.base import Target
    from custpred.task import Fit, Rows, Setting, TaskKind


class Fitted(NamedTuple):
    """The table of events, parameters of BG/NBD (4,) and Gamma-Gamma (3,), score without history.

    ``typical``: the reference history for contributions, a value for each of ``columns``.
    """

    table: str
    parameters: np.ndarray
    amounts: np.ndarray | None
    rest: float
    columns: list[str]
    typical: np.ndarray


class BGNBD(Model):
    """Purchases from frequency and recency: BG/NBD and Gamma-Gamma (Fader, Hardie and Lee 2005).

    The standard baseline of customer-base analysis: it learns from purchase histories, not from
    labels (except without a history); on the leaderboard of tasks on later purchases or spend.
    """

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"binary", "regression"})
    accepts: ClassVar[frozenset[str]] = frozenset({"history"})
    compared: ClassVar[bool] = True
    horizon: float = Field(90.0, gt=0, allow_inf_nan=False, description="Days that the label covers.")
    gap: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Lead time: days between the cutoff and the days that the label covers.",
    )
    asks: Literal["event", "no_event", "amount", "count"] = Field(
        "event", description="What is predicted: a purchase, none, the amount spent, or how many purchases."
    )
    of: str | None = Field(None, description="Table of events with the purchases; default: the only one.")
    joins: bool = Field(False, description="Whether it may enter the blend or is only a baseline.")

    @classmethod
    def beside(cls, target: Target) -> Suited | None:
        """Return the spec with the target's days and lead time, for later purchases."""
        if not isinstance(target, Horizon) or target.purchases is None:
            return None
        window = {"horizon": days(target.horizon), "gap": days(target.gap), "of": target.table}
        return Suited(place=80, specs=(cls(asks=target.purchases, **window),))

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return a place if it is a baseline of the target."""
        return Suited(place=80) if cls.beside(setting.target) else None

    @property
    def baseline(self) -> bool:  # type: ignore[override]
        """Return whether it is only a baseline: always, unless it is listed among the models."""
        return not self.joins

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Fit the parameters to the histories of the training customers by maximum likelihood.

        Raises
        ------
        NotApplicable
            If there is no purchase history, or if amounts are predicted but the history has none.
        """
        from custpred.models._histories import bg_nbd, purchases

        table = purchases.table_of(rows.X, self.of, amounts=self.asks == "amount")
        known, of = purchases.read(rows.X, table)
        if not known.any():
            raise NotApplicable("No training customer has a purchase history.")
        kept = bg_nbd.Histories.grouped(of.repeats, of.last, of.age, fit.seed)
        amounts = purchases.amounts(rows.X[known], table, fit.seed) if self.asks == "amount" else None
        rest = purchases.constant_for(rows.y[~known], rows.y, fit.task)
        columns = purchases.columns_of(table, amounts=amounts is not None)
        typical = rows.X.loc[known, columns].median().fillna(0.0).to_numpy(dtype=float)
        return Fitted(table, bg_nbd.fit(kept), amounts, rest, columns, typical)

    def raw(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits of a purchase (or of none), or expected amounts or numbers of purchases."""
        import numpy as np

        from custpred.models._histories import bg_nbd, purchases

        known, of = purchases.read(X, fitted.table)
        window, raw = bg_nbd.Window(self.gap, self.horizon), np.full(len(X), fitted.rest)
        if self.asks not in {"amount", "count"}:
            logits = purchases.logits(bg_nbd.chance_of_purchase(fitted.parameters, of, window))
            raw[known] = logits if self.asks == "event" else -logits
            return raw
        raw[known] = bg_nbd.expected_orders(fitted.parameters, of, window)
        if fitted.amounts is not None:
            raw[known] *= purchases.expected(X[known], fitted.table, fitted.amounts)
        return raw

    def contributions(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return exact Shapley values of the history columns, relative to a typical history."""
        from custpred.models._histories.purchases import shapley

        return shapley(lambda rows: self.raw(fitted, rows, fit), X, fitted.columns, fitted.typical)

    def pack(self, fitted: Fitted) -> State:
        """Return the parameters."""
        return fitted._asdict()

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the parameters back."""
        return Fitted(**packed)
