"""Typed frames on disk as ``npy`` files: workers memory-map the columns that they need."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custpred.storage.plain import JSON

_NONE, _NAN = -1, -2
"""Lengths that represent a missing text, None or NaN."""


def save_frame(folder: Path, frame: pd.DataFrame) -> None:
    """Write numbers, dates, categories and texts; columns of one dtype share a file.

    Raises
    ------
    TypeError
        If a column holds other objects, which typed tables do not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    groups: dict[str, list[np.ndarray]] = {}
    listed: list[JSON] = []
    for place, name in enumerate(frame.columns):
        column = frame[name]
        how: JSON = {"name": name}
        if isinstance(column.dtype, pd.CategoricalDtype):
            values = column.cat.codes.to_numpy(dtype=np.int32)
            levels = column.cat.categories
            how |= {"levels": levels.tolist(), "dtype": str(levels.dtype), "ordered": bool(column.cat.ordered)}
        elif isinstance(column.dtype, np.dtype) and column.dtype != object:
            values = column.to_numpy()
        else:
            how["text"] = place
            _save_texts(folder, place, column)
            listed.append(how)
            continue
        group = groups.setdefault(values.dtype.str, [])
        listed.append({**how, "group": list(groups).index(values.dtype.str), "row": len(group)})
        group.append(values)
    for number, arrays in enumerate(groups.values()):
        np.save(folder / f"values{number}.npy", np.stack(arrays))
    (folder / "columns.json").write_text(json.dumps({"rows": len(frame), "columns": listed}), "utf-8")


def load_frame(folder: Path, names: Sequence[str] | None = None, rows: np.ndarray | None = None) -> pd.DataFrame:
    """Load columns and rows of a frame saved with ``save_frame``; None: all."""
    plain = json.loads((folder / "columns.json").read_text("utf-8"))
    known = {each["name"]: each for each in plain["columns"]}
    chosen = list(known) if names is None else list(names)
    index = pd.RangeIndex(plain["rows"] if rows is None else len(rows))
    parts: list[pd.DataFrame] = []
    groups: dict[tuple[int, bool], list[str]] = {}
    for name in chosen:
        if "text" in known[name]:
            parts.append(_load_texts(folder, known[name]["text"], rows).set_axis(index).to_frame(name))
        else:
            groups.setdefault((known[name]["group"], "levels" in known[name]), []).append(name)
    for (number, coded), group in groups.items():
        values = np.load(folder / f"values{number}.npy", mmap_mode="r")
        places = [known[name]["row"] for name in group]
        block = values[places] if rows is None else values[np.ix_(places, rows)]
        if coded:
            levels = {name: _categorical(codes, known[name]) for name, codes in zip(group, block, strict=True)}
            parts.append(pd.DataFrame(levels, index=index))
        else:
            parts.append(pd.DataFrame(block.T, index=index, columns=group, copy=False))
    frame = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=index)
    return frame if list(frame.columns) == chosen else frame[chosen]


def _categorical(codes: np.ndarray, how: JSON) -> pd.Categorical:
    dtype = pd.CategoricalDtype(pd.Index(how["levels"], dtype=how["dtype"]), ordered=how["ordered"])
    return pd.Categorical.from_codes(codes, dtype=dtype)


def _save_texts(folder: Path, place: int, column: pd.Series) -> None:
    values = column.tolist()
    lengths = np.fromiter(map(_length, values), dtype=np.int64, count=len(values))
    whole = "".join([value for value in values if isinstance(value, str)])
    np.save(folder / f"lengths{place}.npy", lengths)
    (folder / f"texts{place}.utf8").write_bytes(whole.encode("utf-8", "surrogatepass"))


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if value is None:
        return _NONE
    if isinstance(value, float) and math.isnan(value):
        return _NAN
    raise TypeError(f"a typed column holds {type(value).__name__}")


def _load_texts(folder: Path, place: int, rows: np.ndarray | None) -> pd.Series:
    lengths = np.load(folder / f"lengths{place}.npy")
    whole = (folder / f"texts{place}.utf8").read_bytes().decode("utf-8", "surrogatepass")
    ends = np.cumsum(np.maximum(lengths, 0))
    starts = ends - np.maximum(lengths, 0)
    if rows is not None:
        lengths, starts, ends = lengths[rows], starts[rows], ends[rows]
    markers: dict[int, object] = {_NONE: None, _NAN: np.nan}
    triples = zip(lengths.tolist(), starts.tolist(), ends.tolist(), strict=True)
    return pd.Series(
        [markers[length] if length < 0 else whole[start:end] for length, start, end in triples], dtype=object
    )
