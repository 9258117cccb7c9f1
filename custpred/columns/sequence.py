"""Sequence columns: flat columns ``stem@-k``, where ``k`` counts back from 0, the newest.

Only this module knows that grammar.  A stem that ends in ``#`` holds codes (whole numbers; 0 is
padding or a missing value, 1 is rare or unseen); any other stem holds numbers (NaN is padding).
Split, search and report see ordinary columns; networks read them as sequences.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd

MARK, CODED = "@-", "#"
PADDING, UNSEEN, FIRST = 0, 1, 2
"""Codes of padding, of rare or unseen values, and the first code of a known value."""
NO_SEQUENCE = (
    "It needs sequences, but no feature of the recipe makes any: add 'steps' (events, or numbered columns such as"
    " m1, m2) or 'tokens' (texts)."
)
_NAME = re.compile(r"(.+)@-(0|[1-9]\d{0,5})", re.DOTALL)


def step_name(stem: str, back: int) -> str:
    """Return the name of a stem's column ``back`` steps before the newest.

    >>> step_name("amount", 3)
    'amount@-3'
    """
    return f"{stem}{MARK}{back}"


def parsed(name: object) -> tuple[str, int] | None:
    """Return the stem of a sequence column and its number of steps back; None for any other column.

    >>> parsed("shop#@-12"), parsed("tenure"), parsed("me@-home")
    (('shop#', 12), None, None)
    """
    found = _NAME.fullmatch(name) if isinstance(name, str) and MARK in name else None
    return (found[1], int(found[2])) if found else None


def is_step(name: object) -> bool:
    """Return whether a column is one step of a sequence.

    >>> is_step("orders@-1"), is_step("orders")
    (True, False)
    """
    return parsed(name) is not None


def is_coded(stem: str) -> bool:
    """Return whether a stem holds codes.

    >>> is_coded("shop#"), is_coded("amount")
    (True, False)
    """
    return stem.endswith(CODED)


def step_columns(names: Iterable[object]) -> list[str]:
    """Return the sequence columns among ``names``, in the same order.

    >>> step_columns(["age", "amount@-1", "amount@-0"])
    ['amount@-1', 'amount@-0']
    """
    return [str(name) for name in names if is_step(name)]


@dataclass(frozen=True)
class Layout:
    """The sequences of a frame.

    Parameters
    ----------
    stems
        Channels in the order of their first column.
    steps
        Length of the longest sequence; shorter ones are padded at their oldest end.
    columns
        The sequence columns that exist.
    """

    stems: tuple[str, ...]
    steps: int
    columns: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[object]) -> Self:
        """Read the layout from column names; other columns are ignored."""
        found = {str(name): place for name in names if (place := parsed(name))}
        stems = tuple(dict.fromkeys(stem for stem, _ in found.values()))
        return cls(stems, max((back + 1 for _, back in found.values()), default=0), frozenset(found))

    @property
    def coded(self) -> tuple[str, ...]:
        """Return the stems that hold codes."""
        return tuple(stem for stem in self.stems if is_coded(stem))

    @property
    def numeric(self) -> tuple[str, ...]:
        """Return the stems that hold numbers."""
        return tuple(stem for stem in self.stems if not is_coded(stem))

    def names(self, stem: str) -> list[str]:
        """Return the ``steps`` names of a stem, newest last, whether or not they exist."""
        return [step_name(stem, back) for back in range(self.steps - 1, -1, -1)]

    def fold(self, X: pd.DataFrame, stems: Iterable[str]) -> np.ndarray:
        """Return channels as float32, shape (n_rows, n_steps, n_channels), the newest step last.

        Padding is 0 in coded channels and NaN in the others.
        """
        import numpy as np

        chosen = tuple(stems)
        folded = np.empty((len(X), self.steps, len(chosen)), dtype=np.float32)
        for place, stem in enumerate(chosen):
            names = self.names(stem)
            there = [name in self.columns for name in names]
            own = folded[:, :, place]
            own[:, np.logical_not(there)] = np.nan
            own[:, there] = X[[name for name in names if name in self.columns]].to_numpy(dtype=np.float32)
            if is_coded(stem):
                own[~(own >= PADDING)] = PADDING
        return folded
