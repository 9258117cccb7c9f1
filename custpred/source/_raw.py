"""The raw content of a source, before any typing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator

if TYPE_CHECKING:
    import pandas as pd

    from custpred.storage.plain import JSON
    from custpred.table import Finding


@dataclass(frozen=True)
class Raw:
    """Values as they are in the source, before any typing."""

    frame: pd.DataFrame
    origin: str
    findings: tuple[Finding, ...] = ()
    facts: JSON = field(default_factory=dict)


def _mark(value: object) -> str:
    """Read a marker of missing values as text; YAML's null is the text 'NULL'."""
    return "NULL" if value is None else str(value)


Mark = Annotated[str, BeforeValidator(_mark, json_schema_input_type=str | float | bool | None)]
"""A text that marks a missing value."""
