"""Infer the task from the values, and encode the labels."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError, did_you_mean
from custpred.labels import inferred
from custpred.table import Finding
from custpred.target.base import Labelled
from custpred.task import Task, TaskKind
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from custpred.table import Table
    from custpred.target.column import Column

_FEW, _EACH, _SHARE = 20, 5, 0.05
_SHOWN = 10
_WORDS = """
yes y true t 1 positive pos churn churned churner left leaves lost cancelled canceled bad default defaulted fraud
buy buys bought purchased converted subscribed responded success won 예 네 이탈 해지 긍정 구매
"""
_YES = frozenset(_WORDS.split())
"""Labels, in lower case, that mean that the event happened."""


def labelled(table: Table, target: Column) -> Labelled:
    """Return the table without the target, and the true labels.

    Raises
    ------
    DataError
        As ``Target.label``.
    """
    name = table.column(target.column).name
    table, findings = _without_missing(table, name, target)
    series = table.frame[name]
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        raise _fault(name, "holds dates, which are neither labels nor amounts", "CP2207", "Choose another column.")
    kind = _task(series, target)
    rest = table.drop(name)
    if kind == "regression":
        truth, task = _amounts(series, name), Task("regression", name)
        return Labelled(rest.with_findings(*findings), truth, task)
    texts = texts_of(series)
    labels, notes = _labels(texts, name, kind, target)
    codes = pd.Index(labels).get_indexer(pd.Index(texts)).astype(np.int64)
    own = inferred(labels) if table.label_type is None else table.label_type
    task = Task(kind, name, tuple(labels), label_type=own)
    return Labelled(rest.with_findings(*findings, *notes), codes, task)


def _fault(name: str, why: str, code: str, remedy: str, found: str | None = None) -> DataError:
    return DataError(f"The target {name!r} {why}.", code=code, column=name, found=found, remedy=remedy)


def _without_missing(table: Table, name: str, target: Column) -> tuple[Table, list[Finding]]:
    """Refuse or drop customers without a label."""
    missing = table.frame[name].isna().to_numpy()
    count = int(missing.sum())
    if count == 0:
        return table, []
    if count == len(table):
        raise _fault(name, "has no value in any row", "CP2202", "Choose another column.")
    if not target.drop_missing:
        why = f"is missing in {plural(count, 'row')} of {len(table):,}"
        remedy = f"Fill it, or leave these rows out with `target: {{column: {name}, drop_missing: true}}`."
        raise _fault(name, why, "CP2202", remedy, plural(count, "missing value"))
    text = f"{plural(count, 'customer')} of {len(table):,} without a value of {name!r} were left out."
    return table.take(np.flatnonzero(~missing)), [Finding("T202", "warning", text, name, {"rows": count})]


def _is_number(series: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype)


def texts_of(series: pd.Series) -> np.ndarray:
    """Return labels as text, with integers without a fraction, shape (n_rows,)."""
    codes, values = pd.factorize(series)
    texts = [_text(value) for value in values]
    return np.asarray(np.array(texts, dtype=object)[codes])


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    return str(value)


def _task(series: pd.Series, target: Column) -> TaskKind:
    """Infer the kind of task from the values, or check the requested one."""
    counts = series.value_counts(dropna=True)
    counts = counts[counts > 0]
    if len(counts) < 2:
        raise _fault(target.column, "has the same value in every row", "CP2201", "Choose a column that differs.")
    if target.task == "binary" and len(counts) != 2:
        why = f"has {len(counts)} labels where `task: binary` needs 2"
        raise _fault(target.column, why, "CP2203", "Use `task: multiclass`, or merge labels.")
    if target.task != "auto":
        return target.task
    if len(counts) == 2:
        return "binary"
    return "regression" if _is_number(series) and not _few_codes(counts, len(series)) else "multiclass"


def _few_codes(counts: pd.Series, rows: int) -> bool:
    """Return whether numbers are labels: few integers, each with enough rows."""
    values = counts.index.to_numpy(dtype=float)
    whole = bool((values == np.floor(values)).all())
    return whole and len(values) <= min(_FEW, _SHARE * rows) and int(min(counts)) >= _EACH


def _amounts(series: pd.Series, name: str) -> np.ndarray:
    if _is_number(series):
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    numbers = pd.to_numeric(pd.Series(texts_of(series)), errors="coerce").to_numpy(dtype=np.float64)
    if bad := int((~np.isfinite(numbers)).sum()):
        why = f"holds {plural(bad, 'value')} that are not numbers, and `task: regression` needs numbers"
        raise _fault(name, why, "CP2206", "Correct them, or use `task: multiclass`.")
    return np.asarray(numbers)


def _labels(texts: np.ndarray, name: str, kind: TaskKind, target: Column) -> tuple[list[str], list[Finding]]:
    """Return labels in order; of two labels, the positive one is last."""
    names, counts = np.unique(texts.astype(str), return_counts=True)
    small = counts < 2
    if small.any():
        found = f"{small.sum()} of {len(names)} classes with fewer than 2 rows"
        remedy = "Merge small classes, pass more rows, or choose another column."
        raise _fault(name, f"has {found}", "CP2205", remedy, found)
    order = sorted(map(str, names), key=_by_number)
    if target.positive is not None:
        order = _positive_last(order, _given(order, dict(zip(names, counts, strict=True)), name, target.positive))
        return order, _alike(order, name)
    if kind != "binary":
        return order, _alike(order, name)
    chosen, why = _guess(order, dict(zip(map(str, names), counts, strict=True)))
    shown = repr(plain(chosen)) if counts.min() >= _SHOWN else "one that few rows have"
    text = f"The positive label of {name!r} is {shown}, {why}. `positive` overrides."
    guess = Finding("T203", "info", text, name, {"rows": int(max(counts))})
    return _positive_last(order, chosen), [guess, *_alike(order, name)]


def _alike(labels: list[str], name: str) -> list[Finding]:
    """Return the finding on labels such as Yes and yes, which are different classes."""
    folded = [label.casefold() for label in labels]
    count = sum(folded.count(each) > 1 for each in folded)
    if not count:
        return []
    text = (
        f"{count} of {len(labels)} labels of {name!r} differ only in upper and lower case, and are different classes."
    )
    remedy = "Write them alike if they mean the same."
    return [Finding("T213", "warning", f"{text} {remedy}", name, {"labels": count})]


def _by_number(text: str) -> tuple[float, str]:
    """Sort key that puts 2 before 10, and words after numbers."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    return (number if math.isfinite(number) else math.inf), text


