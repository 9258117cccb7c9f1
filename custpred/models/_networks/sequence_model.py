"""Shared by the sequence networks: options, training, scores, reasons.

``rnn``, ``gru``, ``lstm`` and ``cnn`` differ in one layer.  This class turns prepared columns into
channels (``channels.py``), trains (``keras_training.py``), scores (``sequence_network.py``) and
explains (``attributions.py``) all four.
"""

from __future__ import annotations  # light: imports inside functions are deliberate

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from custpred.errors import MissingDependency
from custpred.lazy import installed
from custpred.models._additive import TransformedTarget
from custpred.spec import Choices, Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._networks.channels import Channels
    from custpred.models._networks.keras_training import TrainingConfig, TrainingRows
    from custpred.models._networks.sequence_network import Net, Weights
    from custpred.models._target import Link
    from custpred.models.base import Model
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Task

CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


class Fitted(NamedTuple):
    """Scaling of channels, architecture, weights, link of the target, and training history."""

    channels: Channels
    net: Net
    weights: Weights
    link: Link | None
    history: JSON


class Sequential(TransformedTarget):
    """A network over steps, joined with the static columns before its last layers."""

    accepts: ClassVar[frozenset[str]] = frozenset({"steps"})
    stops_early: ClassVar[bool] = True
    compared: ClassVar[bool] = True

    units: Annotated[int, Field(ge=1, le=2048, description="Units of each layer."), Range(16, 128, log=True)] = 64
    layers: int = Field(1, ge=1, le=4, description="Layers over the steps.")
    embedding: int | None = Field(
        None, ge=1, le=1024, description="Embedding size of codes; default: by the number of codes."
    )
    static_width: int = Field(32, ge=1, le=1024, description="Units for the static columns.")
    head: int = Field(32, ge=0, le=1024, description="Units of the layer before the scores; 0: none.")
    dropout: Annotated[float, Field(ge=0, lt=1), Range(0, 0.5)] = Field(
        0.2, description="Dropout rate: share of units left out in a training step."
    )
    l2: float = Field(0.0, ge=0, description="Squared penalty on the layers' weights.")
    batch_norm: bool = Field(False, description="Batch normalisation before the last layers.")
    layer_norm: bool = Field(False, description="Layer normalisation there; not with batch_norm.")
    clipnorm: float | None = Field(None, gt=0, description="Maximum norm of the gradient of each variable.")
    clipvalue: float | None = Field(None, gt=0, description="Maximum absolute value in a gradient.")
    global_clipnorm: float | None = Field(
        None, ge=0, description="Maximum global norm of the gradients; default: 1 without another limit; 0: none."
    )
    learning_rate: Annotated[
        float, Field(gt=0, le=1, description="Initial learning rate."), Range(5e-4, 1e-2, log=True)
    ] = 2e-3
    batch: int = Field(256, ge=1, description="Batch size; smaller if there are few rows.")
    epochs: int = Field(20, ge=1, description="Maximum number of epochs.")
    patience: int = Field(3, ge=1, description="Epochs without a better validation loss before stopping.")

    def unavailable(self) -> MissingDependency | None:
        """Return the error that says what to install if TensorFlow is missing, None otherwise."""
        lacking = next((name for name in ("tensorflow", "keras") if not installed(name)), None)
        return MissingDependency.of(lacking, f"models: {self.kind()}", "deep") if lacking else None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if sum(getattr(self, name) is not None for name in CLIPS) > 1:
            raise PydanticCustomError("clips", "set only one of clipnorm, clipvalue and global_clipnorm")
        if self.batch_norm and self.layer_norm:
            raise PydanticCustomError("norms", "set only one of batch_norm and layer_norm")
        return self

    def form(self) -> JSON:
        """Return the parts of the architecture that depend on the kind."""
        return {"cell": self.kind(), "bidirectional": False, "kernel": 1}

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Train with Adam and clipped gradients; keep the weights of the best validation loss.

        Raises
        ------
        NotApplicable
            If there are no sequence columns.
        MissingDependency
            If TensorFlow is not installed.
        """
        from custpred.models._networks.channels import Channels
        from custpred.models._networks.keras_training import grow

        end = None if fit.seconds is None else time.monotonic() + fit.seconds
        link, channels = self.link(rows, fit), Channels.learn(rows.X, rows.weight)
        net = self._net(channels, fit)
        training = _lesson(rows, channels, link)
        held = None if valid is None else _lesson(valid, channels, link)
        weights, history = grow(net, training, held, _start(rows, fit), self._training_config(fit, end))
        return self.smeared(Fitted(channels, net, weights, link, history), valid or rows, fit)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the score of the network, computed in NumPy only."""
        from custpred.models._networks.sequence_network import forward

        found = forward(fitted.net, fitted.weights, fitted.channels.apply(X), fit.threads)
        return found if fit.task.kind == "multiclass" else found[:, 0]

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return columns' contributions relative to a neutral customer; steps if they are few."""
        import numpy as np

        from custpred.models._networks.attributions import attributed

        found = attributed(fitted.net, fitted.weights, fitted.channels, fitted.channels.apply(X))
        place = {name: i for i, name in enumerate(fitted.channels.names)}
        ordered = found[:, [*(place[name] for name in X.columns), -1]]
        return np.asarray(ordered if fit.task.kind == "multiclass" else ordered[:, :, 0])

    def pack(self, fitted: Fitted) -> State:
        """Return arrays, the architecture, the link and the training history."""
        arrays = {f"{name}:{i}": each for name, own in fitted.weights.items() for i, each in enumerate(own)}
        counts = {name: len(own) for name, own in fitted.weights.items()}
        link = fitted.link.dump() if fitted.link else None
        own = {"net": asdict(fitted.net), "layers": counts, "link": link, "story": fitted.history}
        return {**fitted.channels.dump(), **arrays, **own}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back."""
        from custpred.models._networks.channels import Channels
        from custpred.models._networks.sequence_network import Net
        from custpred.models._target import Link

        shape: JSON = {key: tuple(each) if isinstance(each, list) else each for key, each in packed["net"].items()}
        net = Net(**shape)
        weights = {name: [packed[f"{name}:{i}"] for i in range(count)] for name, count in packed["layers"].items()}
        link = Link(**packed["link"]) if packed["link"] else None
        return Fitted(Channels.load(packed), net, weights, link, packed["story"])

    def _net(self, channels: Channels, fit: Fit) -> Net:
        from custpred.models._networks.sequence_network import Net

        sizes = tuple(int(size) for size in channels.sizes)
        form: JSON = {"pooling": self.model_dump().get("pooling", "last"), **self.form()}
        return Net(
            units=self.units,
            layers=self.layers,
            numbers=len(channels.centre),
            static=len(channels.static),
            sizes=sizes,
            widths=tuple(self.embedding or _width(size) for size in sizes),
            static_width=self.static_width,
            head=self.head,
            norm="batch" if self.batch_norm else "layer" if self.layer_norm else "",
            outputs=fit.task.classes if fit.task.kind == "multiclass" else 1,
            **form,
        )

    def _training_config(self, fit: Fit, end: float | None) -> TrainingConfig:
        from custpred.models._networks.keras_training import TrainingConfig

        clip = next(((name, getattr(self, name)) for name in CLIPS if getattr(self, name) is not None), (CLIPS[2], 1.0))
        shared = self.model_dump(include={"learning_rate", "batch", "epochs", "patience", "dropout", "l2"})
        use: JSON = {"seed": fit.seed, "threads": fit.threads, "end": end}
        return TrainingConfig(classes=fit.task.classes, clip=clip if clip[1] else None, **shared, **use)


class Recurrent(Sequential):
    """Options shared by the three recurrent kinds."""

    bidirectional: bool = Field(False, description="Read the steps in both directions; for texts.")
    pooling: Annotated[
        Literal["last", "mean", "max", "attention", "together"],
        Field(description="Pooling of the states over steps; together: last, mean and attention."),
        Choices("last", "mean", "together"),
    ] = "together"

    def form(self) -> JSON:
        """Return the cell type and its directions."""
        return {**super().form(), "bidirectional": self.bidirectional}

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return three configurations: medium, wide, and a small one with only the last state."""
        return [
            cls(),
            cls(units=96, dropout=0.4, learning_rate=1e-3),
            cls(units=32, pooling="last", learning_rate=4e-3),
        ]


def _width(size: int) -> int:
    """Return the embedding size for n codes: 1.6 n^0.56 (fast.ai's rule), at most 64."""
    return int(min(64, max(2, round(1.6 * size**0.56))))


def _lesson(rows: Rows, channels: Channels, link: Link | None) -> TrainingRows:
    import numpy as np

    from custpred.models._networks.keras_training import TrainingRows

    y = link.inner(rows.y).astype(np.float32) if link else rows.y.astype(np.int32)
    weight = np.ones(len(y)) if rows.weight is None else rows.weight / rows.weight.mean()
    return TrainingRows(channels.apply(rows.X), y, weight.astype(np.float32))


def _start(rows: Rows, fit: Fit) -> np.ndarray:
    """Return the scores of the mean customer, shape (outputs,)."""
    import numpy as np

    from custpred.models._scores import shares_of

    if fit.task.kind == "regression":
        return np.zeros(1)
    logs = np.log(shares_of(rows.y, rows.weight, fit.task.classes))
    return np.asarray(logs if fit.task.kind == "multiclass" else logs[1:] - logs[:1])
