"""The optional part of a feature: what ``auto`` gathers, and work that is done once for all folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from custpred.step import State, Step
from custpred.table import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from custpred.events.columns import Gathered, Steps
    from custpred.events.table import EventTable
    from custpred.target._horizon import Horizon
    from custpred.task import Suited


class FeatureTraits(Step):
    """What most features need not say."""

    serves: ClassVar[Literal["steps", "flat"] | None] = None
    """``steps``: only for models that accept sequences; ``flat``: only for the others; None: for all."""

    reads: ClassVar[frozenset[Kind]] = frozenset()
    """Kinds of columns, of dates and texts, that models could not use without it."""
    of_one_table: ClassVar[bool] = False
    """Whether ``of`` names the one table of events that it reads: where there is only one, it need not be named."""

    @classmethod
    def of_events(cls, target: Horizon, tables: Mapping[str, EventTable], *, sequences: bool) -> Suited | None:
        """Return that ``auto`` gathers it from events, with its specs; it is asked before any event is read.

        Parameters
        ----------
        sequences
            Whether the recipe names models that read sequences.
        """
        return None

    def gather(self, tables: Mapping[str, EventTable]) -> Iterator[Gathered | Steps]:
        """Yield the columns to gather from tables of events before the split; most kinds need none."""
        yield from ()

    def makes_steps(self, X: pd.DataFrame, *, texts: bool) -> bool:
        """Return whether it makes sequences of such columns; ``texts`` says that there are columns of free text."""
        return self.serves == "steps"

    def precompute(self, X: pd.DataFrame, folder: Path, threads: int) -> None:
        """Do costly work that learns nothing once for all rows, and store it in the run's scratch folder."""

    def load_precomputed(self, folder: Path) -> None:
        """Load what ``precompute`` stored, in a process that prepares a fold."""

    def examples(self, state: State) -> dict[str, list[str]]:
        """Return levels or texts that the state holds anyway, by raw column, for the made-up rows of a saved model."""
        return {}
