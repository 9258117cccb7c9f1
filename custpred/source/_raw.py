"""What a source holds, before any typing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from custpred.table import Finding


@dataclass(frozen=True)
class Raw:
    """Values as they stand in the source, before any typing."""

    frame: pd.DataFrame
    origin: str
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
