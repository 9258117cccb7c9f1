"""Missing values become the column's most frequent value."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, ClassVar

from custpred.missing.base import Missing

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State


class Mode(Missing):
    """Fills every column with its most frequent value: for codes, grades and categories.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 9.0, None]})
    >>> spec = Mode()
    >>> spec.apply(X, spec.learn(X, None, None, 0))["income"].tolist()
    [1.0, 2.0, 9.0, 1.0]
    """

    synonyms = ("most_frequent",)
    words: ClassVar[dict[str, str]] = Missing.words | {"number": "most frequent value", "date": "most frequent date"}

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn the replacement of each column."""
        from custpred.missing import _values as values

        rules = values.Rules(values.most_frequent_number, date=values.most_frequent_date)
        return values.learn_values(X, names, rules)
