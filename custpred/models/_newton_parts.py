"""Two-class logistic regression on rows in parts on a Dask cluster, by Newton steps.

Loss, gradient and Hessian are sums over rows, so adding those of the parts gives the step of all
rows: the weights equal those of one machine up to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from custpred.models._newton import Problem, Weights, minimised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from distributed import Client, Future

    from custpred.models._columns import Columns
    from custpred.models._parts import Parts
    from custpred.task import Rows

Value = TypeVar("Value")


def two_classes(columns: Columns, parts: Parts, C: float) -> Weights:
    """Return the weights for all rows; labels are 0 and 1.

    Parameters
    ----------
    columns
        The scaling, learned from the sample.
    C
        As in ``_newton.two_classes``.
    """
    total = float(sum(parts.sizes))
    problems = parts.client.map(_problem, parts.rows, columns=columns, C=C, total=total, pure=False)

    found, _ = minimised(_Spread(parts.client, problems), np.zeros(parts.sample.X.shape[1] + 1))
    return Weights(found[None, :-1], found[-1:])


class _Spread:
    """The problem of all rows; its scores are the weights: those of rows stay on the workers."""

    def __init__(self, client: Client, problems: Sequence[Future]) -> None:
        self._client, self._problems = client, problems

    def scores(self, weights: np.ndarray) -> np.ndarray:
        return weights

    def loss(self, scores: np.ndarray, weights: np.ndarray) -> float:
        return float(sum(self._of_each(_loss, weights)))

    def gradient(self, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.asarray(np.sum(self._of_each(_gradient, weights), axis=0))

    def curvature(self, scores: np.ndarray) -> np.ndarray:
        return np.asarray(np.sum(self._of_each(_curvature, scores), axis=0))

    def _of_each(self, function: Callable[..., Value], weights: np.ndarray) -> list[Value]:
        found: list[Value] = self._client.gather(
            self._client.map(function, self._problems, weights=weights, pure=False)
        )
        return found


def _problem(rows: Rows, *, columns: Columns, C: float, total: float) -> Problem:
    return Problem(columns.apply(rows.X), rows.y.astype(float), rows.weight, C, total)


def _loss(problem: Problem, *, weights: np.ndarray) -> float:
    return problem.loss(problem.scores(weights), weights)


def _gradient(problem: Problem, *, weights: np.ndarray) -> np.ndarray:
    return problem.gradient(problem.scores(weights), weights)


def _curvature(problem: Problem, *, weights: np.ndarray) -> np.ndarray:
    return problem.curvature(problem.scores(weights))
