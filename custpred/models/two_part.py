"""``models: two_part``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.models.base import Model
from custpred.models.lightgbm import LightGBM
from custpred.spec import Choices, Range
from custpred.task import Rows, Suited, Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models import lightgbm
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import State
    from custpred.task import Fit, Setting, TaskKind

MIN_ROWS = 20
"""Minimum rows with and without an amount, for each part and half of the validation rows."""
_WHETHER = Task("binary", "amount", ("none", "some"))


class Fitted(NamedTuple):
    """Models of whether there is an amount (None: always) and of its size."""

    some: lightgbm.Fitted | None
    much: lightgbm.Fitted
    others: tuple[Fitted, ...] = ()


class TwoPart(Model):
    """For amounts that are often 0: the probability of an amount times the expected amount.

    Both parts are gradient boosted trees of LightGBM; the second is fitted only to customers with
    an amount.  By default it is tried if at least 10 % of the amounts are 0 and none is negative.

    References
    ----------
    Duan, Manning, Morris and Newhouse (1983), A comparison of alternative models for the demand for
    medical care, Journal of Business & Economic Statistics 1(2).

    Examples
    --------
    >>> import numpy as np
    >>> TwoPart.tasks, TwoPart().with_(amount="gamma").dump()
    (frozenset({'regression'}), {'kind': 'two_part', 'amount': 'gamma'})
    """

    tasks: ClassVar[frozenset[TaskKind]] = frozenset({"regression"})
    accepts: ClassVar[frozenset[str]] = LightGBM.accepts
    stops_early: ClassVar[bool] = True
    modules: ClassVar[tuple[str, ...]] = ("lightgbm",)
    plain: ClassVar[bool] = True
    halved: ClassVar[bool] = True

    learning_rate: Annotated[float, Field(gt=0, le=1, description="Step size."), Range(0.01, 0.2, log=True)] = 0.05
    num_leaves: Annotated[int, Field(ge=2, le=4096, description="Leaves per tree."), Range(4, 64, log=True)] = 8
    min_data_in_leaf: Annotated[int, Field(ge=1, description="Minimum rows per leaf."), Range(5, 100, log=True)] = 20
    amount: Annotated[Literal["log", "gamma", "l2"], Choices("log", "gamma", "l2")] = Field(
        "log", description="Loss for the positive amounts; log and gamma need amounts without negative values."
    )
    rounds: int = Field(2000, ge=1, description="Maximum number of rounds of each part.")
    rounds_without_valid: int = Field(200, ge=1, description="Number of rounds without validation rows.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: for values; ``applies`` requires that many are 0."""
        reason = "two_part is tried if 10% of the amounts are 0"
        return Suited(reason, 70) if setting.task.kind == "regression" else None

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return small trees on the logarithm, and larger ones on the amount itself."""
        return [cls(), cls(num_leaves=16, amount="l2")]

    def applies(self, truth: np.ndarray) -> bool:
        """Return whether many amounts are 0, none is negative, and enough are positive."""
        from custpred.models._target import often_nothing

        return often_nothing(truth) and int((truth > 0).sum()) >= 5 * MIN_ROWS

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Fit both parts, each with early stopping on its own validation rows."""
        there = rows.y != 0
        half_time = replace(fit, seconds=None if fit.seconds is None else fit.seconds / 2)
        some = None
        if min(there.sum(), len(there) - there.sum()) >= MIN_ROWS:
            whether = replace(half_time, task=_WHETHER)
            some = self._part.train(_whether(rows), valid and _whether(valid), whether)
        paid = rows.take(there) if there.sum() >= MIN_ROWS else rows
        much = self._much(paid.y).train(paid, *_paid(valid, half_time))
        halves = 0 if valid is None or fit.half is None else 2
        others = (Fitted(_half(some, i), _half(much, i) or much) for i in range(halves))
        return Fitted(some, much, tuple(others))

    def raw(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the probability of an amount times the expected amount, shape (n,)."""
        from scipy.special import expit

        value: np.ndarray = self._part.raw(fitted.much, X, fit)
        if fitted.some is None:
            return value
        value *= expit(self._part.raw(fitted.some, X, replace(fit, task=_WHETHER)))
        return value

    def sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return the probability of an amount times the expected amount, as SQL."""
        from custpred.sql.functions import expit

        value = self._part.sql(fitted.much, X, fit)
        if fitted.some is None:
            return value
        chance = self._part.sql(fitted.some, X, replace(fit, task=_WHETHER))
        return [f"({value[0]} * {expit(X.statement, chance[0])})"]

    def contributions(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return both parts' TreeSHAP values, converted for the product to add up to ``raw``."""
        from custpred.models._scores import through_product

        value: np.ndarray = self._part.contributions(fitted.much, X, fit)
        if fitted.some is None:
            return value
        return through_product(self._part.contributions(fitted.some, X, replace(fit, task=_WHETHER)), value)

    def pack(self, fitted: Fitted) -> State:
        """Return LightGBM's own texts and the amount's link."""
        some = self._part.pack(fitted.some)["text"] if fitted.some else b""
        much = self._part.pack(fitted.much)
        return {"some": some, "much": much["text"], "link": much["link"]}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Rebuild both parts from their texts."""
        some = {"text": packed["some"], "link": None}
        much = self._part.unpack({"text": packed["much"], "link": packed["link"]}, fit)
        return Fitted(self._part.unpack(some, fit) if len(packed["some"]) else None, much)

    @property
    def _part(self) -> LightGBM:
        return LightGBM(**self.model_dump(exclude={"amount"}))

    def _much(self, y: np.ndarray) -> LightGBM:
        wanted = self.amount if y.min() > 0 else "l2"
        part: LightGBM = self._part.with_(objective=wanted)
        return part


def _whether(rows: Rows) -> Rows:
    return replace(rows, y=(rows.y != 0).astype(int))


def _paid(valid: Rows | None, fit: Fit) -> tuple[Rows | None, Fit]:
    """Return the validation rows with an amount, and their halves; None if they are too few."""
    if valid is None:
        return None, replace(fit, half=None)
    there = valid.y != 0
    half = None if fit.half is None else fit.half[there]
    sizes = [there.sum()] if half is None else [half.sum(), (~half).sum()]
    return (valid.take(there), replace(fit, half=half)) if min(sizes) >= MIN_ROWS else (None, replace(fit, half=None))


def _half(fitted: lightgbm.Fitted | None, number: int) -> lightgbm.Fitted | None:
    """Return the fit stopped on one half, or the fit itself if it did not use halves."""
    return fitted.others[number] if fitted and fitted.others else fitted
