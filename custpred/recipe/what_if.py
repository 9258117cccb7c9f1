"""Which values of a customer the dashboard may change for what-if predictions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Rule = Literal["fixed", "changeable", "can_increase", "can_decrease"]


class WhatIf(BaseModel):
    """The rule of one column; a bare word is short for ``rule``.

    >>> WhatIf.model_validate("fixed").ends(3.0, 0.0, 9.0)
    (3.0, 3.0)
    >>> WhatIf(rule="can_increase").ends(3.0, 0.0, 9.0)
    (3.0, 9.0)
    >>> WhatIf(range=(2, 20)).ends(3.0, 0.0, 9.0)
    (2.0, 20.0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Rule = Field("changeable", description="Whether the value may change, and in which direction.")
    range: tuple[float, float] | None = Field(
        None, description="Smallest and largest value; default: those of training."
    )

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: object) -> object:
        return _rule_of(value)

    @model_validator(mode="after")
    def _rising(self) -> WhatIf:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("expected the smaller number of range first, such as [18, 120]")
        return self

    def ends(self, value: float, low: float, high: float) -> tuple[float, float]:
        """Return the lowest and highest number that a value may be set to; fixed: the value.

        Parameters
        ----------
        value
            The customer's current value.
        low, high
            The range of training.
        """
        if self.rule == "fixed":
            return value, value
        low, high = self.range or (min(low, value), max(high, value))
        low = max(low, value) if self.rule == "can_increase" else low
        high = min(high, value) if self.rule == "can_decrease" else high
        return float(low), float(high)


def _rule_of(value: object) -> object:
    return {"rule": value} if isinstance(value, str) else value


ColumnRule = Annotated[WhatIf, BeforeValidator(_rule_of, json_schema_input_type=Rule | dict[str, object])]
"""A rule as written in a recipe: a map, or a single word."""
