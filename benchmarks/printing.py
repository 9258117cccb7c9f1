"""Tables as Markdown, the same for all measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def markdown(frame: pd.DataFrame) -> str:
    """Return a frame as a Markdown table, index first; what is missing is left empty."""
    names = [str(name or "") for name in frame.index.names]
    rows = [
        [*(key if isinstance(key, tuple) else (key,)), *row]
        for key, row in zip(frame.index, frame.to_numpy(object), strict=True)
    ]
    lines = [[*names, *frame.columns], ["---"] * (len(names) + frame.shape[1]), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"  # noqa: PLR0124 - nan is not itself
    return "" if value is None else str(value)
