"""The contract of checks: ``look`` says what is worth knowing about a table, and does not change it.

Checks run on training customers before anything is fitted.  Each returns findings, which are sentences
with a stable code and a severity, and facts, which are numbers that the report draws.  A check that has
nothing to report returns no finding.
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
class Look:
    """What a check found: findings for people, and numbers as plain JSON data for the report.

    >>> Look(facts={"rows": 100}).findings
    ()
    """

    findings: tuple[Finding, ...] = ()
    facts: JSON = field(default_factory=dict)
    seconds: float = field(default=0.0, compare=False)
    """How long looking took; not among the facts, so that equal tables have equal facts."""


class Check(Spec):
    """One look at a table; silent on a clean one.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> frame = pd.DataFrame({"income": [None, None, None, 4.0]}, dtype=float)
    >>> look = Check.parse("missingness").look(Table(frame, (Column("income", "number"),)))
    >>> [finding.column for finding in look.findings]
    ['income']
    """

    def look(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> Look:
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
