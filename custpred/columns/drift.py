"""How new rows differ from the training customers, column by column, and the notes about it.

The counts of a column are compared with those expected of the same number of training customers.  A
count is reported if one at least as high would occur by chance in fewer than one in a thousand
batches (one in a hundred for batches of fewer than ``ROWS`` rows).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pandas import isna

from custpred.columns.batch import column_arrays
from custpred.table import Finding
from custpred.text import plain, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from custpred.columns.contract import Expected
    from custpred.storage.plain import JSON

ROWS = 200
"""Minimum number of rows for the stability index; for fewer it is mostly noise."""
MOVED, FAR = 0.1, 0.25
"""Stability index of a shift, and of a strong one (Siddiqi 2006)."""
_THOUSANDTH = 3.09
"""Standard normal quantile of .999."""
SEVERAL, MUCH = 20, 0.05
"""Rows from which a whole column can be wrong; increase in a share that is a warning."""
RARELY, SELDOM = math.log(100), math.log(1000)

SHARES = ("unseen", "out_of_range", "missing")
"""Shares of rows for which ``--require`` can set a limit."""


@dataclass(frozen=True)
class Drift:
    """How one column of new rows differs from training.

    Parameters
    ----------
    unseen, trained_rare
        Share of rows with a level that is not in the contract: now, and in training.
    out_of_range, trained_outside, far
        Share of rows outside the training range, now and in training; share far outside.
    missing, trained_missing
        Share of missing values, now and in training.
    psi
        The stability index against training; None for few rows, dates and texts.
    noise, limit
        Its expected value without drift, and what it exceeds in 1 of 1,000 columns.
    beyond
        Excess of each of ``SHARES`` over training; 0 if chance explains it.
    """

    column: str
    unseen: float = 0.0
    trained_rare: float = 0.0
    out_of_range: float = 0.0
    trained_outside: float = 0.0
    far: float = 0.0
    missing: float = 0.0
    trained_missing: float = 0.0
    psi: float | None = None
    noise: float | None = None
    limit: float | None = None
    beyond: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SHARES, 0.0))


@dataclass(frozen=True)
class Comparison:
    """A batch of new rows compared with the training customers."""

    rows: int
    columns: tuple[Drift, ...]
    notes: tuple[Finding, ...]

    def measures(self) -> dict[str, float | None]:
        """Return the maximum stability index (None without one), and of each excess share."""
        indexes = [each.psi for each in self.columns if each.psi is not None]
        shares = {name: max((each.beyond[name] for each in self.columns), default=0.0) for name in SHARES}
        return {"psi": max(indexes, default=None), **shares}

    def plain(self) -> JSON:
        """Return the comparison as JSON data."""
        columns = [{key: value for key, value in asdict(each).items() if key != "beyond"} for each in self.columns]
        return {"rows": self.rows, **self.measures(), "columns": columns}


def compare(frame: pd.DataFrame, contract: Sequence[Expected]) -> Comparison:
    """Compare conforming rows with training."""
    rows = len(frame)
    if not rows:
        return Comparison(0, (), ())
    found = [(_counted(frame[each.name], each, rows), each) for each in contract]
    notes = [note for drift, each in found for note in noted(drift, each, rows)]
    return Comparison(rows, tuple(drift for drift, _ in found), tuple(notes))


def brief(frame: pd.DataFrame, contract: Sequence[Expected]) -> tuple[Finding, ...]:
    """Return the notes of ``compare``; of a single row, only on values unseen in training."""
    if len(frame) != 1:
        return compare(frame, contract).notes
    values = column_arrays(frame)
    return compare(frame, [each for each in contract if not _usual(values[each.name], each)]).notes


def _usual(values: Any, each: Expected) -> bool:
    """Return whether ``compare`` has no note on a single value; written for low latency."""
    value = values[0]
    if isna(value):
        return not surprising(1.0, each.missing, each, 1)
    if each.kind == "category":
        return value in each.known
    if each.kind in {"number", "code"} and each.low is not None and each.high is not None:
        return bool(each.low <= value <= each.high)
    return True


def _counted(column: pd.Series, each: Expected, rows: int) -> Drift:
    """Return the drift of a column, with the excess over training that chance does not explain."""
    drift = _of_column(column, each, rows)
    pairs = {
        "unseen": (drift.unseen, each.rare),
        "out_of_range": (drift.out_of_range, each.outside),
        "missing": (drift.missing, each.missing),
    }
    return replace(
        drift,
        beyond={
            name: now - then if now > then and (not then or surprising(now, then, each, rows)) else 0.0
            for name, (now, then) in pairs.items()
        },
    )


def _of_column(column: pd.Series, each: Expected, rows: int) -> Drift:
    """Return shares of unseen, out-of-range and missing values, and the stability index."""
    base = Drift(each.name, trained_rare=each.rare, trained_missing=each.missing, trained_outside=each.outside)
    if each.kind == "category":
        values: Any = column.array
        counts = np.bincount(values.codes + 1, minlength=len(values.categories) + 1)
        new = [place for place, level in enumerate(values.categories, 1) if level not in each.known]
        unseen = float(counts[new].sum() / rows) if new else 0.0
        found = replace(base, missing=float(counts[0] / rows), unseen=unseen)
    elif each.kind in {"number", "code"}:
        numbers = column.to_numpy()
        outside, far = (float(mask.mean()) for mask in each.beyond(numbers)) if each.shares else (0.0, 0.0)
        found = replace(base, missing=float(np.isnan(numbers).mean()), out_of_range=outside, far=far)
    else:
        return replace(base, missing=float(column.isna().mean()))
    if rows < ROWS or not each.shares:
        return found
    then = np.asarray(each.shares) * each.rows
    own = stability(then, np.bincount(each.bins(column), minlength=len(then)))
    return replace(found, psi=own.psi, noise=own.noise, limit=own.limit)


class Stability(NamedTuple):
    """The index ``psi``; without drift its mean, and what it exceeds in 1 of 1,000 columns."""

    psi: float
    noise: float
    limit: float


def shifted(psi: float, limit: float) -> bool:
    """Return whether a stability index means more than a slight shift and more than chance.

    >>> shifted(0.3, 0.01), shifted(0.3, 0.4)
    (True, False)
    """
    return psi > max(MOVED, limit)


def stability(then: np.ndarray, now: np.ndarray) -> Stability:
    """Return the stability index of two histograms, with what chance gives without drift.

    Half a row is added to each bin, so that an empty bin does not make the index infinite.  Up to a
    factor, it is then chi-squared with a degree of freedom less than bins (Yurdakul 2018, section
    3); the quantile is that of Wilson and Hilferty (1931).

    >>> found = stability(np.array([50.0, 50.0]), np.array([70.0, 30.0]))
    >>> [round(each, 2) for each in found]
    [0.17, 0.02, 0.22]
    """
    rows = 1 / now.sum() + 1 / then.sum()
    then, now = then + 0.5, now + 0.5
    free = max(int(np.count_nonzero(then + now > 1.5)) - 1, 1)
    ninth = 2 / (9 * free)
    limit = free * rows * (1 - ninth + _THOUSANDTH * math.sqrt(ninth)) ** 3
    now, then = now / now.sum(), then / then.sum()
    return Stability(float(((now - then) * np.log(now / then)).sum()), float(free * rows), float(limit))


def surprising(found: float, share: float, each: Expected, rows: int) -> bool:
    """Return whether a share of rows exceeds training by more than chance (Chernoff bound).

    If training had no such row, one is assumed.
    """
    count, mean = found * rows, rows * max(share, 1 / max(1, each.rows))
    limit = RARELY if rows < ROWS else SELDOM
    return count > mean and count * math.log(count / mean) - count + mean > limit


def noted(drift: Drift, each: Expected, rows: int) -> Iterator[Finding]:
    """Yield the most severe finding on a column: missing values, levels, range or distribution."""
    name = plain(each.name, 60)
    if surprising(drift.missing, each.missing, each, rows):
        yield _missing(name, drift, rows)
    elif drift.unseen and (not each.rare or surprising(drift.unseen, each.rare, each, rows)):
        yield _unseen(name, drift, rows, surprising(drift.unseen, each.rare, each, rows))
    elif _beyond(drift, each, rows):
        yield _range(name, drift, each, rows)
    elif drift.psi is not None and shifted(drift.psi, drift.limit or 0.0):
        far = drift.psi > FAR
        text = f"Column {name!r} is distributed {'very ' if far else ''}differently from training"
        text += f" (stability index {drift.psi:.2f})."
        yield Finding("D166", "warning" if far else "info", text, drift.column, {"psi": round(drift.psi, 4)})


def _beyond(drift: Drift, each: Expected, rows: int) -> bool:
    if surprising(drift.far, each.far, each, rows):
        return True
    return rows >= ROWS and surprising(drift.out_of_range, each.outside, each, rows)


def _missing(name: str, drift: Drift, rows: int) -> Finding:
    text = f"Column {name!r} is missing in {_share(drift.missing, rows)}; in training, in {drift.trained_missing:.1%}."
    if drift.missing == 1 and rows >= SEVERAL:
        text = f"Column {name!r} has no value in any row; in training, {drift.trained_missing:.1%} were missing."
        return Finding("D165", "alarm", text, drift.column, _numbers(drift.missing, drift.trained_missing))
    much = drift.missing - drift.trained_missing > MUCH
    numbers = _numbers(drift.missing, drift.trained_missing)
    return Finding("D165", "warning" if much else "info", text, drift.column, numbers)


def _unseen(name: str, drift: Drift, rows: int, odd: bool) -> Finding:
    numbers = _numbers(drift.unseen, drift.trained_rare)
    if drift.unseen + drift.missing >= 1 and rows >= SEVERAL:
        text = f"Column {name!r} has no level that occurred in training, so it cannot inform the prediction."
        return Finding("D163", "alarm", text, drift.column, numbers)
    rare = f", or had in few rows only ({drift.trained_rare:.1%})," if drift.trained_rare else ""
    text = f"Column {name!r} has levels that training did not have{rare} in {_share(drift.unseen, rows)}."
    return Finding("D162", "warning" if odd else "info", text, drift.column, numbers)


def _range(name: str, drift: Drift, each: Expected, rows: int) -> Finding:
    text = f"Column {name!r} is outside the training range, {each.low:g} to {each.high:g}, in "
    text += f"{_share(drift.out_of_range, rows)}."
    if drift.far:
        text += f" In {_share(drift.far, rows)} it is far outside: is it in another unit?"
    much = drift.far > each.far or drift.out_of_range - each.outside > MUCH
    numbers = {**_numbers(drift.out_of_range, each.outside), "far": round(drift.far, 4)}
    return Finding("D164", "warning" if much else "info", text, drift.column, numbers)


def _numbers(share: float, trained: float) -> dict[str, float | int | str]:
    return {"share": round(share, 4), "training": round(trained, 4)}


def _share(share: float, rows: int) -> str:
    return f"{plural(round(share * rows), 'row')} ({share:.1%})"
