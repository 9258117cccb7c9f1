"""Checks whether a table of customers was written after the cutoffs, and so leaks the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.events.assembly import BEYOND, CUTOFF, GATHERED
from custpred.events.columns import MICRO
from custpred.table import Finding
from custpred.text import plain, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.events.database import Database
    from custpred.table import Table

_ROWS, _LEAST = 20_000, 30
"""Maximum number of rows compared, and minimum number of rows with later events."""
_CLOSE = 0.7
"""Partial rank correlation from which a column counts as written after the cutoffs."""
_DIFFERENT = 0.5
"""Difference in shares of late dates, with and without later events, that leaks the label."""


def written_after(base: Database, name: str, table: Table) -> list[Finding]:
    """Return findings on static columns that correlate with later events, or hold later dates.

    Findings: ``D158`` (a warning, or an alarm if mostly for customers with later events): dates
    after the cutoffs; ``D159`` (alarm): numbers with a partial rank correlation of at least 0.7
    with totals over all events, controlling for the totals before the cutoff.

    Parameters
    ----------
    name
        The target's table of events, already gathered.
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
    """Return count, amount and last time of each row's events: before the cutoff (0), all (1)."""
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
        text = f"{shown} in the table of customers is on or after the cutoff in {share:.1%} of the rows"
        numbers: dict[str, float | int | str] = {"share": share, "difference": difference}
        if difference >= _DIFFERENT:
            text += f", mostly in those with later events: it contains later information. {_remedy(name)}"
            yield Finding("D158", "alarm", text, name, numbers)
        else:
            text += "; these become missing values, because they were unknown at the cutoff."
            yield Finding("D158", "warning", text, name, numbers)


def _known(table: Table, names: list[str], rows: np.ndarray, totals: dict[str, np.ndarray]) -> Iterator[Finding]:
    for name in names:
        values = table.frame[name].to_numpy(dtype=np.float64)[rows]
        pairs = ((totals[f"{each}0"][rows], totals[f"{each}1"][rows]) for each in "nml")
        close = max(abs(_partial(values, before, whole)) for before, whole in pairs)
        if close >= _CLOSE:
            text = (
                f"{plain(name, 60)!r} in the table of customers correlates with events after the cutoffs ({close:.2f},"
                f" controlling for those before): it was written later. {_remedy(name)}"
            )
            yield Finding("D159", "alarm", text, name, {"correlation": close})


def _remedy(name: str) -> str:
    column = plain(name.removeprefix("days_since_"), 60)
    return f"Drop it (customers: {{drop: [{column}]}}), or provide its values as of the cutoffs."


def _partial(values: np.ndarray, before: np.ndarray, whole: np.ndarray) -> float:
    """Return the partial rank correlation of values and overall totals, given those before."""
    known = np.isfinite(values) & np.isfinite(before) & np.isfinite(whole)
    if (before[known] != whole[known]).sum() < _LEAST:
        return 0.0
    control, one, other = (_ranks(each[known]) for each in (before, values, whole))
    one, other = (_residuals(each, control) for each in (one, other))
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum() / size) if size > 1e-9 * len(one) ** 3 else 0.0


def _residuals(values: np.ndarray, control: np.ndarray) -> np.ndarray:
    """Return the residuals of a linear regression of centred values on centred controls."""
    spread = float((control**2).sum())
    return np.asarray(values - control * (float((values * control).sum()) / spread)) if spread else values


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return centred ranks, ties at their mean rank, shape (n,)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return np.asarray(ranks - ranks.mean())
