"""The saved contract of the columns: their content in training, to compare new rows with.

It is small plain data in the model folder.  Values shared by fewer than ``privacy.min_cell``
customers are not stored: rare levels are only counted, ranges leave out the extreme customers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from custpred.columns.sequence import is_step
from custpred.columns.spelling import fold, number, truth_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from custpred.recipe.keys import Recipe
    from custpred.storage.plain import JSON
    from custpred.table import Column, Table
    from custpred.task import Task

BINS, LEVELS, MOST = 10, 30, 1000
"""Stability index: bins of numbers, levels with a bin of their own; maximum stored levels."""
SAMPLE = 100_000
"""Approximate number of rows from which quantiles are computed."""


@dataclass(frozen=True)
class Expected:
    """The content of a column in training.

    Parameters
    ----------
    name, kind
        As in ``Column``.
    rows
        Training rows.
    missing
        Share of rows without a value.
    levels
        Categories: levels shared by enough customers, the most frequent first.
    unclear
        The ``levels`` that differ from another one in spelling only and match no new spelling.
    truth
        The levels that mean no and yes, if the column has them; ``""`` for one that it lacks.
    rare
        Share of rows with a level that is not in ``levels``.
    low, high
        Numbers: the range of all but a few customers at either end.
    outside, far
        Share of rows outside the range, and of rows outside it by more than its width.
    edges
        Numbers: inner edges of the bins of the stability index.
    shares
        Share of rows in each bin; the last one is for missing values.
    """

    name: str
    kind: str
    rows: int
    missing: float
    levels: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    truth: tuple[str, str] | None = None
    rare: float = 0.0
    low: float | None = None
    high: float | None = None
    outside: float = 0.0
    far: float = 0.0
    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    @classmethod
    def load(cls, plain: JSON) -> Self:
        """Return what ``dump`` gave."""
        own: JSON = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
        return cls(**own)

    def dump(self) -> JSON:
        """Return plain data, without the fields that do not apply to the column's kind."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in values.items() if value not in ((), None)}

    @cached_property
    def known(self) -> frozenset[str]:
        """Return the stored levels of the training data, with those that mean no and yes."""
        return frozenset((*self.levels, *(word for word in self.truth or () if word)))

    @cached_property
    def place(self) -> dict[str, int]:
        """Return the bin of each level with its own bin."""
        return {level: place for place, level in enumerate(self.levels[:LEVELS])}

    @cached_property
    def by_fold(self) -> dict[str, str]:
        """Return the known levels by their normalised text (``spelling.fold``)."""
        return {fold(level): level for level in self.known.difference(self.unclear)}

    @cached_property
    def by_number(self) -> dict[float, str]:
        """Return the known levels that spell a number, by that number."""
        found = {number(level): level for level in self.known.difference(self.unclear)}
        return {value: level for value, level in found.items() if value is not None}

    def beyond(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return two masks: values outside the range, and outside it by more than its width."""
        low, high = float(self.low or 0.0), float(self.high or 0.0)
        width = high - low
        return (values < low) | (values > high), (values < low - width) | (values > high + width)

    def bins(self, column: pd.Series) -> np.ndarray:
        """Return the bin of each row, shape (n_rows,); missing values are in the last bin."""
        last = len(self.shares) - 1
        if self.kind == "category":
            table = np.array([*(self.place.get(str(level), last - 1) for level in column.cat.categories), last])
            found: np.ndarray = table[column.cat.codes.to_numpy()]
            return found
        values = column.to_numpy(dtype=float)
        return np.where(np.isnan(values), last, np.searchsorted(np.asarray(self.edges), values, side="right"))


@dataclass(frozen=True)
class Intake:
    """How new rows are read and checked; saved with the model.

    Parameters
    ----------
    columns
        The contract of the columns that models use.
    key
        The column with the customer's id.
    others
        Further columns of training that new rows may have: ids, dropped columns, the target.
    recipe
        The run's recipe without ``auto``: how files and events are read.
    trained
        If the target is computed from events: the run's tables and cutoffs, as in ``Data.events``.
    """

    columns: tuple[Expected, ...] = ()
    key: str | None = None
    others: tuple[str, ...] = ()
    recipe: JSON = field(default_factory=dict)
    trained: JSON = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, used: Sequence[Column], recipe: Recipe, task: Task) -> Self:
        """Return the stored facts on the training customers, and the recipe that read them."""
        ids = table.of_kind("id")
        key = table.key or (ids[0] if len(ids) == 1 else None)
        names = {column.name for column in used}
        dropped = recipe.customers.drop if recipe.customers else ()
        known = (task.target, *dropped, *filter(None, [recipe.weight]))
        others = (*(name for name in table.names if name not in names), *known)
        expected = learn(table.frame, used, recipe.privacy.min_cell)
        return cls(expected, key, others, _as_read(recipe.dump(), table), table.facts.get("events", {}))

    def brief(self) -> tuple[JSON, ...]:
        """Return kind, share of missing values, and range or most frequent levels, as JSON."""
        return tuple(
            {
                **{key: getattr(each, key) for key in ("name", "kind", "missing", "low", "high", "rare")},
                "levels": list(each.levels[:LEVELS]),
                "levels_in_all": len(each.levels),
            }
            for each in self.columns
        )

    @property
    def events(self) -> bool:
        """Return whether customers are gathered from events."""
        return bool(self.recipe.get("events"))

    @cached_property
    def by_name(self) -> dict[str, Expected]:
        """Return the expected content of each column, by name."""
        return {each.name: each for each in self.columns}

    @classmethod
    def load(cls, plain: JSON) -> Self:
        """Return what ``dump`` gave."""
        columns = tuple(Expected.load(each) for each in plain["columns"])
        return cls(columns, plain["key"], tuple(plain["others"]), plain["recipe"], plain["trained"])

    def dump(self) -> JSON:
        """Return plain data."""
        return {
            "columns": [each.dump() for each in self.columns],
            "key": self.key,
            "others": list(self.others),
            "recipe": self.recipe,
            "trained": self.trained,
        }


def _as_read(recipe: JSON, table: Table) -> JSON:
    """Return the recipe with decimal commas that were detected: few new rows may not show them."""
    comma, made = {"decimal": ","}, dict(recipe)
    if table.facts.get("decimal") == ",":
        made["customers"] = {**recipe["customers"], **comma}
    tables = table.facts.get("events", {}).get("tables", ())
    if found := {each["name"] for each in tables if each.get("decimal") == ","}:
        made["events"] = {name: {**each, **(comma if name in found else {})} for name, each in made["events"].items()}
    return made


def learn(frame: pd.DataFrame, columns: Sequence[Column], least: int = 10) -> tuple[Expected, ...]:
    """Return the training content of each column that models may use; sequence columns are skipped.

    Parameters
    ----------
    least
        Minimum number of customers who share a stored value.
    """
    chosen = [column for column in columns if column.usable and not is_step(column.name)]
    return tuple(_learned(frame[column.name], column, least) for column in chosen)


def _learned(values: pd.Series, column: Column, least: int) -> Expected:
    if column.kind == "category":
        return _category(values, column, least)
    if column.kind in {"number", "code"}:
        return _number(values, column, least)
    return Expected(column.name, column.kind, len(values), float(values.isna().mean()))


def _category(values: pd.Series, column: Column, least: int) -> Expected:
    codes, names = values.cat.codes.to_numpy().astype(np.intp), values.cat.categories.astype(str).tolist()
    rows = np.bincount(codes + 1, minlength=len(names) + 1)
    missing, counts = rows[0] / max(1, len(codes)), rows[1:]
    occurs = [names[place] for place in np.flatnonzero(counts)]
    order = np.argsort(-counts, kind="stable")
    kept = [int(place) for place in order[:MOST] if counts[place] >= least]
    levels = tuple(names[place] for place in kept)
    shares = counts[kept] / max(1, len(codes))
    own = shares[:LEVELS].tolist()
    return Expected(
        column.name,
        column.kind,
        len(codes),
        float(missing),
        levels=levels,
        unclear=_unclear(levels, occurs),
        truth=truth_pair(occurs),
        rare=float(max(0.0, 1 - missing - shares.sum())),
        shares=(*own, float(max(0.0, 1 - missing - sum(own))), float(missing)),
    )


def _unclear(kept: Iterable[str], every: Sequence[str]) -> tuple[str, ...]:
    """Return the levels whose normalised text or number equals that of another level."""
    folds, numbers = Counter(map(fold, every)), Counter(map(number, every))
    return tuple(
        each for each in kept if folds[fold(each)] > 1 or (number(each) is not None and numbers[number(each)] > 1)
    )


def _number(values: pd.Series, column: Column, least: int) -> Expected:
    every = values.to_numpy(dtype=float)[:: max(1, len(values) // SAMPLE)]
    present = np.sort(every[~np.isnan(every)])
    missing = 1 - len(present) / max(1, len(every))
    ends = present[[0, -1]].tolist() if len(present) else [np.nan, np.nan]
    truth = ("0", "1") if 0 <= ends[0] <= ends[1] <= 1 and bool(((present == 0) | (present == 1)).all()) else None
    own = Expected(column.name, column.kind, len(every), missing, truth=truth)
    if len(present) < 2 * least:
        return own
    edges = np.unique(np.quantile(present, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    low, high = _rounded(present[least - 1], np.floor), _rounded(present[-least], np.ceil)
    ranged = replace(own, low=low, high=high, edges=tuple(edges.tolist()))
    outside, far = (float(mask.sum() / len(every)) for mask in ranged.beyond(present))
    place = np.searchsorted(edges, present, side="right")
    shares = np.bincount(place, minlength=len(edges) + 1) / len(every)
    return replace(ranged, outside=outside, far=far, shares=(*shares.tolist(), missing))


def _rounded(value: float, towards: Any) -> float:
    """Round to three significant digits, so that a range reveals no customer's value."""
    if value == 0 or (float(value).is_integer() and abs(value) < 1000):
        return float(value)
    unit = 10.0 ** (np.floor(np.log10(abs(value))) - 2)
    return float(towards(value / unit) * unit)
