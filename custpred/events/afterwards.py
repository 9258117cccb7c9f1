"""Whether a table of customers was written after the cutoffs: then it leaks the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.events.assembly import BEYOND, CUTOFF, GATHERED
from custpred.events.columns import MICRO, quoted
from custpred.table import Finding
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.events.database import Database
    from custpred.table import Table

_ROWS, _LEAST = 20_000, 30
"""Rows that are compared at most, and rows with later events that are needed."""
_CLOSE = 0.7
"""Partial correlation of ranks from which a column is written after the cutoffs."""
_DIFFERENT = 0.5
"""Difference in the share of late dates, with and without later events, from which dates reveal the label."""


def written_after(base: Database, name: str, table: Table) -> list[Finding]:
    """Return findings on static columns that correlate with events after the cutoffs, or hold later dates.

    Findings: ``D158`` (warning, or alarm where it goes with later events) dates after the cutoffs; ``D159`` (alarm) a
    number whose rank correlation with totals of all events is at least 0.7, given those before the cutoff.

    Parameters
    ----------
    name
        The target's table of events; its events are gathered.
    """
    beyond = table.facts.get(BEYOND, {})
    aside = {*table.facts[GATHERED], *beyond, CUTOFF}
    numbers = [name for name in table.of_kind("number", "code") if name not in aside]
    if not beyond and not numbers:
        return []
    totals = _totals(base, name)
    later = totals["n1"] > totals["n0"]
    if later.sum() < _LEAST:
        return list(_late_dates(beyond, None))
    rows = np.linspace(0, len(table) - 1, min(len(table), _ROWS)).astype(np.intp)
    return [*_late_dates(beyond, later), *_known(table, numbers, rows, totals)]


def _totals(base: Database, name: str) -> dict[str, np.ndarray]:
    """Return number, amount and last moment of each row's events: before the cutoff (0), and of the whole log (1)."""
    days = quoted(f"{name}_days")
    made = f"sum(_sales) AS n, sum(_micro) / {MICRO:.0f} AS m, epoch_us(max(_last)) AS l"
    found = base.arrays(f"""SELECT coalesce(b.n, 0) AS n0, coalesce(b.m, 0) AS m0, b.l AS l0,
  coalesce(t.n, 0) AS n1, coalesce(t.m, 0) AS m1, t.l AS l1
FROM customers_at r LEFT JOIN (SELECT _customer, {made} FROM {days} GROUP BY 1) t USING (_customer)
LEFT JOIN (
  SELECT _customer, cutoff, {made} FROM {days} JOIN cutoffs ON _day < cutoff GROUP BY 1, 2
) b USING (_customer, cutoff) ORDER BY r.row""")
    return {each: np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan) for each, values in found.items()}


def _late_dates(beyond: dict[str, np.ndarray], later: np.ndarray | None) -> Iterator[Finding]:
    for name, late in beyond.items():
        share = float(late.mean())
        if not share:
            continue
        difference = 0.0
        if later is not None and not later.all():
            difference = abs(float(late[later].mean() - late[~later].mean()))
        shown = repr(plain(name.removeprefix("days_since_"), 60))
        text = f"{shown} of the table of customers lies on or after the cutoff in {share:.1%} of the rows"
        numbers: dict[str, float | int | str] = {"share": share, "difference": difference}
        if difference >= _DIFFERENT:
            text += f", mostly of those with later events: it holds later information. {_remedy(name)}"
            yield Finding("D158", "alarm", text, name, numbers)
        else:
            text += "; these are missing values, as they were not known then."
            yield Finding("D158", "warning", text, name, numbers)


def _known(table: Table, names: list[str], rows: np.ndarray, totals: dict[str, np.ndarray]) -> Iterator[Finding]:
    for name in names:
        values = table.frame[name].to_numpy(dtype=np.float64)[rows]
        pairs = ((totals[f"{each}0"][rows], totals[f"{each}1"][rows]) for each in "nml")
        close = max(abs(_partial(values, before, whole)) for before, whole in pairs)
        if close >= _CLOSE:
            text = (
                f"{plain(name, 60)!r} of the table of customers correlates with the events after the cutoffs"
                f" ({close:.2f}, given those before): it was written afterwards. {_remedy(name)}"
            )
            yield Finding("D159", "alarm", text, name, {"correlation": close})


def _remedy(name: str) -> str:
    column = plain(name.removeprefix("days_since_"), 60)
    return f"Leave it out (customers: {{drop: [{column}]}}), or give it as it was at the cutoffs."


def _partial(values: np.ndarray, before: np.ndarray, whole: np.ndarray) -> float:
    """Return the correlation of ranks of values and whole totals, given those before the cutoff; 0 where unknown."""
    known = np.isfinite(values) & np.isfinite(before) & np.isfinite(whole)
    if (before[known] != whole[known]).sum() < _LEAST:
        return 0.0
    given, one, other = (_ranks(each[known]) for each in (before, values, whole))
    one, other = (_without(each, given) for each in (one, other))
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum() / size) if size > 1e-9 * len(one) ** 3 else 0.0


def _without(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return centred residuals of a linear regression on the given values."""
    spread = float((given**2).sum())
    return np.asarray(values - given * (float((values * given).sum()) / spread)) if spread else values


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return mean ranks, centred."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return np.asarray(ranks - ranks.mean())
