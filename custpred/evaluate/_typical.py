"""Which customers illustrate a model best, and which of their values may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import NotApplicable
from custpred.evaluate._cells import level_text
from custpred.evaluate._cut import decisions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON
    from custpred.table import Table

MOST_WORDS, MOST_TRIED = 6, 20
"""Maximum numbers of words shown of a text, and of words searched for in other texts."""
DIGITS = 2
"""Significant digits of one customer's numbers."""


KINDS = ("highest", "near_cut", "changed", "stayed", "left", "lowest")


def typical(evidence: Evidence, worse: np.ndarray) -> dict[str, int]:
    """Return the positions of up to six different customers, by what they illustrate.

    ``highest``, ``near_cut``, ``changed`` (the first of ``worse``), ``stayed`` (a negative with a
    high score), ``left`` (a positive with a low score) and ``lowest``.

    Parameters
    ----------
    worse
        Customers whose prediction got worse since an earlier cutoff, the largest change first.
    """
    orders = _orders(evidence)
    found = {"changed": int(worse[0])} if len(worse) else {}
    for kind in KINDS:
        taken = set(found.values())
        place = next((int(i) for i in orders.get(kind, ()) if int(i) not in taken), None)
        if place is not None:
            found[kind] = place
    return {kind: found[kind] for kind in KINDS if kind in found}


def _orders(evidence: Evidence) -> dict[str, np.ndarray]:
    """Return the positions of customers for each kind of example, the most typical first."""
    predictions = evidence.predictions
    score = predictions.task.score(predictions.predicted)
    down, up = np.argsort(-score, kind="stable"), np.argsort(score, kind="stable")
    if predictions.task.kind == "binary":
        yes = predictions.truth == 1
        near = np.argsort(np.abs(score - _cut(evidence, score)), kind="stable")
        return {"highest": down, "near_cut": near, "stayed": down[~yes[down]], "left": up[yes[up]], "lowest": up}
    if predictions.task.kind == "multiclass":
        right = predictions.predicted.argmax(axis=1) == predictions.truth
        two = np.sort(predictions.predicted, axis=1)[:, -2:]
        near = np.argsort(two[:, 1] - two[:, 0], kind="stable")
        return {"highest": down[right[down]], "near_cut": near, "stayed": down[~right[down]], "lowest": up}
    gap = score - predictions.truth
    near = np.argsort(np.abs(score - np.median(score)), kind="stable")
    over, under = np.argsort(-gap, kind="stable"), np.argsort(gap, kind="stable")
    return {"highest": down, "near_cut": near, "stayed": over, "left": under, "lowest": up}


def _cut(evidence: Evidence, score: np.ndarray) -> float:
    """Return the score that separates selected customers from the others."""
    try:
        code = decisions(evidence)
    except NotApplicable:
        return 0.5
    if code.all() or not code.any():
        return 0.5
    return float((score[code == 1].min() + score[code == 0].max()) / 2)


def shareable(table: Table, name: str, place: int, least: int) -> object:
    """Return a customer's value as it may be shown: rounded, dates as months, common levels.

    None is missing; "" stands for a withheld value: texts, ids, levels of few customers.
    """
    column, kind = table.frame[name], table.column(name).kind
    value = column.iloc[place]
    if pd.isna(value):
        return None
    if kind == "date":
        return str(value)[:7]
    if kind == "number":
        return float(f"{float(value):.{DIGITS}g}")
    if kind not in {"category", "code"} or int((column == value).sum()) < least:
        return ""
    return level_text(value)


def strongest_words(evidence: Evidence, places: Sequence[int]) -> list[list[JSON]]:
    """Return each customer's strongest words that at least ``min_cell`` use, with their parts."""
    texts = set(evidence.table.of_kind("text")) - set(evidence.sensitive)
    if not texts or evidence.reasons is None:
        return [[] for _ in places]
    found = evidence.reasons(evidence.table.frame.iloc[list(places)].reset_index(drop=True), None, True)
    found = found[found["column"].isin(texts) & found["word"].notna()]
    return [_strongest(evidence, found[found["row"] == row]) for row in range(len(places))]


def _strongest(evidence: Evidence, found: pd.DataFrame) -> list[JSON]:
    rows = found.drop(columns="row").to_dict("records")
    kept = [row for row in rows[:MOST_TRIED] if _shared(evidence, row["column"], row["word"])]
    return [{**row, "part": float(row["part"])} for row in kept[:MOST_WORDS]]


def _shared(evidence: Evidence, column: str, word: str) -> bool:
    texts = evidence.table.frame[column].astype(object)
    used = texts.map(lambda text: isinstance(text, str) and word.casefold() in text.casefold())
    return int(used.sum()) >= evidence.min_cell
