"""Prepared rows of a fold on disk, memory-mapped by workers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.dtypes import categories
from custpred.task import Rows

if TYPE_CHECKING:
    from pathlib import Path


def save_rows(folder: Path, rows: Rows) -> None:
    """Write prepared rows as plain ``npy`` files that can be memory-mapped."""
    folder.mkdir(parents=True, exist_ok=True)
    coded = categories(rows.X)
    plain = [c for c in rows.X.columns if c not in set(coded)]
    np.save(folder / "numbers.npy", rows.X[plain].to_numpy(dtype=np.float32))
    codes = [rows.X[c].cat.codes.to_numpy(dtype=np.int32) for c in coded]
    np.save(folder / "codes.npy", np.column_stack(codes) if codes else np.empty((len(rows.X), 0), np.int32))
    np.save(folder / "truth.npy", rows.y)
    if rows.weight is not None:
        np.save(folder / "weight.npy", rows.weight)
    levels = [len(rows.X[c].cat.categories) for c in coded]
    names = {"columns": list(rows.X.columns), "numbers": plain, "codes": coded, "levels": levels}
    (folder / "columns.json").write_text(json.dumps(names))


def load_rows(folder: Path) -> Rows:
    """Memory-map prepared rows; only category codes are copied."""
    names = json.loads((folder / "columns.json").read_text())
    X = pd.DataFrame(np.load(folder / "numbers.npy", mmap_mode="r"), columns=names["numbers"], copy=False)
    codes = np.load(folder / "codes.npy", mmap_mode="r")
    if names["codes"]:
        dtypes = [pd.CategoricalDtype(range(count)) for count in names["levels"]]
        columns = {
            name: pd.Categorical.from_codes(codes[:, i], dtype=dtypes[i]) for i, name in enumerate(names["codes"])
        }
        X = pd.concat([X, pd.DataFrame(columns, index=X.index)], axis=1)[names["columns"]]
    weight = np.load(folder / "weight.npy") if (folder / "weight.npy").exists() else None
    return Rows(X, np.load(folder / "truth.npy"), weight, folder)
