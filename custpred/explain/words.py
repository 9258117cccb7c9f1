"""Which words of a text speak for and against an answer: parts of what the text's score adds, which add up to it.

A text's score is a sum over its words, and a model turns the score into a contribution, not always by a straight line.
Words that raise the score and words that lower it are two players; each gets its mean addition over both orders of
coming in (Shapley 1953, A value for n-person games).  Within a side all pull one way, so that shares by size are safe:
words that cancel can blow no part up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 5
"""Words that are named on each side."""


def asides(added: np.ndarray) -> np.ndarray:
    """Return how far a text's score goes away with what is taken out of it, shape (4,), as ``parts`` wants it seen.

    Nothing is taken out; all words; those that lower the score; those that raise it.

    >>> asides(np.array([2.0, -0.5])).tolist()
    [0.0, -1.5, 0.5, -2.0]
    """
    rise, fall = float(added[added > 0].sum()), float(added[added < 0].sum())
    return np.array([0.0, -(rise + fall), -fall, -rise])


def parts(added: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return each word's part of ``seen[0] - seen[1]``, shape (n_words,) or (n_words, n_classes).

    Parameters
    ----------
    added : ndarray of shape (n_words,)
        What each word adds to the score.
    seen : ndarray of shape (4,) or (4, n_classes)
        The score's contribution where the text is whole, without words, with the rising ones and the lowering ones.
    """
    whole, without, up, down = seen
    high, low = (up - without + whole - down) / 2, (down - without + whole - up) / 2
    rise, fall = _shares(added.clip(0)), _shares(-added.clip(None, 0))
    return np.asarray(np.multiply.outer(rise, high) + np.multiply.outer(fall, low))


def _shares(sizes: np.ndarray) -> np.ndarray:
    total = sizes.sum()
    return np.asarray(sizes / total if total > 0 else sizes)


def lines(column: str, words: Sequence[str], points: np.ndarray, rest: float, unit: str = "points") -> tuple[str, ...]:
    """Return up to three sentences on one text: words that push up, words that push down, and the text without them.

    >>> lines("note", ["good", "bad", "a"], np.array([4.0, -2.5, 0.01]), 1.0)
    ('note, words up: good +4, a +0.01 points', 'note, words down: bad -2.5 points', 'note, without words: +1 points')
    """
    told = []
    for way, sign in (("up", 1.0), ("down", -1.0)):
        order = [at for at in np.argsort(-sign * points, kind="stable") if sign * points[at] > 0]
        if order:
            named = [f"{plain(words[at], 60)} {_signed(points[at])}" for at in order[:MOST]]
            more = [f"{len(order) - MOST} more {_signed(points[order[MOST:]].sum())}"] if order[MOST:] else []
            told.append(f"{plain(column, 60)}, words {way}: {', '.join([*named, *more])} {unit}".rstrip())
    return (*told, f"{plain(column, 60)}, without words: {_signed(rest)} {unit}".rstrip()) if told else ()


def _signed(amount: float) -> str:
    return f"{amount:+,.3g}" if abs(amount) < 1000 else f"{amount:+,.0f}"
