"""Explanations in the user's units: contributions of columns, and of words within texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

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
    from custpred.inference.predictor import Member, Predictor, Reasons
    from custpred.step import State
    from custpred.storage.plain import JSON

ByWord: TypeAlias = dict[str, dict[str, float]]
"""Columns computed from texts -> words -> terms of the score."""
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
    return _by_column(predictor, predictor.reasons(frame, folds))


def both(predictor: Predictor, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return ``reasons`` and ``words`` of conforming rows, which share one explanation."""
    why = predictor.reasons(rows)
    return _by_column(predictor, why), words(predictor, rows, why)


def _by_column(predictor: Predictor, why: Reasons) -> pd.DataFrame:
    names = [f"column {name}" if name in ENDS else name for name in why.columns]
    return pd.DataFrame(np.column_stack(_shown(predictor, why.values, why.start)), columns=[*ENDS, *names])


def words(predictor: Predictor, rows: pd.DataFrame, why: Reasons | None = None) -> list[pd.DataFrame]:
    """Return the contributions of words in each customer's texts, in the units of ``reasons``.

    Parameters
    ----------
    rows
        Conforming rows.
    why
        Their explanation, if it is known.

    Returns
    -------
    list of DataFrame
        By customer ``column``, ``word`` and ``part``: the words of a text by size, then one row
        with None for the rest.  The parts of a column add up to its reason.  Texts without word
        attributions, such as those used only by networks, have no rows.
    """
    raw = _raw_parts(predictor, rows)
    if not any(raw):
        return [_listed([]) for _ in raw]
    why = predictor.reasons(rows) if why is None else why
    whole = _shown(predictor, why.values, why.start)[2]
    return [_words_of(predictor, why.of(at), whole[at], by_text) for at, by_text in enumerate(raw)]


def _words_of(predictor: Predictor, why: Reasons, whole: np.ndarray, by_text: dict[str, JSON]) -> pd.DataFrame:
    """Return the words of one customer, whose contributions by column are ``whole``."""
    rows: list[tuple[str, str | None, float]] = []
    for column, by_word in by_text.items():
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
    return _listed(rows)


def _listed(rows: list[tuple[str, str | None, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["column", "word", "part"], dtype=object).astype({"part": float})


def either(
    predictor: Predictor, names: Sequence[str], frame: pd.DataFrame, folds: int | None = None, worded: bool = False
) -> pd.DataFrame:
    """Return ``reasons`` or, if ``worded``, the ``words`` with their ``row``, for these columns."""
    own = frame[list(names)]
    if not worded:
        return reasons(predictor, own, folds)
    return pd.concat([found.assign(row=row) for row, found in enumerate(words(predictor, own))])


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


def _raw_parts(predictor: Predictor, rows: pd.DataFrame) -> list[dict[str, JSON]]:
    """Return each customer's contributions of words to the blend's raw score, by text column."""
    total: list[dict[str, JSON]] = [{} for _ in range(len(rows))]
    chains = [(key, fold, steps) for key in predictor.used for fold, steps in enumerate(predictor.preparations[key])]
    found = [(*each, *words) for each in chains for words in _word_attributions(each[-1], rows)]
    for key, fold, steps, place, by_row in found:
        X, made = _without(steps, place, rows, by_row), lineage(steps[place + 1 :])
        for added, share in _contributions(predictor, predictor.members_of(key), fold, X):
            names, summed = by_source(added, {name: made[name] for name in X.columns})
            for own, by_word, seen in zip(total, by_row, np.split(summed, len(rows)), strict=True):
                _count(own, steps[place].state, by_word, (names, seen), share)
    return total


def _contributions(
    predictor: Predictor, members: Sequence[Member], fold: int, X: pd.DataFrame
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield the contributions of members that have them, with the member's share in the blend."""
    for member in members:
        added = member.model.contributions(member.fitted[fold], X, Fit(predictor.task))
        if added is not None:
            yield added[:, :-1], member.weight / len(member.fitted)


def _word_attributions(steps: Sequence[FittedStep], rows: pd.DataFrame) -> Iterator[tuple[int, list[ByWord]]]:
    """Yield the indices of the steps that attribute scores to words, with those of each row."""
    for place, step in enumerate(steps):
        if isinstance(step.spec, Feature) and type(step.spec).attributions is not Feature.attributions:
            X = transform(steps[:place], rows) if place else rows
            every = [step.spec.attributions(X.iloc[[at]], step.state) for at in range(len(X))]
            by_row = [{name: found for name, found in each.items() if found} for each in every]
            if any(by_row):
                yield place, by_row


def _without(steps: Sequence[FittedStep], place: int, rows: pd.DataFrame, by_row: Sequence[ByWord]) -> pd.DataFrame:
    """Return each customer prepared with all words, none, those that raise, those that lower."""
    every = transform(steps[: place + 1], rows)
    four = every.iloc[np.repeat(np.arange(len(every)), 4)].reset_index(drop=True)
    for name in dict.fromkeys(name for by_word in by_row for name in by_word):
        added = [asides(np.array(list(by_word.get(name, {}).values()))) for by_word in by_row]
        four[name] = (four[name] + np.concatenate(added)).astype(four[name].dtype)
    for step in steps[place + 1 :]:
        four = step.transform(four)
    return four


def _count(
    total: dict[str, JSON], state: State, by_word: ByWord, seen: tuple[tuple[str, ...], np.ndarray], share: float
) -> None:
    """Add one fitted model's share of the words' contributions."""
    names, summed = seen
    for name, found in by_word.items():
        if name in names:
            own = share * parts(np.array(list(found.values())), summed[:, names.index(name)])
            text = total.setdefault(str(state["made"][name][0]), {})
            for word, part in zip(found, own, strict=True):
                text[word] = text.get(word, 0.0) + part
