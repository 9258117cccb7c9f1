"""Linear stacking: weights that may be negative, where that is significantly better.

Members of a blend make similar errors, so a weak member can improve it if it is subtracted.
Starting from the blend, directions from the blend to single members are added one by one, as long
as a score test with the rows' own variance finds them significant (Rao 1948, White 1982), at a
level that counts all members (Bonferroni).

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
        The blend's raw scores; k is 1 unless there are several classes.  Amounts have mean 0.
    directions : ndarray of shape (m, n, k)
        Each member's raw scores minus those of the blend.
    truth, weight : ndarray of shape (n,)
        Class codes or values, and row weights with mean 1.
    amounts : bool
        Whether the truth is an amount: errors are squared, and their scale has no effect.
    """

    base: np.ndarray
    directions: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    amounts: bool

    @classmethod
    def of(cls, library: Library, members: list[int], blend: np.ndarray, seed: int) -> Self:
        """Take a random sample of a library's rows."""
        most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_NUMBERS // (len(members) * max(1, library.task.classes - 1))))
        rows = np.random.default_rng(seed).permutation(len(library.truth))[:most]
        raws = library.take(members, rows).astype(float)
        raws = raws[..., None] if raws.ndim == 2 else raws.swapaxes(1, 2)
        truth, weight = library.truth[rows], library.weights_of(rows)
        weight = np.ones(len(rows)) if weight is None else weight.astype(float)
        amounts = library.task.kind == "regression"
        if amounts:  # an intercept, which weights cannot express
            raws = raws - np.average(raws, axis=1, weights=weight)[:, None]
            truth = truth - np.average(truth, weights=weight)
        base = np.tensordot(blend[members], raws, axes=1)
        return cls(base, raws - base, truth, weight, amounts)

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
        """Return half the score statistic of each direction, shape (m,).

        It is divided by the variance that the rows show, not by the one that the model implies:
        errors of amounts have heavy tails.
        """
        columns = np.concatenate([self.base[None], self.directions])
        error, white = self._expansion(columns, self._scores(chosen, values))
        known = [0, *(each + 1 for each in chosen)]
        shares = white[1:] @ white[known].T @ np.linalg.pinv(white[known] @ white[known].T)
        apart = columns[1:] - np.tensordot(shares, columns[known], axes=1)
        scores = np.einsum("cnk,nk->cn", apart, error)
        spread = (scores**2).sum(axis=1)
        real = spread > 1e-12 * spread.max()  # others differ from the chosen ones by rounding only
        rises: np.ndarray = np.divide(scores.sum(axis=1) ** 2, 2 * spread, out=np.zeros(len(spread)), where=real)
        rises[chosen] = 0.0
        return rises

    def _newton(self, chosen: list[int], values: np.ndarray) -> np.ndarray:
        """Return the coefficients with the highest penalised likelihood, from ``values`` on."""
        columns = np.concatenate([self.base[None], self.directions[chosen]])
        for _ in range(MOST_NEWTON):
            error, white = self._expansion(columns, self._scores(chosen, values))
            slopes, curve = np.einsum("cnk,nk->c", columns, error), white @ white.T
            ridge = RIDGE * np.append(0.0, np.diag(curve)[1:])
            step = np.linalg.pinv(curve + np.diag(ridge)) @ (slopes - ridge * values)
            values = values + step
            if np.abs(step).max(initial=0.0) < 1e-6:
                break
        return values

    def _expansion(self, columns: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-likelihood's derivative by ``scores``, and columns for its curvature.

        Their products are those of ``columns`` (c, n, k) in the curvature; shape (c, n x k).
        """
        weight = self.weight[:, None]
        if self.amounts:
            error, shares = self.truth[:, None] - scores, np.ones_like(scores)
        elif scores.shape[1] == 1:
            chance = expit(scores)
            error, shares = self.truth[:, None] - chance, chance * (1 - chance)
        else:
            shares = softmax(scores, axis=1)
            error = -shares
            error[np.arange(len(scores)), self.truth] += 1
            columns = columns - (columns * shares).sum(axis=2, keepdims=True)
        return weight * error, (columns * np.sqrt(weight * shares)).reshape(len(columns), -1)
