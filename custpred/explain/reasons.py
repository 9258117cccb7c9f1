"""Attributions in units of the prediction, which add up to the predicted number.

The raw score is additive: ``z = start + sum of contributions``, and the calibrated map ``g`` turns
``z`` into the prediction.  A column's attribution is its share of ``g(z) - g(start)`` along the
straight path from start to ``z``: the path integral of Aumann and Shapley (1974), used by
integrated gradients (Sundararajan et al. 2017, ICML, eq. 1).  It explains the model, not causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.explain.event_words import event
from custpred.text import finite, number, part, plain, reads_zero

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NODES = 16
"""Number of nodes of the Gauss-Legendre rule along the path."""
NEAR = 1e-9
"""Relative distance of scores below which the derivative replaces the difference quotient."""
STEP = 1e-4
"""Step of a numeric derivative: absolute for several classes, relative for one raw score."""
CHUNK = 20_000


def attributions(
    contributions: np.ndarray,
    start: np.ndarray | float,
    calibrated: Callable[[np.ndarray], np.ndarray] | None = None,
    classes: np.ndarray | None = None,
) -> np.ndarray:
    """Return attributions, shape (n, p); rows sum to ``prediction - prediction at start``.

    Parameters
    ----------
    contributions : ndarray of shape (n, p) or (n, p, k)
        Contributions to the raw score, or to those of k classes.
    start : float or ndarray of shape (n,) or (n, k)
        Raw score without any contribution: that of the average customer.
    calibrated
        Map from raw scores (n,) to probabilities (n,), or (n, k) to (n, k); None: values.
    classes : ndarray of shape (n,), optional
        Several classes: the class to explain; None for the most likely one.

    Notes
    -----
    One raw score: ``phi (g(z) - g(z0)) / (z - z0)``, the closed form, or ``phi g'(z0)`` if ``z``
    equals ``z0``.  Several: numeric integration, its error distributed in proportion.

    Examples
    --------
    >>> contributions, start = np.array([[0.8, -0.2]]), -1.0
    >>> parts = attributions(contributions, start, lambda raw: 1 / (1 + np.exp(-raw)))
    >>> parts.round(3).tolist(), round(float(parts.sum()), 3)
    ([[0.176, -0.044]], 0.132)
    """
    if calibrated is None:
        return contributions
    if contributions.ndim == 2:
        return _scaled(contributions, np.broadcast_to(start, len(contributions)), calibrated)
    starts = np.broadcast_to(start, (len(contributions), contributions.shape[2]))
    parts = [slice(first, first + CHUNK) for first in range(0, len(contributions), CHUNK)]
    found = [
        _integrated(contributions[part], starts[part], calibrated, None if classes is None else classes[part])
        for part in parts
    ]
    return np.concatenate(found) if found else contributions[:, :, 0]


def by_source(contributions: np.ndarray, lineage: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], np.ndarray]:
    """Sum contributions of derived columns into the source columns from which they were computed.

    Parameters
    ----------
    contributions : ndarray of shape (n, p) or (n, p, k)
    lineage
        Source columns of each of the p columns, which share equally; without any it is its own.

    Returns
    -------
    tuple
        Names of the source columns by first occurrence, and contributions (n, n_sources[, k]).

    Examples
    --------
    >>> lineage = {"plan=a": ["plan"], "plan=b": ["plan"], "age": []}
    >>> names, summed = by_source(np.array([[0.3, 0.1, -0.2]]), lineage)
    >>> names, summed.round(1).tolist()
    (('plan', 'age'), [[0.4, -0.2]])
    """
    made = {name: tuple(sources) or (name,) for name, sources in lineage.items()}
    names = tuple(dict.fromkeys(source for sources in made.values() for source in sources))
    place = {name: i for i, name in enumerate(names)}
    mixing = np.zeros((len(made), len(names)))
    for row, sources in enumerate(made.values()):
        for source in sources:
            mixing[row, place[source]] += 1.0 / len(sources)
    return names, np.einsum("np...,ps->ns...", contributions, mixing)


def sentences(
    names: Sequence[str],
    values: Sequence[object],
    attributions: np.ndarray,
    *,
    most: int = 3,
    unit: str = "points",
    say: Callable[..., str] = str.format,
) -> tuple[str, ...]:
    """Return the strongest reasons of one customer as plain sentences; fewer if there are few.

    Parameters
    ----------
    values
        The customer's raw values, one per name; None and nan are missing.
    attributions : ndarray of shape (p,)
        In percentage points of a probability, or in units of the target.
    unit
        ``points``; empty for amounts.
    say
        Translates a template and formats it.

    >>> sentences(["Contract", "tenure"], ["Month-to-month", 2.0], np.array([12.3, 0.0]))
    ('Contract is Month-to-month: +12.3 points',)
    """
    lines, amounts = [], np.asarray(attributions, dtype=float)
    for place in np.argsort(-abs(amounts), kind="stable")[:most]:
        amount = part(float(amounts[place]), unit)
        if not finite(amounts[place]) or reads_zero(amount):
            continue
        of_event = event(names[place], values[place], say)
        if of_event:
            lines.append(say("{what}: {amount} {unit}", what=of_event, amount=amount, unit=unit).rstrip())
            continue
        words = {"name": plain(names[place], 60), "value": _shown(values[place], say), "amount": amount}
        lines.append(say("{name} is {value}: {amount} {unit}", **words, unit=unit).rstrip())
    return tuple(lines)


def _scaled(phi: np.ndarray, start: np.ndarray, calibrated: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Scale contributions to one raw score by the mean slope of the map between start and score.

    Steps are relative, as amounts have the target's scale; the numeric error is distributed.
    """
    way = phi.sum(axis=1)
    size = np.abs(start) + np.abs(phi).sum(axis=1)
    far = np.abs(way) > NEAR * size
    step = STEP * np.where(size > 0, size, 1.0)
    rise = calibrated(start + way) - calibrated(start)
    slope = (calibrated(start + step) - calibrated(start - step)) / (2 * step)
    parts = phi * np.where(far, rise / np.where(far, way, 1.0), slope)[:, None]
    return np.asarray(parts + (rise - parts.sum(axis=1))[:, None] * proportions(parts))


