"""N-grams of words or characters, counted without a dictionary: each n-gram is a 64-bit hash.

Texts become one array of code points ``c``, and the n-gram (run) from ``i`` to ``j`` has the hash
``B**-i * sum(mix(c[k]) * B**k for i <= k < j)`` modulo 2**64 for an odd ``B``: the polynomial of
Karp and Rabin, from cumulative sums.  It does not depend on the position, so n-grams are counted by
sorting numbers.  A million n-grams collide with a probability of about 1 in 37 million.

References
----------
Karp, R. and Rabin, M. (1987), Efficient randomized pattern-matching algorithms, IBM Journal of
Research and Development 31(2), doi:10.1147/rd.312.0249; ``mix`` is the finaliser of SplitMix64:
Steele, Lea and Flood (2014), OOPSLA, doi:10.1145/2714064.2660195, figure 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from custpred.features._frames import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


CHUNK = 1 << 21
"""Number of characters processed together, to limit the memory."""
_BASE = 0x9E3779B97F4A7C15
_BLANK, _END = ord(" "), ord("\n")
_SALTS = {"words": np.uint64(0), "characters": np.uint64(0xA5A5A5A5A5A5A5A5)}


@dataclass(frozen=True)
class Runs:
    """N-grams of one length: each one's text index, hash, and position in ``whole``."""

    text: np.ndarray
    number: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    whole: str

    def spelled(self, places: Sequence[int] | np.ndarray) -> list[str]:
        """Return the spelling of n-grams."""
        return [self.whole[self.start[place] : self.stop[place]] for place in places]


def runs(texts: Sequence[str], kind: str, longest: int) -> Iterator[Runs]:
    """Yield the n-grams of 1 to ``longest`` words or characters, for chunks of texts.

    Parameters
    ----------
    texts
        Lines with single blanks between words and no line break.
    kind
        ``words``, or ``characters``, which do not extend beyond a word and the blanks around it.
    """
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 3
    parts = np.flatnonzero(np.diff(np.cumsum(sizes) // CHUNK, prepend=-1))
    powers, inverse = _powers(_BASE, sizes, parts), _powers(pow(_BASE, -1, 2**64), sizes, parts)
    for first, last in zip(parts.tolist(), np.append(parts, len(texts))[1:].tolist(), strict=True):
        whole = "".join([f" {text} \n" for text in texts[first:last]])
        points = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        sums = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(_mixed(points) * powers[: len(points)], out=sums[1:])
        text = np.repeat(np.arange(first, last, dtype=np.int32), sizes[first:last])
        spans = _words(points, longest) if kind == "words" else _characters(points, longest)
        for start, stop in spans:
            number = (sums[stop] - sums[start]) * inverse[start] ^ _SALTS[kind]
            yield Runs(text[start], number, start, stop, whole)


def _words(points: np.ndarray, longest: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the starts and stops of n-grams of 1, 2, ... words."""
    blank = np.flatnonzero(points == _BLANK)
    line = np.cumsum(points == _END)[blank]
    filled = np.diff(blank, append=0) > 1
    for size in range(1, longest + 1):
        start, stop = blank[:-size], blank[size:]
        whole = (line[:-size] == line[size:]) & filled[: len(start)]
        yield start[whole] + 1, stop[whole]


def _characters(points: np.ndarray, longest: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the starts and stops of n-grams of 1, 2, ... characters, blanks only at the ends."""
    edge = (points == _BLANK) | (points == _END)
    before = np.concatenate([[0], np.cumsum(edge)])
    ends = points == _END
    for size in range(1, min(longest, len(points)) + 1):
        start = np.arange(len(points) - size + 1)
        inner = before[start + size - 1] - before[start + 1] if size > 2 else np.zeros(len(start), dtype=int)
        outer = before[start + size] - before[start]
        good = (inner <= 0) & (outer < size) & ~ends[start] & ~ends[start + size - 1]
        start = start[good]
        yield start, start + size


def _mixed(points: np.ndarray) -> np.ndarray:
    bits = points.astype(np.uint64) + np.uint64(_BASE)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = bits ^ (bits >> np.uint64(31))
    return mixed


def _powers(base: int, sizes: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return the powers 1, base, base**2, ... modulo 2**64 for the largest chunk."""
    most = int(np.add.reduceat(sizes, parts).max()) + 1 if len(parts) else 1
    powers = np.ones(most, dtype=np.uint64)
    done = 1
    while done < most:
        more = min(done, most - done)
        powers[done : done + more] = powers[:more] * np.uint64(pow(base, done, 2**64))
        done += more
    return powers


@dataclass(frozen=True)
class Found:
    """The n-grams of texts: text index and code of each occurrence; the hashes by code."""

    rows: int
    text: np.ndarray
    code: np.ndarray
    numbers: np.ndarray

    def counted(self, known: np.ndarray) -> csr_matrix:
        """Count the known n-grams (sorted hashes) in the texts, shape (n_texts, n_known)."""
        place = placed(self.numbers, known)
        return self.table(place, len(known))

    def table(self, place: np.ndarray, width: int) -> csr_matrix:
        """Count n-grams into columns given by code, shape (n_texts, width); -1 skips a code."""
        column = place[self.code]
        there = column >= 0
        ones = np.ones(int(there.sum()), dtype=np.float32)
        return csr_matrix((ones, (self.text[there], column[there])), shape=(self.rows, width))


def found(texts: dict[str, Sequence[str]], longest: dict[str, int]) -> Found:
    """Return all n-grams of texts.

    Parameters
    ----------
    texts
        By kind of n-gram, the same texts as lines of words and as characters.
    longest
        By kind of n-gram, the maximum length.
    """
    every = [(each.text, each.number) for kind, lines in texts.items() for each in runs(lines, kind, longest[kind])]
    text = np.concatenate([np.empty(0, dtype=np.int32), *(each for each, _ in every)])
    number = np.concatenate([np.empty(0, dtype=np.uint64), *(each for _, each in every)])
    code, numbers = pd.factorize(number)
    return Found(len(next(iter(texts.values()))), text, code.astype(np.int32), numbers)


@dataclass(frozen=True)
class Counted:
    """Counts of n-grams in texts, shape (n_texts, n_runs), and the sorted hashes of the n-grams."""

    counts: csr_matrix
    numbers: np.ndarray


def learned(texts: dict[str, Sequence[str]], longest: dict[str, int], least: int, most: int) -> Counted:
    """Count the n-grams in at least ``least`` texts, the ``most`` that are in the most texts.

    Parameters
    ----------
    texts, longest
        See ``found``.
    """
    every = found(texts, longest)
    often = np.bincount(every.code, minlength=len(every.numbers)) >= least
    counts = every.table(np.where(often, np.cumsum(often) - 1, -1).astype(np.int32), int(often.sum()))
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    chosen = np.flatnonzero(held >= least)
    if len(chosen) > most:
        chosen = np.sort(chosen[np.argsort(-held[chosen], kind="stable")[:most]])
    names = every.numbers[often][chosen]
    order = np.argsort(names)
    return Counted(counts[:, chosen[order]], names[order])


def counted(texts: dict[str, Sequence[str]], longest: dict[str, int], numbers: np.ndarray) -> csr_matrix:
    """Count known n-grams in texts, shape (n_texts, n_runs)."""
    return found(texts, longest).counted(numbers)


def placed(found: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the index of each hash among the known ones, -1 if unknown."""
    return places(found, numbers, absent=-1).astype(np.int32)
