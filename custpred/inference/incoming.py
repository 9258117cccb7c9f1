"""Incoming rows: read like training rows, gathered from events, converted to the contract.

Reading depends only on the predictor, whose files are hashed, not on the run's record.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from custpred.columns.drift import Comparison, brief, compare
from custpred.errors import ScoringWarning
from custpred.events.assembly import CUTOFF
from custpred.inference.at_cutoff import at_path, customers_at
from custpred.recipe.keys import Recipe
from custpred.source._typing.typed_table import named_frame

if TYPE_CHECKING:
    import numpy as np

    from custpred.columns.contract import Intake
    from custpred.inference.predictor import Predictor
    from custpred.table import Finding

WARNED = ("D126", "D128", "D15", "D16")
"""Prefixes of the codes of notes that raise a Python warning, unless their severity is info."""
SHOWN = 3


Frame = TypeVar("Frame", bound="pd.DataFrame | pd.Series")


@dataclass(frozen=True)
class Batch:
    """New rows that a predictor can score.

    Parameters
    ----------
    predictor
        The predictor that will score them.
    new
        The rows as passed, read or gathered.
    frame
        The same rows with the columns of the contract.
    read, converted
        Findings of reading, and of converting to the contract.
    """

    predictor: Predictor
    new: Any
    frame: pd.DataFrame
    read: tuple[Finding, ...] = ()
    converted: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, places: np.ndarray) -> Batch:
        """Return the rows at these positions, with the findings of all."""
        new = named_frame(self.new)[0].iloc[places].reset_index(drop=True)
        frame = self.frame.iloc[places].reset_index(drop=True)
        return Batch(self.predictor, new, frame, self.read, self.converted)

    @property
    def index(self) -> object:
        """Return the pandas index of the rows, or a default one."""
        return self.new.index if isinstance(self.new, pd.DataFrame) else pd.RangeIndex(len(self))

    @cached_property
    def comparison(self) -> Comparison:
        """Return how the rows differ from training."""
        return compare(self.frame, self.predictor.intake.columns)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """Return all notes about the rows."""
        one = len(self) == 1
        drift = brief(self.frame, self.predictor.intake.columns) if one else self.comparison.notes
        return (*self.read, *self.converted, *drift)

    def dated(self, predictions: Frame) -> Frame:
        """Return predictions with the cutoff of gathered customers in ``attrs``."""
        if self.predictor.intake.events and len(self) and CUTOFF in getattr(self.new, "columns", ()):
            predictions.attrs[CUTOFF] = str(next(iter(self.new[CUTOFF])))
        return predictions

    def warn(self) -> None:
        """Warn once of all notes that may affect the predictions."""
        texts = [note.text for note in self.notes if note.severity != "info" and note.code.startswith(WARNED)]
        if texts:
            more = f" And {len(texts) - SHOWN} more; act() returns all notes." if len(texts) > SHOWN else ""
            warnings.warn(" ".join(texts[:SHOWN]) + more, ScoringWarning, stacklevel=4)


def batch(predictor: Predictor, new: object, as_of: str | None = None) -> Batch:
    """Convert new rows to the contract of a predictor.

    Parameters
    ----------
    new
        A frame of any library, or a path.  If the target is made of events: events as in
        ``customers_at``, or customers gathered before.
    as_of
        With events: the cutoff.
    """
    rows, read = _rows(predictor, new, as_of)
    frame, converted = predictor.conform(rows)
    return Batch(predictor, rows, frame, tuple(read), tuple(converted))


def _rows(predictor: Predictor, new: object, as_of: str | None) -> tuple[object, tuple[Finding, ...]]:
    intake = predictor.intake
    if not intake.events:
        return read_new(intake, new) if isinstance(new, str | Path) else (new, ())
    if {column.name for column in predictor.columns} <= set(map(str, getattr(new, "columns", ()))):
        return new, ()
    frame, findings = gathered(intake, new, as_of)
    return frame.set_index(intake.key, drop=False), findings


def read_new(intake: Intake, path: str | Path) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Read new customers with the options of the recipe's table: separator, names, marks.

    If the target is made of events, ``path`` has these, and customers are those eligible then.
    """
    if intake.events:
        return gathered(intake, path)
    raw = at_path(intake.recipe["customers"], path).raw()
    return raw.frame, raw.findings


def gathered(intake: Intake, data: object = None, as_of: str | None = None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Gather the customers to be scored from new events, or from the recipe's own if None."""
    table = customers_at(Recipe.model_validate(intake.recipe), data, as_of, intake.trained)
    days = table.frame[CUTOFF].dt.strftime("%Y-%m-%d").astype(object)
    return table.frame.assign(**{CUTOFF: days}), table.findings
