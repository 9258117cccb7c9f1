"""The target's distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from custpred.profile._bins import histogram, is_whole
from custpred.profile._numbers import LEVELS, describe
from custpred.profile._plain import number, percent
from custpred.profile.base import Check, CheckResult
from custpred.table import Finding
from custpred.text import plain, plural

if TYPE_CHECKING:
    from custpred.table import Severity, Table
    from custpred.task import Task


class Imbalance(Check):
    """How the target is distributed: class shares, or quantiles, zeros and skewness of values.

    Findings: ``P171`` the rarest class has less than 5 % of the customers (info), or 1 % (warning);
    ``P172`` (warning) a class has fewer than 50 customers, too few to evaluate a model; ``P173``
    (info) 30 % of values or more are zero; ``P174`` (info) a heavy tail, skewness above 5.

    Facts, classes: ``classes`` list of {label, rows, share}, ``rarest`` share.  Values: ``mean``,
    ``sd``, ``skew``, ``zeros``, ``negatives`` (shares), ``quantiles`` percent -> value,
    ``histogram`` as in ``skew``.  Small labels are named, as part of the target's definition.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.table import Column, Table
    >>> from custpred.task import Task
    >>> table = Table(pd.DataFrame({"age": np.arange(100.0)}), (Column("age", "number"),))
    >>> task = Task("binary", "left", ("no", "yes"))
    >>> result = Imbalance().check(table, np.repeat([0, 1], [95, 5]), task)
    >>> [finding.severity for finding in result.findings]
    ['warning']
    """

    def check(self, table: Table, truth: np.ndarray | None = None, task: Task | None = None) -> CheckResult:
        """Describe the target; no findings without one."""
        if truth is None or task is None or not len(truth):
            return CheckResult(facts={"reason": "There is no target."})
        return self._of_values(truth) if task.kind == "regression" else self._of_classes(truth, task)

    def _of_classes(self, truth: np.ndarray, task: Task) -> CheckResult:
        counts = np.bincount(truth.astype(np.intp), minlength=task.classes)
        shares = counts / len(truth)
        rarest = int(counts.argmin())
        label, share, rows = plain(task.labels[rarest], 60), float(shares[rarest]), int(counts[rarest])
        findings = []
        if share < 0.05:
            severity: Severity = "warning" if share < 0.01 else "info"
            text = f"Only {percent(share)} of customers are {label!r}: accuracy is not informative, look at lift."
            findings.append(Finding("P171", severity, text, task.target, {"share": share}))
        if rows < 50:
            text = (
                f"Only {plural(rows, 'customer')} {'is' if rows == 1 else 'are'} {label!r}: every score is uncertain."
            )
            findings.append(Finding("P172", "warning", text, task.target, {"rows": rows}))
        classes = [
            {"label": name, "rows": int(count), "share": number(part)}
            for name, count, part in zip(task.labels, counts, shares, strict=True)
        ]
        return CheckResult(tuple(findings), {"classes": classes, "rarest": number(share)})

    def _of_values(self, truth: np.ndarray) -> CheckResult:
        found, rows = describe(truth), len(truth)
        findings = []
        if found.zeros >= 0.3 * rows:
            text = (
                f"{percent(found.zeros / rows)} of the target's values are zero: who, and how much, are two questions."
            )
            findings.append(Finding("P173", "info", text, numbers={"share": found.zeros / rows}))
        if abs(found.skew) > 5:
            text = f"The target has a heavy tail (skewness {found.skew:.1f}): a few customers decide the error."
            findings.append(Finding("P174", "info", text, numbers={"skew": found.skew}))
        facts = {
            "mean": number(found.mean),
            "sd": number(found.sd),
            "skew": number(found.skew),
            "zeros": number(found.zeros / rows),
            "negatives": number(found.negatives / rows),
            "quantiles": {f"{100 * level:g}": number(at) for level, at in zip(LEVELS, found.quantiles, strict=True)},
            "histogram": histogram(truth, found, None, None, whole=is_whole(truth)),
        }
        return CheckResult(tuple(findings), facts)
