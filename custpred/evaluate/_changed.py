"""Customers whose prediction got worse from one cutoff to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.evaluate._who import asked
from custpred.events.assembly import CUTOFF

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


def changed(evidence: Evidence) -> pd.DataFrame:
    """Return the test rows with an earlier prediction of the customer, the largest change first.

    Earlier rows are those of ``evidence.earlier``, scored by the same model, and the test's own.
    Features precede each row's cutoff.  Multi-class predictions have no rows, as none is worse.

    Returns
    -------
    DataFrame
        ``place`` in the test; ``before``, the score at the cutoff ``then``; ``moment``, its own
        cutoff; ``change`` > 0 if the score got worse: up for leaving, down for buying.
    """
    table, task = evidence.table, evidence.predictions.task
    columns = ["place", "before", "then", "moment", "change"]
    if task.kind == "multiclass" or table.key is None or not {table.key, CUTOFF} <= set(table.frame):
        return pd.DataFrame(columns=columns)
    every = [_scored(table.frame, table.key, task.score(evidence.predictions.predicted))]
    every[0]["place"] = np.arange(len(every[0]))
    if evidence.earlier is not None and evidence.predict is not None:
        past = evidence.earlier.frame
        every.append(_scored(past, table.key, task.score(evidence.predict(past))).assign(place=-1))
    rows = pd.concat(every).sort_values(["id", "moment"], kind="stable", ignore_index=True)
    rows = rows.assign(before=rows["score"].shift(), then=rows["moment"].shift())
    rows = rows[(rows["id"] == rows["id"].shift()) & (rows["place"] >= 0)]
    worse = -1.0 if asked(table, task) in {"buys", "spends"} else 1.0
    rows = rows.assign(change=worse * (rows["score"] - rows["before"]))
    return rows.sort_values("change", ascending=False, kind="stable")[columns]


def _scored(frame: pd.DataFrame, key: str, score: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"id": frame[key].astype(str).array, "moment": frame[CUTOFF].array, "score": score})


def compared(rows: pd.DataFrame, unit: str) -> JSON:
    """Return both dates, the first row's earlier prediction, and the number of customers compared.

    Parameters
    ----------
    unit
        ``points``: predictions are shown in percent; otherwise as they are.
    """
    first = rows.iloc[0]
    before = float(first["before"])
    return {
        "before": 100 * before if unit else before,
        "then": str(first["then"])[:10],
        "cutoff": str(first["moment"])[:10],
        "compared": len(rows),
    }
