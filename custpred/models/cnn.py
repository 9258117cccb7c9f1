"""``models: cnn``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from custpred.models._networks.sequence_model import Sequential
from custpred.spec import Choices, Range

if TYPE_CHECKING:
    from custpred.models.base import Model
    from custpred.storage.plain import JSON
    from custpred.task import Task


class CNN(Sequential):
    """Convolutions over steps: fast, short patterns anywhere; joined with the static columns.

    References
    ----------
    Kim (2014), arXiv:1408.5882.
    """

    studied: ClassVar[float | None] = 40

    units: Annotated[int, Field(ge=1, le=2048, description="Filters of each layer."), Range(32, 256, log=True)] = 128
    kernel: Annotated[int, Field(ge=1, le=64, description="Steps that a pattern spans."), Range(2, 7)] = 3
    pooling: Annotated[
        Literal["max", "mean", "attention"],
        Field(description="Pooling of each filter over steps: maximum, mean, or weighted mean."),
        Choices("max", "mean"),
    ] = "max"

    def form(self) -> JSON:
        """Return the kernel size."""
        return {**super().form(), "kernel": self.kernel}

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return three configurations: medium, wide patterns, and mean pooling."""
        return [
            cls(),
            cls(kernel=5, dropout=0.4, learning_rate=1e-3),
            cls(units=64, pooling="mean", learning_rate=4e-3),
        ]
