"""The optional part of a feature: gathered columns, and work done once for all folds."""

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
    """Members of a feature with defaults that suit most kinds."""

    serves: ClassVar[Literal["steps", "flat"] | None] = None
    """``steps``: for models that read sequences; ``flat``: for the others; None: for all."""

    reads: ClassVar[frozenset[Kind]] = frozenset()
    """Column kinds (dates, texts) that models could not use without this feature."""
    of_one_table: ClassVar[bool] = False
    """Whether the feature reads one table of events, named in ``of`` if there are several."""

    @classmethod
    def of_events(cls, target: Horizon, tables: Mapping[str, EventTable], *, sequences: bool) -> Suited | None:
        """Return specs by which ``auto`` gathers from events, or None; called before reading.

        Parameters
        ----------
        sequences
            Whether the recipe has models that read sequences.
        """
        return None

    def gather(self, tables: Mapping[str, EventTable]) -> Iterator[Gathered | Steps]:
        """Yield the columns to gather from tables of events before the split; none by default."""
        yield from ()

    def makes_steps(self, X: pd.DataFrame, *, texts: bool) -> bool:
        """Return whether it makes sequences of these columns; ``texts``: there are free texts."""
        return self.serves == "steps"

    def precompute(self, X: pd.DataFrame, folder: Path, threads: int) -> None:
        """Do expensive work without learning once, and store the result in the scratch folder."""

    def load_precomputed(self, folder: Path) -> None:
        """Load the result of ``precompute``, in a process that prepares a fold."""

    def examples(self, state: State) -> dict[str, list[str]]:
        """Return levels or texts in the state by raw column, for golden rows of a saved model."""
        return {}
