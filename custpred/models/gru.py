"""``models: gru``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.models._networks.sequence_model import Recurrent

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Task


class GRU(Recurrent):
    """Gated recurrent units over steps: fewer weights than an LSTM, often as good.

    Keras' form: h' = z h + (1 - z) n, reset after the product; textbooks may swap z and 1 - z.

    References
    ----------
    Cho et al. (2014), arXiv:1406.1078, equations 5 to 8.
    """

    studied: ClassVar[float | None] = 20

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return three configurations: medium, wide, and a small one with only the last state."""
        return [
            cls(),
            cls(units=96, dropout=0.4, learning_rate=1e-3),
            cls(units=32, pooling="last", learning_rate=4e-3),
        ]