def _integrated(
    phi: np.ndarray, start: np.ndarray, calibrated: Callable[[np.ndarray], np.ndarray], classes: np.ndarray | None
) -> np.ndarray:
    """Integrate the gradient of a class's probability along the path from start to score."""
    way = phi.sum(axis=1)
    last = calibrated(start + way)
    chosen = last.argmax(axis=1) if classes is None else np.asarray(classes)
    rows = np.arange(len(phi))
    slope = np.zeros_like(way)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        at = start + node * way
        for place, step in enumerate(STEP * np.eye(way.shape[1])):
            rise = calibrated(at + step)[rows, chosen] - calibrated(at - step)[rows, chosen]
            slope[:, place] += weight * rise / (2 * STEP)
    parts = np.einsum("npk,nk->np", phi, slope)
    left = (last - calibrated(start))[rows, chosen] - parts.sum(axis=1)
    return np.asarray(parts + left[:, None] * proportions(parts))


def proportions(parts: np.ndarray) -> np.ndarray:
    """Return absolute parts as shares of their sum, equal if all are 0; rows sum to 1.

    >>> proportions(np.array([[3.0, -1.0], [0.0, 0.0]])).tolist()
    [[0.75, 0.25], [0.5, 0.5]]
    """
    sizes = abs(parts)
    total = sizes.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, sizes / np.where(total > 0, total, 1.0), 1.0 / max(1, parts.shape[1])))


def _shown(value: object, say: Callable[..., str]) -> str:
    """Return a customer's value as text for a sentence."""
    if value is None or (not isinstance(value, str) and str(value) in {"nan", "NaT", "<NA>"}):
        return say("missing")
    if isinstance(value, np.datetime64) or hasattr(value, "isoformat"):
        return str(value)[:10]
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        amount = float(value)
        return number(amount, 4) if finite(amount) else str(amount)
    return plain(value, 60)