def _positive_last(labels: list[str], positive: str) -> list[str]:
    return [*(label for label in labels if label != positive), positive] if len(labels) == 2 else labels


def _given(labels: list[str], counts: dict[str, int], name: str, wanted: str) -> str:
    """Find the positive label, ignoring case; 1 also matches 1.0, and true also matches yes."""
    folded = {label.casefold(): label for label in labels}
    key = wanted.strip().casefold()
    same = re.sub(r"(?<=\d)\.0+$", "", key)
    for each in (wanted, folded.get(key), folded.get(same), *(folded.get(word) for word in _MEANS.get(key, ()))):
        if each in labels:
            return each
    shown = [label for label in labels if counts[label] >= _SHOWN]
    why = f"has no label {plain(wanted)!r}.{did_you_mean(wanted, shown)} Its labels are {listed(map(repr, shown), 20)}"
    hidden = "" if len(shown) == len(labels) else f" and {len(labels) - len(shown)} rare ones"
    raise _fault(name, why + hidden, "CP2204", "Correct `positive`.")


_MEANS = {
    "true": ("yes", "1", "y", "t"),
    "1": ("true",),
    "yes": ("true",),
    "false": ("no", "0", "n", "f"),
    "0": ("false",),
}
"""YAML has several spellings of yes and 1: alternatives if the label itself does not occur."""


def _guess(labels: list[str], counts: dict[str, int]) -> tuple[str, str]:
    """Choose the positive label by its meaning, otherwise the rarer one."""
    meant = [label for label in labels if label.casefold().strip(" .") in _YES]
    if len(meant) == 1:
        return meant[0], "by its meaning"
    rarer = min(labels, key=lambda label: (counts[label], labels[::-1].index(label)))
    return rarer, "the rarer one"
