"""``models: mlp``."""

from __future__ import annotations  # light: imports inside functions are deliberate

import time
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from custpred.models._additive import Turned, parts_of
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._columns import Columns
    from custpred.models._networks.feed_forward import ScaledRows, TrainingConfig, Weights
    from custpred.models._target import Link
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Setting, Task


class Fitted(NamedTuple):
    """The scaling of the columns, the weights of each network, and the target's link."""

    columns: Columns
    members: list[Weights]
    link: Link | None
    others: tuple[Fitted, ...] = ()


class MLP(Turned):
    """An average of small neural networks on normalised columns; smooth, unlike trees.

    >>> MLP(width=32, layers=1).dump(), MLP.space()["layers"]
    ({'kind': 'mlp', 'width': 32, 'layers': 1}, Range(1, 4, log=False))
    """

    stops_early: ClassVar[bool] = True
    plain: ClassVar[bool] = True
    halved: ClassVar[bool] = True

    width: Annotated[int, Field(ge=1, le=4096, description="Units per layer."), Range(16, 256, log=True)] = 64
    layers: Annotated[int, Field(ge=1, le=8, description="Hidden layers."), Range(1, 4)] = 2
    dropout: Annotated[float, Field(ge=0, lt=1), Range(0, 0.5)] = Field(
        0.2, description="Dropout rate: share of units left out in a step."
    )
    learning_rate: Annotated[float, Field(gt=0, le=1), Range(3e-4, 2e-2, log=True)] = Field(
        3e-3, description="Maximum learning rate."
    )
    weight_decay: Annotated[float, Field(ge=0), Range(1e-4, 1, log=True)] = Field(
        0.1, description="Weight decay of AdamW."
    )
    batch: int = Field(256, ge=1, description="Batch size; smaller if there are few rows.")
    epochs: int = Field(40, ge=1, description="Maximum number of epochs.")
    patience: int = Field(12, ge=1, description="Epochs without a better validation loss before stopping.")
    members: int = Field(2, ge=1, le=20, description="Number of networks with different seeds to average.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: it is tried on every task."""
        return Suited(place=50)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return a narrow and a medium network (narrow first if rows are few), then a wide one."""
        thin = cls(width=32, layers=1, dropout=0.1, learning_rate=5e-3, weight_decay=0.3, members=1)
        wide = cls(width=128, dropout=0.4, learning_rate=1.5e-3, weight_decay=0.3, members=1)
        middling = cls(members=1)
        return [thin, middling, wide] if rows <= 5_000 else [middling, thin, wide]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Train networks by AdamW with a cosine schedule; keep the best on validation rows."""
        from custpred.models._columns import Columns
        from custpred.models._networks.feed_forward import grow

        end = None if fit.seconds is None else time.monotonic() + fit.seconds
        link, columns = self.link(rows, fit), Columns.learn(rows.X, rows.weight, least_skew=0.5)
        scaled = _scaled(rows, columns, link)
        held = [_scaled(each, columns, link) for each in parts_of(valid, fit)]
        members: list[list[Weights]] = []
        for number in range(self.members):
            left = None if end is None else end - time.monotonic()
            if members and left is not None and left <= 0:
                break
            share = None if left is None else max(1e-3, left / (self.members - number))
            members.append(grow(scaled, held, self._training_config(fit, number, share)))
        made = [Fitted(columns, list(each), link) for each in zip(*members, strict=True)]
        return self.stopped(made, rows, valid, fit)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the mean score of the networks."""
        import numpy as np

        from custpred.models._networks.feed_forward import forward

        values = fitted.columns.apply(X, np.float32)
        scores = np.mean([forward(member, values).astype(float) for member in fitted.members], axis=0)
        return np.asarray(scores if fit.task.kind == "multiclass" else scores[:, 0])

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return integrated gradients from the mean customer (Sundararajan et al. 2017)."""
        import numpy as np

        from custpred.models._networks.feed_forward import integrated

        values = fitted.columns.apply(X, np.float32)
        parts = np.mean([integrated(member, values) for member in fitted.members], axis=0)
        return np.asarray(parts if fit.task.kind == "multiclass" else parts[:, :, 0])

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the networks' mean score, where the engine has layers."""
        from custpred.sql.operators import Layers

        found = X.statement.operator(Layers(fitted.columns, fitted.members), X.columns)
        return super().score_sql(fitted, X, fit, start) if found is None else found

    def pack(self, fitted: Fitted) -> State:
        """Return arrays and the link."""
        arrays = {f"w{m}_{i}": each for m, member in enumerate(fitted.members) for i, each in enumerate(member)}
        sizes = [len(member) for member in fitted.members]
        link = fitted.link.dump() if fitted.link else None
        return {**fitted.columns.dump(), **arrays, "sizes": sizes, "link": link}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back."""
        from custpred.models._columns import Columns
        from custpred.models._target import Link

        members = [[packed[f"w{m}_{i}"] for i in range(size)] for m, size in enumerate(packed["sizes"])]
        return Fitted(Columns.load(packed), members, Link(**packed["link"]) if packed["link"] else None)

    def _training_config(self, fit: Fit, number: int, seconds: float | None) -> TrainingConfig:
        from custpred.models._networks.feed_forward import TrainingConfig

        outputs = fit.task.classes if fit.task.kind == "multiclass" else 1
        shared: JSON = self.model_dump(exclude={"width", "layers", "members", "target"})
        shared |= {"seed": 1000 * fit.seed + number, "seconds": seconds}
        return TrainingConfig(classes=fit.task.classes, sizes=(*[self.width] * self.layers, outputs), **shared)


def _scaled(rows: Rows, columns: Columns, link: Link | None) -> ScaledRows:
    import numpy as np

    from custpred.models._networks.feed_forward import ScaledRows

    return ScaledRows(columns.apply(rows.X, np.float32), link.inner(rows.y) if link else rows.y, rows.weight)
