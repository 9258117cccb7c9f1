"""``models: mlp``."""

from __future__ import annotations  # light: imports inside functions are deliberate

import time
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from custpred.models._additive import TransformedTarget, parts_of
from custpred.models._traits import MANY_ROWS
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._columns import Columns
    from custpred.models._networks.feed_forward import ScaledRows, TrainingConfig, Weights
    from custpred.models._pieces import Pieces
    from custpred.models._target import Link
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Setting, Task


FEW_ROWS = 500
"""Rows up to which a thin network without encoded columns comes first."""


class Fitted(NamedTuple):
    """Scaling and encoding of the columns, the weights of each network, and the target's link."""

    columns: Columns
    pieces: Pieces
    members: list[Weights]
    link: Link | None
    others: tuple[Fitted, ...] = ()


class MLP(TransformedTarget):
    """An average of small neural networks on scaled columns and, for steps, on pieces of them.

    Numeric columns enter scaled and, with ``pieces``, in a piecewise linear encoding as well
    (Gorishniy et al. 2022, arXiv:2203.05556), so that a network can fit sharp changes.

    >>> MLP(width=32, layers=1).dump(), MLP.space()["layers"]
    ({'kind': 'mlp', 'width': 32, 'layers': 1}, Range(1, 4, log=False))
    """

    synonyms = ("neural_network", "dnn", "nn")
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
    pieces: Annotated[int, Field(ge=0, le=64), Range(0, 32)] = Field(
        16, description="Pieces of the piecewise linear encoding of a numeric column; 0 to 3: no encoding."
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
        """Return networks with and without pieces; few rows: the thin one first."""
        long, short = {"batch": 128, "epochs": 60, "patience": 15}, {"batch": 512, "epochs": 20, "patience": 6}
        steps = long if rows <= MANY_ROWS else short | {"learning_rate": 6e-3}
        pieces = cls(width=128, weight_decay=0.2, members=1, **steps)
        light = {"dropout": 0.1, "weight_decay": 0.05}
        coarse = pieces.model_copy(update={**light, "pieces": 8})
        thin = cls(width=32, layers=1, dropout=0.1, learning_rate=5e-3, weight_decay=0.3, pieces=0, members=1)
        deep = pieces.model_copy(update={**light, "layers": 3, "pieces": 0})
        return [thin, pieces, deep, coarse] if rows <= FEW_ROWS else [pieces, deep, coarse, thin]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Train networks by AdamW with a cosine schedule; keep the best on validation rows."""
        import numpy as np

        from custpred.models._columns import Columns
        from custpred.models._frame import dense
        from custpred.models._networks.feed_forward import grow
        from custpred.models._pieces import Pieces

        end = None if fit.seconds is None else time.monotonic() + fit.seconds
        link, columns = self.link(rows, fit), Columns.learn(rows.X, rows.weight, least_skew=0.5)
        pieces = Pieces.learn(dense(rows.X, np.float64), rows.weight, self.pieces)
        scaled = _scaled(rows, columns, pieces, link)
        held = [_scaled(each, columns, pieces, link) for each in parts_of(valid, fit)]
        members: list[list[Weights]] = []
        for number in range(self.members):
            left = None if end is None else end - time.monotonic()
            if members and left is not None and left <= 0:
                break
            share = None if left is None else max(1e-3, left / (self.members - number))
            members.append(grow(scaled, held, self._training_config(fit, number, share)))
        made = [Fitted(columns, pieces, list(each), link) for each in zip(*members, strict=True)]
        return self.stopped(made, rows, valid, fit)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the mean score of the networks."""
        import numpy as np

        from custpred.models._networks.feed_forward import forward

        values = _values(X, fitted.columns, fitted.pieces)
        scores = np.mean([forward(member, values, fit.threads).astype(float) for member in fitted.members], axis=0)
        return np.asarray(scores if fit.task.kind == "multiclass" else scores[:, 0])

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return integrated gradients from the mean customer (Sundararajan et al. 2017).

        Those of a column include those of its pieces.
        """
        import numpy as np

        from custpred.models._networks.feed_forward import integrated

        values = _values(X, fitted.columns, fitted.pieces)
        parts = np.mean([integrated(member, values, fit.threads) for member in fitted.members], axis=0)
        parts = fitted.pieces.merged(parts, X.shape[1])
        return np.asarray(parts if fit.task.kind == "multiclass" else parts[:, :, 0])

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the networks' mean score, where the engine has layers."""
        from custpred.sql.operators import Layers

        found = X.statement.operator(Layers(fitted.columns, fitted.members, fitted.pieces), X.columns)
        return super().score_sql(fitted, X, fit, start) if found is None else found

    def pack(self, fitted: Fitted) -> State:
        """Return arrays and the link."""
        arrays = {f"w{m}_{i}": each for m, member in enumerate(fitted.members) for i, each in enumerate(member)}
        sizes = [len(member) for member in fitted.members]
        link = fitted.link.dump() if fitted.link else None
        return {**fitted.columns.dump(), **fitted.pieces.dump(), **arrays, "sizes": sizes, "link": link}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back."""
        from custpred.models._columns import Columns
        from custpred.models._pieces import Pieces
        from custpred.models._target import Link

        members = [[packed[f"w{m}_{i}"] for i in range(size)] for m, size in enumerate(packed["sizes"])]
        link = Link(**packed["link"]) if packed["link"] else None
        return Fitted(Columns.load(packed), Pieces.load(packed), members, link)

    def _training_config(self, fit: Fit, number: int, seconds: float | None) -> TrainingConfig:
        from custpred.models._networks.feed_forward import TrainingConfig

        outputs = fit.task.classes if fit.task.kind == "multiclass" else 1
        shared: JSON = self.model_dump(exclude={"width", "layers", "pieces", "members", "target"})
        shared |= {"seed": 1000 * fit.seed + number, "seconds": seconds}
        return TrainingConfig(classes=fit.task.classes, sizes=(*[self.width] * self.layers, outputs), **shared)


def _values(X: pd.DataFrame, columns: Columns, pieces: Pieces) -> np.ndarray:
    """Return the scaled columns and their pieces, shape (n, p + e)."""
    import numpy as np

    from custpred.models._frame import dense

    scaled = columns.apply(X, np.float32)
    return np.hstack([scaled, pieces.apply(dense(X, np.float64))]) if len(pieces.column) else scaled


def _scaled(rows: Rows, columns: Columns, pieces: Pieces, link: Link | None) -> ScaledRows:
    from custpred.models._networks.feed_forward import ScaledRows

    values = _values(rows.X, columns, pieces)
    return ScaledRows(values, link.inner(rows.y) if link else rows.y, rows.weight)
