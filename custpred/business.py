"""The value of a customer and the costs of a campaign, which turn a score into expected profit."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from custpred.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table

_OTHER_KINDS = frozenset({"category", "date", "text", "id", "empty"})


class Value(BaseModel):
    """Money kept when a customer is won: ``amount`` or ``column`` x ``times`` x ``margin``.

    A bare number is short for ``amount``, a bare name for ``column``.  With neither, the value is
    the amount that is predicted (targets such as spend).

    >>> Value.model_validate(300).amount, Value.model_validate("MonthlyCharges").column
    (300.0, 'MonthlyCharges')
    >>> Value(column="MonthlyCharges", times=12, margin=0.4).factor
    4.800000000000001
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = Field(None, min_length=1, description="Column with each customer's value.")
    times: float = Field(1.0, gt=0, allow_inf_nan=False, description="How often the value comes, such as 12 months.")
    margin: float = Field(1.0, gt=0, le=1, description="Share of the value that is kept.")
    amount: float | None = Field(None, ge=0, allow_inf_nan=False, description="The same value for everyone.")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return {"amount": value}
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Value:
        if self.column is not None and self.amount is not None:
            raise ValueError("expected either a column or an amount, got both; leave one of them out")
        return self

    @property
    def known(self) -> bool:
        """Return whether the value is known before anything is predicted."""
        return self.column is not None or self.amount is not None

    @property
    def factor(self) -> float:
        """Return the multiplier of an amount: times x margin."""
        return self.times * self.margin


class Business(BaseModel):
    """The economics of a campaign: whom to contact, at what cost, with what success.

    >>> import numpy as np
    >>> money = Business(value=300, contact_cost=2, offer_cost=20, success_rate=0.3)
    >>> money.profit(np.array([0.5, 0.01]), 300.0).round(2).tolist()
    [40.0, -1.16]
    >>> round(money.break_even(300.0), 3)
    0.024
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Value | None = Field(None, description="Value of a saved or won customer.")
    contact_cost: Annotated[float, Field(ge=0, allow_inf_nan=False, description="Cost of contacting one customer.")] = (
        0.0
    )
    offer_cost: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="Cost of the offer for one customer who takes it.")
    ] = 0.0
    success_rate: Annotated[
        float, Field(gt=0, le=1, description="Share of contacted customers at risk whom the offer wins.")
    ] = 1.0
    capacity: Annotated[int | None, Field(ge=1, description="Customers that can be contacted in a scoring round.")] = (
        None
    )
    currency: str = Field("", max_length=8, description="Currency of all amounts, such as USD or KRW.")

    @property
    def known(self) -> bool:
        """Return whether a customer's value is known, so that profit can be computed."""
        return self.value is not None and self.value.known

    def customer_values(self, table: Table) -> np.ndarray:
        """Return the value of each customer if won, in money, shape (n_customers,); unknown is 0.

        Raises
        ------
        DataError
            If no value is given, or its column is not there or holds no numbers.
        """
        if self.value is None or not self.value.known:
            raise DataError(
                "Expected the value of a customer, but business.value gives neither an amount nor a column.",
                code="CP2133",
                remedy="Write business: {value: 100} or business: {value: {column: ..., times: 12}}.",
            )
        return self.values_from(self.amounts(table), len(table))

    def values_from(self, amounts: np.ndarray | None, rows: int) -> np.ndarray:
        """Return the value of each customer from the value column's numbers; missing is 0."""
        import numpy as np

        value = self.value or Value()
        if value.column is None or amounts is None:
            return np.full(rows, float(value.amount or 0.0) * value.factor)
        with np.errstate(over="ignore"):  # an infinite value is no error
            return np.asarray(np.nan_to_num(amounts, posinf=0.0, neginf=0.0) * value.factor)

    def amounts(self, table: Table) -> np.ndarray | None:
        """Return the numbers of the value column, missing as nan; None without a column."""
        return None if self.value is None or self.value.column is None else self._numbers(table, self.value.column)

    def unknown(self, table: Table) -> int:
        """Count the customers whose value is missing in the value's column."""
        import numpy as np

        if self.value is None or self.value.column is None:
            return 0
        return int((~np.isfinite(self._numbers(table, self.value.column))).sum())

    def profit(self, chance: np.ndarray, value: np.ndarray | float) -> np.ndarray:
        """Return the profit of contacting each customer, in money.

        ``chance x success_rate x (value - offer_cost) - contact_cost``: only a customer who would
        act without us can be won, only one who is won takes the offer, and every contact costs.
        ``chance`` is the positive class's probability, or 0 and 1 for the realised profit.

        Notes
        -----
        After Verbraken, Verbeke and Baesens (2013), IEEE TKDE 25:961.  There every contacted
        customer who would have stayed takes the offer; here only those who are won.
        """
        return chance * (self.success_rate * (value - self.offer_cost)) - self.contact_cost

    def break_even(self, value: float) -> float | None:
        """Return the probability from which a contact pays off at that value; None if never."""
        won = self.success_rate * (value - self.offer_cost)
        if won <= 0 or won < self.contact_cost:
            return None
        return self.contact_cost / won

    @staticmethod
    def _numbers(table: Table, name: str) -> np.ndarray:
        import numpy as np
        import pandas as pd

        kind = table.column(name).kind
        if kind in _OTHER_KINDS:
            raise DataError(
                f"Expected numbers in the column {name!r} of business.value, but it is of kind {kind!r}.",
                code="CP2132",
                column=name,
                found=kind,
                remedy=f"Name a column with numbers, or set customers: {{types: {{{name}: number}}}}.",
            )
        values: np.ndarray = pd.to_numeric(table.frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        return values
