"""The contract of features."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.step import State, Step
from custpred.table import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from custpred.events.columns import Gathered, Steps
    from custpred.events.table import EventTable


class Feature(Step):
    """Columns made from columns.

    The state's ``made`` holds each new column's inputs, and its ``notes`` what was learned or declined, so that most
    kinds need not write ``lineage`` and ``notes`` themselves.

    >>> "onehot" in Feature.kinds()
    True
    >>> Feature.parse({"kind": "bins", "count": 5}).dump()
    {'kind': 'bins', 'count': 5}
    """

    serves: ClassVar[Literal["steps", "flat"] | None] = None
    """``steps``: only models that accept sequences are given it; ``flat``: only the others; None: all."""

    def gather(self, tables: Mapping[str, EventTable]) -> Iterator[Gathered | Steps]:
        """Yield what is to be gathered from tables of events before the split; by far most kinds need none."""
        yield from ()

    def lineage(self, state: State) -> dict[str, tuple[str, ...]]:
        """Name, for each column that ``apply`` adds or renames, the input columns it was made from."""
        return {name: tuple(inputs) for name, inputs in state.get("made", {}).items()}

    def words(self, state: State) -> dict[str, list[str]]:
        """Say, for each coded stem (``shop#``), what the codes 2, 3, ... stand for."""
        words: dict[str, list[str]] = state.get("words", {})
        return words

    def told(self, row: pd.DataFrame, state: State) -> dict[str, dict[str, float]]:
        """Say, for each column that is made of one customer's text, what each word of the text adds to it."""
        return {}

    def foresee(self, X: pd.DataFrame, folder: Path, threads: int) -> None:
        """Do once, for all rows, costly work that learns nothing, and leave it in the run's scratch folder."""

    def recall(self, folder: Path) -> None:
        """Take what ``foresee`` left, in a process that prepares a fold."""

    def notes(self, state: State) -> list[Finding]:
        """Say what was learned or declined, for the report."""
        return [Finding(note["code"], "info", note["text"], note["column"]) for note in state.get("notes", [])]
