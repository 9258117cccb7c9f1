"""Linear stacking: weights that may be negative, where that is significantly better.

Members of a blend make similar errors, so a weak member can improve it if it is subtracted.
Starting from the blend, directions from the blend to single members are added one by one, as long
as a score test finds them significant (Rao 1948), at a level that counts all members (Bonferroni).

References
----------
Wolpert (1992), Stacked generalization, Neural Networks 5; Breiman (1996), Stacked regressions,
Machine Learning 24.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import chdtri, expit, softmax

if TYPE_CHECKING:
    from custpred.ensemble._library import Library

MOST_ROWS, MOST_NUMBERS, FEWEST_ROWS = 10_000, 1_600_000, 500
"""Rows to fit weights to at most, rows x members x classes at most, and fewest rows."""
MOST_STEPS, MOST_NEWTON = 4, 20
"""Maximum number of directions, each of which may bring a new member, and of Newton steps."""
LEVEL = 0.05
"""Significance level of a direction, divided by the number of members."""
RIDGE, LEAST_SCALE = 1e-3, 0.2
"""Shrinkage towards the blend, and the smallest factor of the blend that is not degenerate."""


def stacked(library: Library, blend: np.ndarray, seed: int) -> np.ndarray:
    """Return weights that sum to 1 and may be negative; ``blend`` if no others are better.

    Parameters
    ----------
    blend
        The weights to start from, shape (n_members,).
    """
    members = library.usable()
    if len(members) < 2 or len(library.truth) < FEWEST_ROWS:
        return blend
    chosen, values = Stack.of(library, members, blend, seed).fit()
    if not chosen or values[0] < LEAST_SCALE:
        return blend
    weights = (values[0] - values[1:].sum()) * blend
    weights[[members[each] for each in chosen]] += values[1:]
    weights /= values[0]
    return weights if library.gain(weights) > library.gain(blend) else blend


@dataclass(frozen=True)
class Stack:
    """Raw scores of the blend, and the directions from it to each member.

    Parameters
    ----------
    base : ndarray of shape (n, k)
        The blend's raw scores; k is 1 unless there are several classes.
    directions : ndarray of shape (m, n, k)
        Each member's raw scores minus those of the blend.
    truth, weight : ndarray of shape (n,)
        Class codes or values, and row weights with mean 1.
    noise : float
        Regression: the blend's mean squared error; 0 for classes.
    """

    base: np.ndarray
    directions: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    noise: float

    @classmethod
    def of(cls, library: Library, members: list[int], blend: np.ndarray, seed: int) -> Self:
        """Take a random sample of a library's rows."""
        most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_NUMBERS // (len(members) * max(1, library.task.classes - 1))))
        rows = np.random.default_rng(seed).permutation(len(library.truth))[:most]
        raws = library.take(members, rows).astype(float)
        raws = raws[..., None] if raws.ndim == 2 else raws.swapaxes(1, 2)
        base, truth, weight = np.tensordot(blend[members], raws, axes=1), library.truth[rows], library.weights_of(rows)
        weight = np.ones(len(rows)) if weight is None else weight.astype(float)
        noise = float(np.mean(weight * (base[:, 0] - truth) ** 2)) if library.task.kind == "regression" else 0.0
        return cls(base, raws - base, truth, weight, noise)

    def fit(self) -> tuple[list[int], np.ndarray]:
        """Return the chosen directions; and the blend's factor, followed by theirs."""
        least = chdtri(1, LEVEL / len(self.directions)) / 2
        chosen: list[int] = []
        values = self._newton(chosen, np.ones(1))
        while len(chosen) < min(MOST_STEPS, len(self.directions) - 1):
            rises = self._rises(chosen, values)
            if rises.max() <= least:
                break
            chosen = [*chosen, int(rises.argmax())]
            values = self._newton(chosen, np.append(values, 0.0))
        return chosen, values

    def _scores(self, chosen: list[int], values: np.ndarray) -> np.ndarray:
        scores: np.ndarray = values[0] * self.base + np.tensordot(values[1:], self.directions[chosen], axes=1)
        return scores

    def _rises(self, chosen: list[int], values: np.ndarray) -> np.ndarray:
        """Return the approximate rise of the log-likelihood with each direction, shape (m,)."""
        columns = np.concatenate([self.base[None], self.directions])
        slopes, white = self._slopes(columns, self._scores(chosen, values))
        known = white[[0, *(each + 1 for each in chosen)]]
        across = white[1:] @ known.T
        left = (white[1:] ** 2).sum(axis=1) - ((across @ np.linalg.pinv(known @ known.T)) * across).sum(axis=1)
        rises = np.where(left > 1e-9 * len(white[0]), slopes[1:] ** 2 / np.maximum(2 * left, 1e-300), 0.0)
        rises[chosen] = 0.0
        return rises

    def _newton(self, chosen: list[int], values: np.ndarray) -> np.ndarray:
        """Return the coefficients with the highest penalised likelihood, from ``values`` on."""
        columns, values = np.concatenate([self.base[None], self.directions[chosen]]), values.copy()
        first = int(self.noise > 0)  # amounts keep the blend's level
        for _ in range(MOST_NEWTON):
            slopes, white = self._slopes(columns, self._scores(chosen, values))
            curve = white @ white.T
            ridge = RIDGE * np.append(0.0, np.diag(curve)[1:])
            step = np.linalg.pinv((curve + np.diag(ridge))[first:, first:]) @ (slopes - ridge * values)[first:]
            values[first:] += step
            if np.abs(step).max(initial=0.0) < 1e-6:
                break
        return values

    def _slopes(self, columns: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return slopes of the log-likelihood (c,), and columns whose products are its curvature.

        The columns have the shape (c, n x k).
        """
        weight = self.weight[:, None]
        if self.noise:
            error, shares = (self.truth[:, None] - scores) / self.noise, np.full_like(scores, 1 / self.noise)
        elif scores.shape[1] == 1:
            chance = expit(scores)
            error, shares = self.truth[:, None] - chance, chance * (1 - chance)
        else:
            shares = softmax(scores, axis=1)
            error = -shares
            error[np.arange(len(scores)), self.truth] += 1
            columns = columns - (columns * shares).sum(axis=2, keepdims=True)
        slopes = np.einsum("cnk,nk->c", columns, weight * error)
        return slopes, (columns * np.sqrt(weight * shares)).reshape(len(columns), -1)
