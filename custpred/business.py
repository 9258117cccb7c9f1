"""What a customer is worth and what acting costs: the numbers that turn a score into money."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    """Money kept when a customer is won: an amount, or a column times something."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = Field(None, description="Column with each customer's value, such as a monthly charge.")
    times: float = Field(1.0, gt=0, description="How often the value comes, such as 12 months.")
    margin: float = Field(1.0, gt=0, le=1, description="Share of the value that is kept.")
    amount: float | None = Field(None, ge=0, description="The same value for everyone.")


class Business(BaseModel):
    """The economics of a campaign: whom to contact, at what cost, with what success."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Value | float | None = Field(None, description="What a saved or won customer is worth.")
    contact_cost: Annotated[float, Field(ge=0, description="Cost of contacting one customer.")] = 0.0
    offer_cost: Annotated[float, Field(ge=0, description="Cost of the offer for one customer who takes it.")] = 0.0
    success_rate: Annotated[
        float, Field(gt=0, le=1, description="Share of contacted customers at risk whom the offer wins.")
    ] = 1.0
    capacity: Annotated[int | None, Field(ge=1, description="How many customers can be contacted.")] = None
    currency: str = Field("", max_length=8, description="Currency of all amounts, such as USD or KRW.")

    @property
    def known(self) -> bool:
        """Tell whether a customer's value is known, so that profit can be computed."""
        return self.value is not None
