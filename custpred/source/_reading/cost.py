"""What reading a text file takes, estimated from its size and its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from custpred.source._reading.path import PACKED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FIRST = 1 << 16
_BYTES_A_SECOND = 60e6
"""Text that is parsed and typed in a second; 45 to 55 MB measured on two cores, with 48 and 2,000 columns."""
_TEXT, _CELL = 2, 16
"""Bytes of memory at the peak for each byte of text and for each cell; within 15 % of the measured 1.6 and 3.2 GB."""


class Cost(NamedTuple):
    """Bytes of memory at the peak and seconds that reading takes, about; zeros where nothing is known."""

    memory: float = 0.0
    seconds: float = 0.0


def cost_of(files: Sequence[Path]) -> Cost:
    """Estimate the cost of reading text files together; packed ones are not looked into."""
    texts = [file for file in files if file.suffix.lower() not in PACKED]
    size = sum(file.stat().st_size for file in texts)
    if not size:
        return Cost()
    with texts[0].open("rb") as file:
        first = file.read(_FIRST)
    marks = max(first.count(mark) for mark in (b",", b";", b"\t", b"|")) + first.count(b"\n")
    return Cost(size * (_TEXT + _CELL * marks / len(first)), size / _BYTES_A_SECOND)
