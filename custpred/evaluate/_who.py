"""Who the customers are: outcome rates by recency and frequency, tenure, and first month.

These describe training customers, without a model.  Columns are found by names: those that ``rfm``
computes from events, or columns of the table.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from custpred.columns.history import SINCE_FIRST, history_name
from custpred.evaluate._rows import Z, rows_of, wilson
from custpred.evaluate.base import Measure
from custpred.events.assembly import CUTOFF
from custpred.events.survival import kaplan_meier
from custpred.target._horizon import Horizon

if TYPE_CHECKING:
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.target.base import Labelled
    from custpred.task import Task

KIND = "who"
RECENCIES, FREQUENCIES, MONTHS, MAX_ROWS = 5, 4, 18, 200_000
"""Groups by recency, groups by frequency, maximum of months shown, and maximum of rows used."""
_RECENCY = re.compile(
    r"days?_?since_?last(_?(order|purchase|visit|event)s?)?|recency|days_?inactive|마지막.*경과일?", re.IGNORECASE
)
_FREQUENCY = re.compile(
    r"(order|purchase|visit|transaction)s?_?(count|number)|frequency|n_?(orders|purchases)|(주문|구매)_?(횟수|건수|수)",
    re.IGNORECASE,
)
_TENURE = re.compile(
    r"tenure(_?(in_?)?(months?|days?|years?))?|(months?|years?|days?)_as_(a_)?customer|account_?(age|length)"
    r"|(가입|이용)_?(기간|개월_?수?)",
    re.IGNORECASE,
)
_BEGAN = re.compile(
    r"(first|join|sign_?up|regist|enrol|start|since|creat).*|.*(joined|registered|created)(_?(at|on|date))?"
    r"|가입(일|일자)?|첫.*일",
    re.IGNORECASE,
)
_ASKS = {
    "leaves": re.compile(r"churn|exit|attrit|cancel|leave|left|이탈|해지|탈퇴", re.IGNORECASE),
    "buys": re.compile(r"buy|bought|purchas|order|revenue|구매|주문", re.IGNORECASE),
    "responds": re.compile(r"respon|subscri|^y$|가입|응답", re.IGNORECASE),
    "defaults": re.compile(r"default|bad|연체|부도", re.IGNORECASE),
}
"""Patterns of target names and labels, by what the positive customers do."""


class Groups(NamedTuple):
    """Groups of rows: ``code`` (n,), -1 if missing; ``bins`` have ``low`` and ``high``."""

    code: np.ndarray
    bins: list[JSON]


def who(labelled: Labelled, least: int) -> Measure:
    """Return outcome rates by kind of customer; a fact is absent if no column provides it.

    Facts: ``asks``, what customers do (``leaves``, ``buys``, ... or an empty string); ``base``, the
    rate of all; ``grid``, columns ``recency`` and ``frequency``, groups ``ages`` and ``counts``,
    and ``cells`` of ``rows``, ``customers``, ``rate``, ``low`` and ``high``; ``tenure``, a
    Kaplan-Meier curve if customers leave; ``cohorts``, rates by the month of the first event.
    Rates are shares of the second class, or means.  Groups of fewer than ``least`` customers have
    no numbers.  Intervals count customers, as rows of the same customer are dependent.
    """
    table, task = labelled.table, labelled.task
    if task.kind == "multiclass" or not len(table):
        return Measure(KIND, reason="there is no single rate to compare.")
    small = labelled.take(np.arange(0, len(table), -(-len(table) // MAX_ROWS)))
    own = {"asks": asked(table, task), "base": float(small.truth.mean())}
    return Measure(KIND, facts={**own, **_grid(small, least), **_tenure(small, least), **_cohorts(small, least)})


def asked(table: Table, task: Task) -> str:
    """Return what positive customers do, as a key of ``_ASKS``; an empty string if unknown."""
    events = table.facts.get("events")
    if events:
        return str(getattr(Horizon.known(events["kind"]), "asks", ""))
    if task.kind == "regression":
        return ""
    texts = (task.target, task.labels[1])
    return next((asks for asks, name in _ASKS.items() if any(map(name.search, texts))), "")


def _named(table: Table, pattern: re.Pattern[str], own: str, *kinds: Any) -> str | None:
    """Return the column gathered from events, or the first with a matching name, or None."""
    events = table.facts.get("events")
    names = table.of_kind(*kinds)
    if events:
        gathered = own.format(events["table"])
        return gathered if gathered in names else None
    return next((name for name in names if pattern.fullmatch(name.strip())), None)


def _grid(labelled: Labelled, least: int) -> JSON:
    table = labelled.table
    recency = _named(table, _RECENCY, "days_since_last_{}", "number", "code")
    frequency = _named(table, _FREQUENCY, "{}_count", "number", "code")
    if recency is None or frequency is None:
        return {}
    ages, counts = _quantiles(table.frame[recency], RECENCIES), _quantiles(table.frame[frequency], FREQUENCIES)
    if min(len(ages.bins), len(counts.bins)) < 2:
        return {}
    both = np.where((ages.code < 0) | (counts.code < 0), -1, ages.code * len(counts.bins) + counts.code)
    cells = _rates(labelled, both, len(ages.bins) * len(counts.bins), least)
    names = {"recency": recency, "frequency": frequency, "ages": ages.bins, "counts": counts.bins}
    return {"grid": {**names, "cells": cells}}


def _quantiles(column: pd.Series, wanted: int) -> Groups:
    """Cut numbers at quantiles, rounded up for integers; the outermost bins are open."""
    values = column.to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    if not len(known):
        return Groups(np.full(len(values), -1), [])
    whole = bool((known == np.floor(known)).all())
    lowest = known == known.min()
    if whole and lowest.mean() * wanted > 1 and not lowest.all():  # the lowest number forms a group
        rest = known[~lowest]
        edges = np.r_[rest.min(), np.ceil(np.quantile(rest, np.linspace(0, 1, wanted)[1:-1]))]
    else:
        edges = np.quantile(known, np.linspace(0, 1, wanted + 1)[1:-1])
        edges = np.ceil(edges) if whole else np.array([float(f"{edge:.2g}") for edge in edges])
    edges = np.unique(edges)
    edges = edges[(edges > known.min()) & (edges <= known.max())]
    code = np.where(np.isfinite(values), np.searchsorted(edges, values, side="right"), -1)
    ends = [float(known.min()) if whole else None, *map(float, edges), None]
    bins = [{"low": low, "high": high, "whole": whole} for low, high in pairwise(ends)]
    return Groups(code, bins)


def _rates(labelled: Labelled, code: np.ndarray, groups: int, least: int) -> list[JSON]:
    """Return the number of rows, the number of customers and the rate of each group."""
    shown, truth = code >= 0, labelled.truth.astype(float)
    own, known = code[shown], truth[shown]
    rows = np.bincount(own, minlength=groups).astype(float)
    customers = rows
    table = labelled.table
    if table.key in table.frame:
        pairs = pd.DataFrame({"group": own, "customer": pd.factorize(table.frame[table.key])[0][shown]})
        customers = np.bincount(pairs.drop_duplicates()["group"], minlength=groups).astype(float)
    rate = np.bincount(own, known, minlength=groups) / np.maximum(rows, 1)
    if labelled.task.kind == "binary":
        low, high = wilson(rate * customers, customers)
    else:
        spread = np.sqrt(np.maximum(np.bincount(own, known**2, minlength=groups) / np.maximum(rows, 1) - rate**2, 0))
        half = Z * spread / np.sqrt(np.maximum(customers, 1))
        low, high = rate - half, rate + half
    hidden = customers < least
    numbers = {"rate": rate, "low": low, "high": high, "rows": rows, "customers": customers}
    return [*rows_of(**{name: np.where(hidden, np.nan, values) for name, values in numbers.items()})]


def _tenure(labelled: Labelled, least: int) -> JSON:
    """Return the survival curve by a tenure column if the outcome is leaving; empty otherwise."""
    table, task = labelled.table, labelled.task
    name = next((each for each in table.of_kind("number", "code") if _TENURE.fullmatch(each.strip())), None)
    if name is None or asked(table, task) != "leaves":
        return {}
    time = table.frame[name].to_numpy(dtype=float)
    known = np.isfinite(time) & (time >= 0)
    curve = kaplan_meier(time[known], labelled.truth[known] == 1, np.ones(known.sum()), least)
    return {"tenure": {"column": name, "curve": curve}} if len(curve) > 2 else {}


def _cohorts(labelled: Labelled, least: int) -> JSON:
    """Return the rate by the month of the first event; months before the last 18 are one group."""
    months = _began(labelled.table)
    if months is None:
        return {}
    known = ~np.isnat(months)
    different = np.unique(months[known])
    if len(different) < 3:
        return {}
    first = different[-MONTHS:][0]
    names = np.unique(np.maximum(months[known], first - 1 if len(different) > MONTHS else first))
    code = np.full(len(months), -1)
    code[known] = np.searchsorted(names, np.maximum(months[known], names[0]))
    cells = _rates(labelled, code, len(names), least)
    before = len(different) > MONTHS
    rows = enumerate(zip(names, cells, strict=True))
    return {"cohorts": [{"month": str(month), "before": before and i == 0, **cell} for i, (month, cell) in rows]}


def _began(table: Table) -> np.ndarray | None:
    """Return the month of each row's first event or date of joining, shape (n,), or None."""
    events = table.facts.get("events")
    if events:
        age = history_name(events["table"], SINCE_FIRST)
        if age not in table.names:
            return None
        days = table.frame[age].to_numpy(dtype=float)
        since = np.where(np.isfinite(days), np.nan_to_num(days), 0).astype("timedelta64[D]")
        made = table.frame[CUTOFF].to_numpy().astype("datetime64[D]") - since
        made[~np.isfinite(days)] = np.datetime64("NaT")
        return np.asarray(made.astype("datetime64[M]"))
    name = next((each for each in table.of_kind("date") if _BEGAN.fullmatch(each.strip())), None)
    return None if name is None else table.frame[name].to_numpy().astype("datetime64[M]")
