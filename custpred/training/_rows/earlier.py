"""The scored customers at an earlier cutoff whose rows are in neither training nor test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.events.assembly import CUTOFF

if TYPE_CHECKING:
    from custpred.split.base import Folds
    from custpred.table import Table

MOST = 5_000
"""Approximate number of customers scored a second time, to tell whose prediction changed."""


def earlier(table: Table, folds: Folds, scored: np.ndarray) -> Table | None:
    """Return rows of scored customers at the latest earlier cutoff; None if there are none.

    No model was trained on them: a time split leaves out cutoffs whose labels were not known by the
    test.  Training labels may reach beyond, so the predictions are shown and not evaluated.

    Parameters
    ----------
    table
        All customers at all cutoffs.
    folds
        Training and test rows.
    scored
        Positions of the scored test rows.
    """
    if table.key is None or CUTOFF not in table.frame or not len(folds.test) or not len(scored):
        return None
    moments, ids = table.frame[CUTOFF].to_numpy(), table.frame[table.key]
    free = np.ones(len(table), dtype=bool)
    free[np.concatenate([folds.train, folds.test])] = False
    own = ids.isin(ids.iloc[scored]).to_numpy(dtype=bool)
    rows = np.flatnonzero(free & own & (moments < moments[scored].min()))
    if not len(rows):
        return None
    rows = rows[moments[rows] == moments[rows].max()]
    return table.take(rows[:: -(-len(rows) // MOST)])
