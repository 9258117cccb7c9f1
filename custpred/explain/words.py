"""Which words of a text raise or lower a prediction, as parts of the text score's contribution.

The score of a text is a sum over its words, and a model turns it into a contribution, not always
linearly.  Words that raise the score and words that lower it are two players; each gets its mean
marginal contribution over both orders of entry (Shapley 1953).  Within a side the shares are
proportional to size: all words have the same sign, so none can be inflated by others that cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.text import part, plain, reads_zero

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 5
"""Number of words named on each side."""


def asides(added: np.ndarray) -> np.ndarray:
    """Return the change of a text's score in the four cases that ``parts`` needs, shape (4,).

    The cases: no words removed; all words; those that lower the score; those that raise it.

    >>> asides(np.array([2.0, -0.5])).tolist()
    [0.0, -1.5, 0.5, -2.0]
    """
    rise, fall = float(added[added > 0].sum()), float(added[added < 0].sum())
    return np.array([0.0, -(rise + fall), -fall, -rise])


def parts(added: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return attributions of words, (n_words,) or (n_words, n_classes), sum ``seen[0] - seen[1]``.

    Parameters
    ----------
    added : ndarray of shape (n_words,)
        The term of each word in the score.
    seen : ndarray of shape (4,) or (4, n_classes)
        Contribution of the whole text, without words, with only raising, with only lowering words.
    """
    whole, without, up, down = seen
    high, low = (up - without + whole - down) / 2, (down - without + whole - up) / 2
    rise, fall = _shares(added.clip(0)), _shares(-added.clip(None, 0))
    return np.asarray(np.multiply.outer(rise, high) + np.multiply.outer(fall, low))


def _shares(sizes: np.ndarray) -> np.ndarray:
    total = sizes.sum()
    return np.asarray(sizes / total if total > 0 else sizes)


def lines(
    column: str,
    words: Sequence[str],
    contributions: np.ndarray,
    rest: float,
    unit: str = "points",
    say: Callable[..., str] = str.format,
) -> tuple[str, ...]:
    """Return up to three sentences on a text: words that raise, words that lower, the rest.

    >>> lines("note", ["good", "fine"], np.array([4.0, 0.5]), 1.0)
    ('note, words up: good +4.0, fine +0.5 points', 'note, without words: +1.0 points')
    """
    sentences, name = [], plain(column, 60)
    ways = (("{name}, words up: {words} {unit}", 1.0), ("{name}, words down: {words} {unit}", -1.0))
    for text, sign in ways:
        order = [at for at in np.argsort(-sign * contributions, kind="stable") if sign * contributions[at] > 0]
        order = [at for at in order if not reads_zero(part(contributions[at], unit))]
        if order:
            named = [f"{plain(words[at], 60)} {part(contributions[at], unit)}" for at in order[:MOST]]
            if order[MOST:]:
                sum_ = part(contributions[order[MOST:]].sum(), unit)
                named.append(say("{n} more {amount}", n=len(order) - MOST, amount=sum_))
            sentences.append(say(text, name=name, words=", ".join(named), unit=unit).rstrip())
    left = say("{name}, without words: {amount} {unit}", name=name, amount=part(rest, unit), unit=unit).rstrip()
    return (*sentences, left) if sentences else ()
