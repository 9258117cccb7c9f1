"""Class labels in the target's own type: text inside, the values of the user's column outside."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from custpred.storage.plain import JSON

Values = Literal["text", "int", "float", "bool"]


@dataclass(frozen=True)
class LabelType:
    """The type of the target's column, as plain data that a model folder keeps.

    Parameters
    ----------
    dtype
        Pandas dtype of predicted labels, such as ``int64``, ``boolean``, ``category``; empty: text.
    values
        What the labels are.
    categories
        For ``category``: all categories as text, in their order.
    ordered
        For ``category``: whether the order means something.
    """

    dtype: str = ""
    values: Values = "text"
    categories: tuple[str, ...] = ()
    ordered: bool = False

    @classmethod
    def load(cls, plain: JSON | None) -> LabelType:
        """Rebuild from the output of ``dataclasses.asdict``; plain text labels if it is empty."""
        own = dict(plain or {})
        return cls(**{**own, "categories": tuple(own.get("categories", ()))})

    def native(self, texts: Sequence[str]) -> list[object]:
        """Return labels as Python values of the target's type; as text if one does not fit.

        >>> LabelType("int64", "int").native(["0", "1"])
        [0, 1]
        >>> LabelType("bool", "bool").native(["False", "True"])
        [False, True]
        """
        read: JSON = {"int": int, "float": float, "bool": _TRUTH.__getitem__, "text": str}
        try:
            return [read[self.values](text) for text in texts]
        except (ValueError, KeyError):
            return list(texts)

    def array(self, texts: Sequence[str], codes: np.ndarray) -> object:
        """Return the label of each code as an array of the target's dtype, shape (n_rows,)."""
        import numpy as np
        import pandas as pd

        values = self.native(texts)
        if self.dtype == "category":
            known = self.native(self.categories)
            kept = known if set(values) <= set(known) else values
            dtype: object = pd.CategoricalDtype(pd.Index(kept), ordered=self.ordered)
            return pd.Categorical(pd.Index(values).take(codes), dtype=dtype)
        plain = np.empty(len(values), dtype=object)
        plain[:] = values
        fits = self.values == "text" or not any(isinstance(value, str) for value in values)
        return pd.array(plain, dtype=self.dtype).take(codes) if self.dtype and fits else plain[codes]


_TRUTH = {"True": True, "1": True, "False": False, "0": False}


def inferred(texts: Sequence[str]) -> LabelType:
    """Return the type that labels of a source without types, such as CSV, spell.

    >>> inferred(["0", "1"]).dtype, inferred(["False", "True"]).dtype, inferred(["00", "01"]).dtype
    ('int64', 'bool', '')
    """
    kinds: dict[str, tuple[Values, type[bool | int | float]]] = {
        "bool": ("bool", bool),
        "int64": ("int", int),
        "float64": ("float", float),
    }
    for dtype, (values, kind) in kinds.items():
        native = LabelType(dtype, values).native(texts)
        if texts and all(
            isinstance(each, kind) and str(each) == text for each, text in zip(native, texts, strict=True)
        ):
            return LabelType(dtype, values)
    return LabelType()
