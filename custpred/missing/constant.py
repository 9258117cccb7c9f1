"""Missing values become one constant value."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from custpred.missing.base import Missing

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State


class Constant(Missing):
    """Fills numbers with one value and categories with one level, such as 'none yet'.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 9.0, None]})
    >>> spec = Constant(value=-1)
    >>> spec.apply(X, spec.learn(X, None, None, 0))["income"].tolist()
    [1.0, 2.0, 9.0, -1.0]
    """

    words: ClassVar[dict[str, str]] = {"number": "constant", "category": "level of its own", "text": "empty text"}

    value: float = Field(0.0, allow_inf_nan=False, description="Replacement of missing numbers.")
    level: str = Field("(missing)", min_length=1, description="Level that replaces missing values in categories.")

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Return the recipe's values for each column; dates are not filled."""
        from custpred.missing._values import Rules, learn_values

        fill = learn_values(X, names, Rules(lambda values: self.value, lambda column: self.level, date=None))
        number = dict.fromkeys(fill["number"], self.value)
        return fill | {"number": number, "category": dict.fromkeys(fill["category"], self.level), "empty": []}
