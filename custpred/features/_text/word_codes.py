"""Words as codes: which words are known, and texts as matrices of codes."""

from __future__ import annotations

from collections import Counter
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np

from custpred.columns.sequence import FIRST, PADDING, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 4096
"""Number of texts that are split into words together, to limit the memory."""
LONGEST, SHARE = 200, 0.95


def vocabulary(lines: Sequence[str], most: int, least: int) -> list[str]:
    """Return the ``most`` words in the most texts, in at least ``least``; ties alphabetically."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(set(line.split()))
    common = [(word, rows) for word, rows in counts.items() if rows >= least]
    return [word for word, _ in sorted(common, key=lambda each: (-each[1], each[0]))[:most]]


def usual_length(lines: Sequence[str]) -> int:
    """Return the 95 % quantile of the number of words of a text, at least 1 and at most 200."""
    if not lines:
        return 1
    lengths = np.fromiter((line.count(" ") + 1 for line in lines), dtype=np.int64, count=len(lines))
    return int(np.clip(np.ceil(np.quantile(lengths, SHARE)), 1, LONGEST))


def coded(lines: Sequence[str], known: Sequence[str], length: int, *, head: bool = False) -> np.ndarray:
    """Return texts as codes, float32, shape (length, n_texts), the last word in the last row.

    Parameters
    ----------
    lines
        Words separated by blanks.
    known
        Words with their own codes, from 2 on; other words have code 1, and 0 is padding.
    length
        Number of words kept of a text: the last ones, or with ``head`` the first ones.
    """
    place = {word: code for code, word in enumerate(known, start=FIRST)}
    matrix = np.full((length, len(lines)), PADDING, dtype=np.float32)
    kept = slice(None, length) if head else slice(-length, None)
    for start in range(0, len(lines), CHUNK):
        words = [line.split()[kept] for line in lines[start : start + CHUNK]]
        counts = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        codes = np.fromiter(map(place.get, chain.from_iterable(words), repeat(UNSEEN)), np.float32, int(counts.sum()))
        text = np.repeat(np.arange(len(words)), counts)
        within = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
        matrix[length - counts[text] + within, start + text] = codes
    return matrix
