"""Description of a task on events: customers at each cutoff, other horizons, lifetimes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.events.spans import days, moved
from custpred.events.survival import kaplan_meier
from custpred.text import quoted

if TYPE_CHECKING:
    from datetime import datetime

    from custpred.events.database import Database, Log
    from custpred.events.gather import Window
    from custpred.storage.plain import JSON
    from custpred.table import Table
    from custpred.task import Task

FACTORS = (0.5, 1.5, 2.0)
"""Other horizons, as multiples of the recipe's horizon."""
_ROWS = 100_000
"""Approximate number of rows for the comparison of horizons."""


def described(
    base: Database, log: Log, window: Window, labelled: tuple[Table, np.ndarray, Task], least: int = 10
) -> JSON:
    """Return the description of the task for the report; the events must still be loaded.

    ``cutoffs``: for each, customers with earlier events, customers included, the mean label and the
    label's window.  ``population``: customers in the table, those with earlier events, those
    included.  ``horizons`` (binary tasks only) and ``lifetimes``: see ``other_horizons`` and
    ``lifetimes``.

    Parameters
    ----------
    least
        Minimum number of customers at risk in the curve of ``lifetimes``.
    """
    _, _, task = labelled
    seen, included = base.one(
        "SELECT count(DISTINCT _customer), (SELECT count(DISTINCT _customer) FROM customers_at)"
        f" FROM {quoted(f'{window.table} by days')}"
    )
    return {
        "cutoffs": _by_cutoff(base.seen(window.table), window, labelled),
        "population": {"customers": log.customers, "seen": seen, "included": included},
        "horizons": other_horizons(base, log, window) if task.kind == "binary" else [],
        "lifetimes": lifetimes(base, log, window, least),
    }


def _by_cutoff(seen: dict[datetime, int], window: Window, labelled: tuple[Table, np.ndarray, Task]) -> list[JSON]:
    table, truth, task = labelled
    outcomes = truth >= 0 if task.kind == "multiclass" else truth
    means = pd.DataFrame({"cutoff": table.frame["cutoff"], "answer": outcomes}).groupby("cutoff")["answer"]
    return [
        {"cutoff": f"{moment:%Y-%m-%d}", "seen": seen.get(moment, 0)}
        | {"customers": len(each), "answer": float(each.mean())}
        | {"starts": f"{window.starts(moment):%Y-%m-%d}", "ends": f"{window.ends(moment):%Y-%m-%d}"}
        for moment, each in means
    ]


def other_horizons(base: Database, log: Log, window: Window) -> list[JSON]:
    """Return the number of labels that change at half, one and a half and twice the horizon.

    Rows: ``days``, ``rows`` with known labels at both horizons (in a systematic sample),
    ``differ``, and the numbers of rows with an event within each horizon: ``own`` and ``other``.
    """
    size = base.one("SELECT count(*) FROM customers_at")[0]
    spans = [max(1, round(factor * days(window.horizon))) for factor in FACTORS]
    within = [f"count(e._at) FILTER (WHERE e._at < c.starts + INTERVAL {span} DAY) > 0 AS e{span}" for span in spans]
    rows = f"""SELECT c.starts, count(e._at) FILTER (WHERE e._at < c.ends) > 0 AS own, {", ".join(within)}
FROM customers_at r JOIN cutoffs c USING (cutoff) LEFT JOIN {quoted(window.table)} e
  ON e._customer = r._customer AND e._sale AND e._at >= c.starts AND e._at < c.starts + INTERVAL {max(spans)} DAY
WHERE r.row % {max(1, -(-size // _ROWS))} = 0 GROUP BY r.row, c.starts"""
    made = []
    for span in spans:
        known = f"starts + INTERVAL {span} DAY <= TIMESTAMP '{log.end:%Y-%m-%d}'"
        counted = ("true", f"own != e{span}", "own", f"e{span}")
        made += [f"count(*) FILTER (WHERE {known} AND {what})" for what in counted]
    found = np.reshape(base.one(f"SELECT {', '.join(made)} FROM ({rows})"), (len(spans), 4)).tolist()
    names = ("rows", "differ", "own", "other")
    return [{"days": span, **dict(zip(names, row, strict=True))} for span, row in zip(spans, found, strict=True)]


def lifetimes(base: Database, log: Log, window: Window, least: int = 10) -> JSON:
    """Return the Kaplan-Meier curve of the time from a customer's first event to the last, in days.

    A customer without an event in the last horizon counts as having left at the last event; others
    are censored at its start, ``until``.  Customers whose first event is later are left out.
    """
    until = moved(log.end, window.horizon, -1)
    if (until - log.first) < timedelta(days=days(window.horizon)):
        return {}
    end = f"TIMESTAMP '{until:%Y-%m-%d}'"
    found: Any = base.connection.execute(f"""SELECT l < {end} AS gone, count(*) AS n,
  date_diff('day', f, CASE WHEN l < {end} THEN l ELSE {end} END) AS t
FROM (SELECT min(_first) AS f, max(_last) AS l FROM {quoted(f"{window.table}_days")} WHERE _sales > 0
  GROUP BY _customer) WHERE f < {end} GROUP BY ALL""").fetchnumpy()
    time, gone, count = (np.ma.getdata(found[name]) for name in ("t", "gone", "n"))
    curve = kaplan_meier(time.astype(float), gone.astype(bool), count, least)
    return {"until": f"{until:%Y-%m-%d}", "curve": curve} if len(curve) > 2 else {}
