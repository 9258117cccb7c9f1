"""Whether the order of rows, or of ids, is related to the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.profile._signal import codes_of_numbers

if TYPE_CHECKING:
    from custpred.profile._survey import Survey


def order_strengths(found: Survey) -> tuple[float, dict[str, float]]:
    """Return the strength of the row number, and of each id column's numbers or ranks."""
    if found.signal is None:
        return 0.0, {}
    rows = found.sample[0]
    names = dict.fromkeys([*([found.table.key] if found.table.key in found.table.frame else []), *_ids(found)])
    by_row = found.signal.strength(*codes_of_numbers(rows.astype(np.float64)))
    ids = {name: found.signal.strength(*codes_of_numbers(_placed(found, str(name)))) for name in names}
    return by_row, {str(name): value for name, value in ids.items()}


def _ids(found: Survey) -> list[str]:
    return found.table.of_kind("id")


def _placed(found: Survey, name: str) -> np.ndarray:
    """Return the number in each id, or its alphabetical rank if some ids contain no number."""
    column = found.table.frame[name].iloc[found.sample[0]]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column, dtype=np.float64)
    text = column.astype(object).where(column.notna(), "").astype(str)
    digits = np.asarray(pd.to_numeric(text.str.extract(r"(\d{1,15})\D*$", expand=False), errors="coerce"), dtype=float)
    if np.isnan(digits).mean() <= 0.05:
        return digits
    codes, _ = pd.factorize(text, sort=True)
    return np.asarray(codes, dtype=np.float64)
