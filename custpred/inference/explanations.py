"""Explanations in the user's units: contributions of columns, and of words within texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.explain.reasons import attributions, by_source
from custpred.explain.words import asides, parts
from custpred.features.base import Feature
from custpred.preparation import lineage, transform
from custpred.task import Fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from custpred.columns.fitted_step import FittedStep
    from custpred.inference.predictor import Member, Predictor
    from custpred.step import State
    from custpred.storage.plain import JSON

ENDS = ("start", "answer")
"""The columns of reasons that are not customer columns."""


def reasons(predictor: Predictor, frame: pd.DataFrame, folds: int | None = None) -> pd.DataFrame:
    """Return each customer's reasons: ``start`` plus all columns equals ``answer``, the prediction.

    Parameters
    ----------
    frame
        Conforming rows.
    folds
        Number of folds whose models are used, for speed; None: all.

    Returns
    -------
    DataFrame
        Percentage points of the shown probability (of the positive or likeliest label), or units of
        the target.  ``start`` and ``answer`` come first, then the columns in the model's order.
    """
    why = predictor.reasons(frame, folds)
    names = [f"column {name}" if name in ENDS else name for name in why.columns]
    return pd.DataFrame(np.column_stack(_shown(predictor, why.values, why.start)), columns=[*ENDS, *names])


def words(predictor: Predictor, row: pd.DataFrame) -> pd.DataFrame:
    """Return the contributions of words in one customer's texts, in the units of ``reasons``.

    Parameters
    ----------
    row
        One conforming row.

    Returns
    -------
    DataFrame
        ``column``, ``word`` and ``part``: the words of a text by size, then one row with None for
        the rest.  The parts of a column add up to its reason.  Texts without word attributions,
        such as those used only by networks, have no rows.
    """
    why = predictor.reasons(row)
    whole = _shown(predictor, why.values, why.start)[2][0]
    rows: list[tuple[str, str | None, float]] = []
    for column, by_word in _raw_parts(predictor, row).items():
        place = why.columns.index(column)
        added = np.stack(list(by_word.values()))[None]
        others = np.delete(why.values, place, axis=1)
        left = why.values[:, [place]] - added.sum(axis=1, keepdims=True)
        own = _shown(predictor, np.concatenate([added, left, others], axis=1), why.start)[2][0, : len(by_word)]
        names = list(by_word)
        order = [at for at in np.argsort(-np.abs(own), kind="stable") if own[at] != 0]
        if order:
            rows += [(column, names[at], float(own[at])) for at in order]
            rows.append((column, None, float(whole[place] - own.sum())))
    return pd.DataFrame(rows, columns=["column", "word", "part"], dtype=object).astype({"part": float})


def either(
    predictor: Predictor, names: Sequence[str], frame: pd.DataFrame, folds: int | None = None, worded: bool = False
) -> pd.DataFrame:
    """Return ``reasons`` or, if ``worded``, the ``words`` of one customer, for these columns."""
    own = frame[list(names)]
    return words(predictor, own) if worded else reasons(predictor, own, folds)


def _shown(predictor: Predictor, values: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Convert contributions to raw scores into start, answer and parts in user-facing units."""
    task = predictor.task
    first, last = predictor.calibrated(start), predictor.calibrated(start + values.sum(axis=1))
    if task.kind == "regression":
        return first, last, attributions(values, start, None if task.floor is None else predictor.calibrated)
    binary = task.kind == "binary"
    chosen = np.ones(len(values), dtype=int) if binary else last.argmax(axis=1)
    one = (lambda z: predictor.calibrated(z)[:, 1]) if binary else predictor.calibrated
    rows = np.arange(len(values))
    shares = 100 * attributions(values, start, one, None if binary else chosen)
    return 100 * first[rows, chosen], 100 * last[rows, chosen], shares


def _raw_parts(predictor: Predictor, row: pd.DataFrame) -> dict[str, JSON]:
    """Return the contributions of words to the blend's raw score, by text column."""
    total: dict[str, JSON] = {}
    chains = [(key, fold, steps) for key in predictor.used for fold, steps in enumerate(predictor.preparations[key])]
    for key, fold, steps in chains:
        for place, by_word in _word_attributions(steps, row):
            X, made = _without(steps, place, row, by_word), lineage(steps[place + 1 :])
            for added, share in _contributions(predictor, predictor.members_of(key), fold, X):
                seen = by_source(added, {name: made[name] for name in X.columns})
                _count(total, steps[place].state, by_word, seen, share)
    return total


def _contributions(
    predictor: Predictor, members: Sequence[Member], fold: int, X: pd.DataFrame
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield the contributions of members that have them, with the member's share in the blend."""
    for member in members:
        added = member.model.contributions(member.fitted[fold], X, Fit(predictor.task))
        if added is not None:
            yield added[:, :-1], member.weight / len(member.fitted)


def _word_attributions(
    steps: Sequence[FittedStep], row: pd.DataFrame
) -> Iterator[tuple[int, dict[str, dict[str, float]]]]:
    """Yield the indices of the steps that attribute scores to words, with the attributions."""
    for place, step in enumerate(steps):
        if isinstance(step.spec, Feature):
            X = transform(steps[:place], row) if place else row
            by_word = {name: found for name, found in step.spec.attributions(X, step.state).items() if found}
            if by_word:
                yield place, by_word


def _without(
    steps: Sequence[FittedStep], place: int, row: pd.DataFrame, by_word: dict[str, dict[str, float]]
) -> pd.DataFrame:
    """Return a customer prepared with all words, none, those that raise, those that lower."""
    one = transform(steps[: place + 1], row)
    four = one.iloc[[0, 0, 0, 0]].reset_index(drop=True)
    scores = {
        name: (one[name].iloc[0] + asides(np.array(list(found.values())))).astype(one[name].dtype)
        for name, found in by_word.items()
    }
    four = four.assign(**scores)
    for step in steps[place + 1 :]:
        four = step.transform(four)
    return four


def _count(
    total: dict[str, JSON],
    state: State,
    by_word: dict[str, dict[str, float]],
    seen: tuple[tuple[str, ...], np.ndarray],
    share: float,
) -> None:
    """Add one fitted model's share of the words' contributions."""
    names, summed = seen
    for name, found in by_word.items():
        if name in names:
            own = share * parts(np.array(list(found.values())), summed[:, names.index(name)])
            text = total.setdefault(str(state["made"][name][0]), {})
            for word, part in zip(found, own, strict=True):
                text[word] = text.get(word, 0.0) + part
