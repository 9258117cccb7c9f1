"""Beginnings of texts with the word that follows, and the most frequent items as classes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.table import Column, Finding
from custpred.target.base import Labelled
from custpred.task import OTHER, Task
from custpred.text import plural

if TYPE_CHECKING:
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.next import Next

_WORD = re.compile("\\w+(?:['\N{RIGHT SINGLE QUOTATION MARK}-]\\w+)*")
LEAST = 10
"""Minimum rows of an item that becomes a class: values of fewer customers are never shown."""


def words_of(text: object) -> list[str]:
    """Return the words of a text without its punctuation.

    >>> words_of("저는 아침에 책을 읽습니다.")
    ['저는', '아침에', '책을', '읽습니다']
    """
    return _WORD.findall(text) if isinstance(text, str) else []


def sentences(table: Table, target: Next) -> Labelled:
    """Return a row for each beginning of each text, with the next word as label.

    Rows of the same text, and of equal texts, share a key, so that a split never separates them.

    Raises
    ------
    DataError
        As ``Next.label``.
    """
    name = table.column(str(target.text)).name
    texts = table.frame[name].astype(object).where(table.frame[name].notna(), None)
    beginnings, following, rows = _beginnings(list(texts), target)
    if not rows:
        raise DataError(
            f"Expected texts of more than {plural(target.least, 'word')} in {name!r}, found none.",
            code="CP2231",
            column=name,
            remedy="Name a column of texts with 'text', or lower 'least'.",
        )
    taken = _even(len(rows), target.rows)
    words = np.array(following, dtype=object)[taken]
    codes, task = coded(words, target.items, name)
    made = _long(table, name, np.array(beginnings, dtype=object)[taken], np.array(rows)[taken])
    text = f"{plural(len(taken), 'beginning')} of {plural(len(table), 'text')}"
    part = "" if len(taken) == len(rows) else f", of {len(rows):,} that there are"
    finding = Finding("T210", "info", f"{text} are the rows{part}.", name, {"rows": len(taken)})
    return Labelled(made.with_findings(finding, *merged(words, codes, task)), codes, task)


def _beginnings(texts: list[object], target: Next) -> tuple[list[str], list[str], list[int]]:
    """Return the beginnings, the words that follow them, and their rows."""
    beginnings, following, rows = [], [], []
    for row, text in enumerate(texts):
        words = words_of(text)
        for place in range(target.least, len(words)):
            beginnings.append(" ".join(words[max(0, place - target.words) : place]))
            following.append(words[place])
            rows.append(row)
    return beginnings, following, rows


def _even(count: int, most: int) -> np.ndarray:
    """Return at most ``most`` evenly spaced positions."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _long(table: Table, name: str, beginnings: np.ndarray, rows: np.ndarray) -> Table:
    """Return the table with a row for each beginning, and a key that equal texts share."""
    frame = table.frame.iloc[rows].reset_index(drop=True)
    frame[name] = pd.Series(beginnings, index=frame.index, dtype=object)
    text = Column(name, "text", "the words before the predicted one")
    columns = tuple(text if each.name == name else each for each in table.columns)
    if table.key is not None:
        return replace(table, frame=frame, columns=columns, known=None)
    key = f"{name} (text)"
    alike = pd.factorize(table.frame[name])[0][rows]
    frame[key] = pd.Series([str(each) for each in alike], index=frame.index, dtype=object)
    return replace(table, frame=frame, columns=(*columns, Column(key, "id", "which text")), key=key, known=None)


def items_of(found: JSON) -> tuple[np.ndarray, np.ndarray]:
    """Return the items of ``Next.outcomes``, and which rows have one, of shape (n_rows,)."""
    items = np.asarray(np.ma.getdata(found["item"]), dtype=object)
    bought = ~np.ma.getmaskarray(found["item"]) & np.array([each is not None for each in items], dtype=bool)
    return items[bought], bought


def coded(items: np.ndarray, most: int, name: str) -> tuple[np.ndarray, Task]:
    """Return codes of items and the task.

    Parameters
    ----------
    items : ndarray of str, shape (n,)
    most
        Maximum number of classes; each needs 10 rows, and other items form the class ``(other)``.

    Raises
    ------
    DataError
        CP2232 if fewer than three classes are left.
    """
    codes, names = pd.factorize(items.astype(object))
    counts = np.bincount(codes, minlength=len(names))
    order = np.lexsort((names.astype(str), -counts))[:most]
    kept = order[counts[order] >= LEAST]
    labels = sorted({str(names[each]) for each in kept} - {OTHER})
    place = pd.Index(labels).get_indexer(pd.Index(names.astype(str))) if len(names) else np.zeros(0, np.int64)
    rest = place < 0
    found = np.where(rest, len(labels), place)[codes]
    labels += [OTHER] if rest.any() else []
    if len(labels) < 3:
        raise DataError(
            f"Expected at least three items with {LEAST} rows each after {name!r}, found {len(kept)}.",
            code="CP2232",
            column=name,
            remedy="Pass more rows, or coarser items, such as categories.",
        )
    return found, Task("multiclass", name, tuple(labels))


def every(items: np.ndarray, name: str) -> tuple[np.ndarray, Task]:
    """Return codes of items and a task of which each item, however rare, is a label."""
    labels, codes = np.unique(items.astype(str), return_inverse=True)
    return codes, Task("multiclass", name, tuple(map(str, labels)))


def merged(items: np.ndarray, codes: np.ndarray, task: Task) -> list[Finding]:
    """Return the finding on the items that ``coded`` merged, if any; parameters of shape (n,)."""
    if OTHER not in task.labels:
        return []
    rest = codes == task.labels.index(OTHER)
    count, share = len(pd.unique(items[rest])), float(rest.mean())
    text = f"Merged as {OTHER}: {plural(count, 'rare item')}, {share:.1%} of the rows."
    return [Finding("T211", "info", text, task.target, {"items": count, "share": share})]
