"""The contract of checks: ``check`` reports findings about a table, and does not change it.

Checks run on training customers before anything is fitted.  Each returns findings (sentences with a
stable code and a severity) and facts (numbers that the report draws), or no findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from custpred.spec import Spec

if TYPE_CHECKING:
    import numpy as np

    from custpred.storage.plain import JSON
    from custpred.table import Finding, Table
    from custpred.task import Task


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: findings to read, and numbers as plain JSON data for the report.

    >>> CheckResult(facts={"rows": 100}).findings
    ()
    """

    findings: tuple[Finding, ...] = ()
    facts: JSON = field(default_factory=dict)
    seconds: float = field(default=0.0, compare=False)
    """Seconds that the check took; not among the facts, so that equal tables have equal facts."""


class Check(Spec):
    """One check of a table; it returns no findings for a clean table.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> frame = pd.DataFrame({"income": [None, None, None, 4.0]}, dtype=float)
    >>> result = Check.parse("missingness").check(Table(frame, (Column("income", "number"),)))
    >>> [finding.column for finding in result.findings]
    ['income']
    """

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Return findings and facts.

        Parameters
        ----------
        table
            Typed customers, without the target.
        truth : ndarray of shape (n_customers,), optional
            Class codes or values.
        task
            The task that ``truth`` belongs to.
        """
        raise NotImplementedError
