"""Forward selection of members in random halves of the rows, and the choice of how many to keep.

One half of the rows selects members; the other half assesses each prefix of the selection.  The
length kept is the longest whose mean merit is within one standard error of the best, because more
members have less noise.  ``greedy.py`` explains the idea and cites the paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.ensemble._merit import Half

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.ensemble._library import Library

MOST_ROWS = 5_000
"""Maximum number of rows of a half."""
MOST_NUMBERS = 300_000
"""Maximum of members x rows x classes of a half: a round takes milliseconds."""
REUSE_MARGIN = 0.01
"""Difference in merit, in standard errors, up to which chosen members are preferred."""
PATIENCE = 6
"""Number of rounds without a better blend after which the selection in a half stops."""


def grown(library: Library, best: int, *, rounds: int, bags: int, seed: int) -> np.ndarray | None:
    """Return mean weights of selections in random halves, shape (n_members,), or None.

    None with fewer than two members. The other halves decide how many members the selections keep,
    the same number for all.
    """
    members = library.usable()
    if len(members) < 2:
        return None
    shares, merits = [], []
    for inner, outer in _halves(library, members, members.index(best), bags, seed):
        steps = selected(inner, rounds)
        counts = np.eye(len(members))[steps].cumsum(axis=0)
        shares.append(counts / counts.sum(axis=1, keepdims=True))
        merits.append(outer.merits(_prefixes(outer.raws, steps), assessed=rounds))
    length = _length(np.array(merits))
    weights = np.zeros(len(library))
    weights[members] = np.mean([share[length - 1] for share in shares], axis=0)
    return weights


def pruned(weights: np.ndarray, least: float) -> np.ndarray:
    """Return weights of sum 1 without members below ``least``; the largest always stays.

    >>> pruned(np.array([0.6, 0.36, 0.04]), least=0.05)
    array([0.625, 0.375, 0.   ])
    """
    kept = weights * (weights >= min(least, weights.max()))
    return np.asarray(kept / kept.sum())


def selected(half: Half, rounds: int) -> list[int]:
    """Return ``rounds`` members in order of selection; repeated members have more weight.

    A half without a better blend for ``PATIENCE`` rounds repeats its best selection.
    """
    total = np.zeros_like(half.raws[0])
    steps: list[int] = []
    tops: list[float] = []
    for step in range(rounds):
        merits = half.merits((total + half.raws) / np.float32(step + 1))
        place = _preferred(merits, set(steps))
        total = total + half.raws[place]
        steps.append(place)
        tops.append(float(merits[place]))
        if step - int(np.argmax(tops)) >= PATIENCE:
            break
    best = steps[: int(np.argmax(tops)) + 1]
    return (best * rounds)[:rounds] if len(best) < rounds else best


def _preferred(merits: np.ndarray, chosen: set[int]) -> int:
    """Return the index with the highest merit; a member already chosen wins a near tie."""
    near = np.flatnonzero(merits >= merits.max() - REUSE_MARGIN)
    known = [int(place) for place in near if int(place) in chosen]
    return max(known, key=lambda place: merits[place]) if known else int(merits.argmax())


def _halves(library: Library, members: list[int], best: int, bags: int, seed: int) -> Iterator[tuple[Half, Half]]:
    """Yield pairs of random halves: one to select members, one to assess the selection."""
    generator = np.random.default_rng(seed)
    most = min(MOST_ROWS, max(500, MOST_NUMBERS // (len(members) * max(1, library.task.classes - 1))))
    for bag in range(bags):
        order = generator.permutation(len(library.truth))
        middle = len(order) // 2
        both = (np.sort(part[:most]) for part in (order[:middle], order[middle:]))
        first, second = (
            Half(
                library.take(members, rows),
                library.truth[rows],
                library.task,
                library.metric,
                best,
                seed + bag,
                library.weights_of(rows),
            )
            for rows in both
        )
        yield first, second


def _prefixes(raws: np.ndarray, steps: list[int]) -> np.ndarray:
    """Return the blend after each step, shape (n_steps, [k,] n_rows)."""
    counts = np.arange(1, len(steps) + 1, dtype=np.float32).reshape(-1, *[1] * (raws.ndim - 1))
    return np.asarray(raws[steps].cumsum(axis=0) / counts)


def _length(merits: np.ndarray) -> int:
    """Return the number of steps to keep, from merits of shape (n_bags, n_steps).

    More members smooth the blend: the longest selection within one standard error is kept.
    """
    top = int(merits.mean(axis=0).argmax())
    lost = merits[:, [top]] - merits
    noise = lost.std(axis=0, ddof=1) / np.sqrt(len(merits))
    return int(np.flatnonzero(lost.mean(axis=0) <= noise)[-1]) + 1
