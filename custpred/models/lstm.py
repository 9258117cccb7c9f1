"""``models: lstm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.models._networks.sequence_model import Recurrent

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Task


class LSTM(Recurrent):
    """Long short-term memory over steps: gates keep, write and read a cell state.

    References
    ----------
    Hochreiter & Schmidhuber (1997), Neural Computation 9(8); Gers et al. (2000), 12(10).
    """

    studied: ClassVar[float | None] = 30

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return three configurations: medium, wide, and a small one with only the last state."""
        return [
            cls(),
            cls(units=96, dropout=0.4, learning_rate=1e-3),
            cls(units=32, pooling="last", learning_rate=4e-3),
        ]
