"""Run all checks of the folder; a failing check does not affect the others."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from custpred.profile._survey import survey
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding

if TYPE_CHECKING:
    import numpy as np

    from custpred.table import Table
    from custpred.task import Task


def profile(table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> dict[str, CheckResult]:
    """Return the result of each check by kind; a check that fails yields the finding ``P999``.

    Parameters
    ----------
    table
        Typed customers, without the target.
    truth : ndarray of shape (n_customers,), optional
        Class codes or values.
    task
        The task that ``truth`` belongs to.
    """
    held = survey(table, truth, task)  # kept alive here, so that all checks share it
    return {kind: _check(kind, held.table, truth, task) for kind in Check.kinds()}


def _check(kind: str, table: Table, truth: np.ndarray | None, task: Task | None) -> CheckResult:
    began = time.perf_counter()
    try:
        found = Check.find(kind)().check(table, truth, task)
    except Exception as error:  # the run continues, and the report names the failed check
        text = f"Check {kind} failed ({type(error).__name__}); the others are not affected."
        found = CheckResult((Finding("P999", "warning", text, numbers={"check": kind}),))
    return replace(found, seconds=time.perf_counter() - began)
