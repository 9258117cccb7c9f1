"""New data from the browser: stored privately while read, checked by the contract, scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custpred.dashboard._names import as_uploaded, safe_name
from custpred.inference.action_list import action_list
from custpred.inference.at_cutoff import CUSTOMERS
from custpred.inference.incoming import batch
from custpred.inference.scored import QUIET
from custpred.storage.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from custpred.inference.predictor import Predictor
    from custpred.inference.scored import Reporting
    from custpred.storage.plain import JSON
    from custpred.table import Finding


@dataclass(frozen=True)
class Scored:
    """Uploaded customers with their scores, and notes on differences from training."""

    table: pd.DataFrame
    notes: tuple[Finding, ...]


def score_upload(
    predictor: Predictor, files: Mapping[str, bytes], as_of: str | None = None, reporting: Reporting = QUIET
) -> Scored:
    """Score uploaded customers, or customers gathered from uploaded events.

    Parameters
    ----------
    files
        Content by file name; several files have the names of their tables.
    reporting
        Translation of the reasons.

    Raises
    ------
    DataError
        If a column or a table is missing, or a file is unreadable.
    """
    with scratch() as folder:
        for name, content in files.items():
            (folder / safe_name(name)).write_bytes(content)
        several = len(files) > 1 or len(predictor.intake.recipe.get("events") or {}) > 1
        data: Path = folder if several else folder / safe_name(next(iter(files)))
        with as_uploaded(folder):
            table, notes = action_list(batch(predictor, data, as_of), reporting=reporting)
    return Scored(table, tuple(notes))


def event_tables(recipe: JSON) -> list[str]:
    """Return the names of the files that an upload may hold: events, and their customers."""
    events = list(recipe.get("events") or {})
    return [*events, CUSTOMERS] if events and recipe.get(CUSTOMERS) else events
