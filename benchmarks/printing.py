"""Tables as Markdown, the same for all measurements."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

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


def sections(doc: str | None, *printers: Callable[[], None]) -> None:
    """Run the functions that the command line names; each prints tables of its own."""
    known = {each.__name__: each for each in printers}
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="+", choices=known)
    for name in parser.parse_args().sections:
        known[name]()
