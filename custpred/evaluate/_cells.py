"""Cut a column into groups of customers large enough to be shown: levels and bins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.text import plain

if TYPE_CHECKING:
    from custpred.table import Table

BINS = 5
MOST_LEVELS = 30
CUTTABLE = frozenset({"number", "code", "category", "date"})


@dataclass(frozen=True)
class Cells:
    """Groups of a column: ``codes`` (n,) index ``labels``, -1 for groups that are not shown."""

    column: str
    labels: tuple[str, ...]
    codes: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """Return the number of customers in each group."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of ``values`` over each group, shape (n_groups,)."""
        shown = self.codes >= 0
        return np.bincount(self.codes[shown], weights=values[shown].astype(float), minlength=len(self.labels))


def cells(table: Table, name: str, least: int, even: int = 0) -> Cells:
    """Cut a column into levels, or quintiles of numbers and dates; missing is a group.

    Groups of fewer than ``least`` customers are left out.  ``even``: number of equal-width bins.
    """
    column = table.frame[name]
    kind = table.column(name).kind
    codes, labels = _levels(column) if kind not in {"number", "date"} else _binned(column, even, dates=kind == "date")
    codes = np.where(codes < 0, len(labels), codes)
    return _shown(name, codes, [*labels, "missing"], least)


def _shown(name: str, codes: np.ndarray, labels: list[str], least: int) -> Cells:
    counts = np.bincount(codes, minlength=len(labels))
    kept = np.flatnonzero(counts >= max(least, 1))
    kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")][:MOST_LEVELS])
    places = np.full(len(labels), -1)
    places[kept] = np.arange(len(kept))
    return Cells(name, tuple(labels[i] for i in kept), places[codes])


def _levels(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(int), [plain(level, 60) for level in column.cat.categories]
    codes, values = pd.factorize(column, sort=True)
    return codes, [level_text(value) for value in values.tolist()]


def level_text(value: object) -> str:
    """Return a level as it is shown: codes without decimals, texts cut to 60 characters."""
    return f"{value:.12g}" if isinstance(value, float) else plain(value, 60)


def _binned(column: pd.Series, even: int, *, dates: bool) -> tuple[np.ndarray, list[str]]:
    """Cut at quantiles rounded to three digits or days, so that labels state true boundaries."""
    values = column.to_numpy().astype("datetime64[D]") if dates else column.to_numpy(dtype=float)
    known = values[~np.isnat(values)] if dates else values[np.isfinite(values)]
    if not len(known):
        return np.full(len(values), -1), []
    if even:
        low, high = np.quantile(known.astype(float), [0.02, 0.98])
        edges = np.linspace(float(low), float(high), even + 1)[1:-1]
    else:
        edges = np.quantile(known.astype(float), np.linspace(0, 1, BINS + 1)[1:-1])
    if not dates and (known == np.floor(known)).all():
        edges = np.ceil(edges)  # the same groups, but their labels name values that occur
    edges = np.unique(np.round(edges) if dates else [float(f"{edge:.3g}") for edge in edges])
    edges = edges[(edges > known.astype(float).min()) & (edges <= known.astype(float).max())]
    missing = np.isnat(values) if dates else ~np.isfinite(values)
    codes = np.where(missing, -1, np.searchsorted(edges, np.where(missing, 0, values.astype(float)), side="right"))
    return codes, _between([_border(edge, dates=dates) for edge in edges])


def _border(edge: float, *, dates: bool) -> str:
    return str(np.datetime64(int(edge), "D")) if dates else f"{edge:,.6g}".replace("-", "\N{MINUS SIGN}")


def _between(edges: list[str]) -> list[str]:
    if not edges:
        return ["any value"]
    inner = [f"{low} to under {high}" for low, high in pairwise(edges)]
    return [f"under {edges[0]}", *inner, f"{edges[-1]} or more"]
