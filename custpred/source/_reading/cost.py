"""Cost of reading a text file, estimated from its size and its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from custpred.source._reading.decode import BOMS
from custpred.source._reading.path import PACKED, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FIRST = 1 << 16
_BYTES_A_SECOND = 60e6
"""Bytes parsed and typed per second on two cores: 45 to 55 MB with 48 and 2,000 columns."""
_TEXT, _CELL = 2, 16
"""Peak bytes of memory per byte of text and per cell; within 15 % of measured ones."""


class Cost(NamedTuple):
    """Estimated peak memory in bytes and time in seconds of reading; zeros if unknown."""

    memory: float = 0.0
    seconds: float = 0.0
    divisible: bool = False
    """Whether some of the customers can be read without holding the others in memory."""


def cost_of(files: Sequence[Path]) -> Cost:
    """Estimate the cost of reading text files together; compressed files are not opened."""
    texts = [file for file in files if file.suffix.lower() not in PACKED]
    size = sum(file.stat().st_size for file in texts)
    if not size:
        return Cost()
    with next(file for file in texts if file.stat().st_size).open("rb") as file:
        first = file.read(_FIRST)
    marks = max(first.count(mark) for mark in (b",", b";", b"\t", b"|")) + first.count(b"\n")
    return Cost(size * (_TEXT + _CELL * marks / len(first)), size / _BYTES_A_SECOND)


def by_lines(files: Sequence[Path], encoding: str | None) -> bool:
    """Return whether text files can be read by rows: not packed, nor in multi-byte encodings."""
    if any(file.suffix.lower() in PACKED for file in files) or (encoding or "").startswith(("utf-16", "utf-32")):
        return False
    wide = tuple(mark for mark, name in BOMS if name in {"utf-16", "utf-32"})
    return not any(read_bytes(file, 4).startswith(wide) for file in files)
