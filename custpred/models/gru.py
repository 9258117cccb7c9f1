"""``models: gru``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.models._networks.sequence_model import Recurrent

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Task


class GRU(Recurrent):
    """Gated recurrent units over steps: as the LSTM with fewer weights, often as good; joined with the other columns.

    Keras' form: h' = z h + (1 - z) n, the reset after the product; many course notes count z the other way round.

    References
    ----------
    Cho et al. (2014), arXiv:1406.1078, equations 5 to 8.
    """

    studied: ClassVar[float | None] = 20

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return three configurations: middling, wide, and a small one that keeps the last state only."""
        return [
            cls(),
            cls(units=96, dropout=0.4, learning_rate=1e-3),
            cls(units=32, pooling="last", learning_rate=4e-3),
        ]
