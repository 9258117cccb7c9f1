"""Helpers for all checks: numbers for JSON, and limits on long lists of findings."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from custpred.table import Finding
from custpred.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable


def number(value: float, digits: int = 6) -> float | None:
    """Return a float rounded to ``digits`` significant digits; None for nan and infinities.

    >>> number(1 / 3), number(float("nan"))
    (0.333333, None)
    """
    value = float(value)
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def percent(share: float) -> str:
    """Format a share as a percentage.

    >>> percent(0.1234), percent(0.0004)
    ('12.3%', '0.04%')
    """
    return f"{100 * share:.3g}%"


def capped(findings: Iterable[Finding], most: int = 20) -> tuple[Finding, ...]:
    """Return at most ``most`` findings per code; one more reports how many were left out."""
    kept, seen = [], Counter[str]()
    worst: dict[str, Finding] = {}
    for finding in findings:
        seen[finding.code] += 1
        worst.setdefault(finding.code, finding)
        if seen[finding.code] <= most:
            kept.append(finding)
    for code, count in seen.items():
        if count > most:
            text = f"{plural(count - most, 'more column')} like this: see the table of columns."
            kept.append(Finding(code, worst[code].severity, text, numbers={"columns": count - most}))
    return tuple(kept)


def few(count: float, least: int) -> float:
    """Return a customer count as stored: 1 to ``least - 1`` all become half of ``least``.

    >>> [few(count, 10) for count in (0, 1, 9, 10)]
    [0, 5, 5, 10]
    """
    return least // 2 if 0 < count < least else count
