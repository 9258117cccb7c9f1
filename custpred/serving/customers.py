"""Customers of a request: checked by the contract, and read as ``custpred predict`` does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.columns.batch import ColumnBatch
from custpred.columns.contract import Intake
from custpred.errors import DataError
from custpred.inference.scored import value_missing
from custpred.serving.cells import MAX_CACHED, ColumnReader
from custpred.source._typing.typing_notes import extra
from custpred.table import Column
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.inference.predictor import Predictor
    from custpred.serving.cells import Cell
    from custpred.storage.plain import JSON
    from custpred.table import Finding


@dataclass(frozen=True)
class Customer:
    """A customer of a request: cells of the contract, value for the decision, notes, input."""

    cells: tuple[object, ...]
    amount: float
    notes: tuple[Finding, ...]
    sent: JSON


class CustomerReader:
    """Reads the customers of requests according to a predictor's contract.

    Parameters
    ----------
    predictor
        The model with the contract.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.columns = {each.name: self._reader(predictor, each) for each in predictor.columns if each.usable}
        self.others = tuple(each for each in predictor.columns if not each.usable)
        self.order = [column.name for column in predictor.columns]
        self.key = predictor.intake.key
        self.expected = {*self.order, *predictor.intake.others}
        amount = predictor.policy.column(predictor.task)
        self.amount = amount
        self._value = None
        if amount is not None:
            self._value = self.columns.get(amount) or self._reader(predictor, Column(amount, "number"))
        self.required = [*self.columns, *([amount] if amount and amount not in self.columns else [])]
        self._needs = set(self.required)
        self._cells = [(name, f".{plain(name, 60)}", each.read) for name, each in self.columns.items()]
        self._extra: dict[frozenset[str], tuple[Finding, ...]] = {}

    @staticmethod
    def _reader(predictor: Predictor, column: Column) -> ColumnReader:
        expected = predictor.intake.by_name.get(column.name)
        return ColumnReader(column, Intake((expected,) if expected else ()), predictor.missing)

    def read(self, sent: object, row: int = 0) -> Customer:
        """Return one customer.

        Parameters
        ----------
        sent
            A map from columns to values, parsed from JSON.
        row
            Its position in the request, for messages.

        Raises
        ------
        DataError
            CP2441 if it is not a map, CP2102 if columns are missing, CP2442 if the type of a value
            differs from its column's.
        """
        place = f"customers[{row}]"
        if not isinstance(sent, dict):
            raise DataError(
                "Expected a customer as an object with a value for each column.",
                code="CP2441",
                place=place,
                remedy='Send {"customers": [{"column": value, ...}]}.',
            )
        if not self._needs <= sent.keys():
            absent = [name for name in self.required if name not in sent]
            missing = DataError.missing_columns(absent, list(sent), taken=self._needs)
            missing.place, missing.remedy = place, "Send null for a missing value."
            raise missing
        cells = [read(sent[name], place + own) for name, own, read in self._cells]
        notes = [note for cell in cells for note in (*cell.read, *cell.beside)] if _any(cells) else []
        if notes:
            notes = [note for cell in cells for note in cell.read] + [note for cell in cells for note in cell.beside]
        amount = math.nan
        if self._value is not None:
            value = self._value.read(sent[self.amount], f"{place}.{self.amount}").value
            amount = math.nan if value is None else value
            notes += value_missing(str(self.amount), int(value is None), 1)
        more = self._unknown(sent) if len(sent) > len(self._needs) else ()
        return Customer(tuple(cell.value for cell in cells), amount, (*more, *notes), sent)

    def _unknown(self, sent: JSON) -> tuple[Finding, ...]:
        """Return the note about columns that the model does not know; cached for repeated ones."""
        names = frozenset(sent)
        if names not in self._extra:
            if len(self._extra) >= MAX_CACHED:
                self._extra.clear()
            self._extra[names] = tuple(extra([name for name in sent if name not in self.expected]))
        return self._extra[names]

    def batch(self, customers: Sequence[Customer]) -> ColumnBatch:
        """Return customers as a column batch: for a few rows a frame takes half of the time."""
        cells = zip(*(each.cells for each in customers), strict=True)
        made = {name: each.gathered(own) for (name, each), own in zip(self.columns.items(), cells, strict=True)}
        rows = len(customers)
        empty, none = np.full(rows, np.nan), pd.Series(np.full(rows, None))
        made |= {each.name: empty if each.kind == "empty" else none for each in self.others}
        return ColumnBatch(rows, {name: made[name] for name in self.order})


def _any(cells: Sequence[Cell]) -> bool:
    return any(cell.read or cell.beside for cell in cells)
