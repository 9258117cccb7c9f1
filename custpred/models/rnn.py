"""``models: rnn``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.models._networks.sequence_model import Recurrent

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.task import Task


class RNN(Recurrent):
    """A simple recurrent network over steps, a baseline for lstm and gru: old gradients vanish.

    References
    ----------
    Elman (1990), Cognitive Science 14; Bengio et al. (1994), IEEE Trans. Neural Networks 5(2).
    """

    studied: ClassVar[float | None] = 10

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return two configurations: medium, and a small one with only the last state."""
        return [cls(learning_rate=1e-3), cls(units=32, pooling="last")]
