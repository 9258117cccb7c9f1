"""The task, and predictions for it."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar, cast

from custpred.columns.sequence import is_step
from custpred.labels import LabelType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from custpred.events.table import EventTable
    from custpred.spec import Spec
    from custpred.storage.plain import JSON
    from custpred.table import Kind, Table
    from custpred.target.base import Target

Some = TypeVar("Some", bound="Spec")
TaskKind = Literal["binary", "multiclass", "regression"]
OTHER = "(other)"
"""The label of a class that holds all rare items; naming it does not say what comes next."""


@dataclass(frozen=True)
class Task:
    """A prediction task.

    Parameters
    ----------
    kind
        ``binary``, ``multiclass`` or ``regression``.
    target
        The target column's name, as the user wrote it.
    labels
        Class labels as text; code ``i`` stands for ``labels[i]``.  Binary: the positive label is
        ``labels[1]``.  Empty for regression.
    floor
        Regression: the lowest prediction, None where there is no such bound.
    label_type
        The type of the target's column, which predicted labels have.

    Examples
    --------
    >>> import numpy as np
    >>> task = Task("binary", "churn", ("no", "yes"))
    >>> task.positive, task.inverse_link(np.array([0.0])).tolist()
    ('yes', [[0.5, 0.5]])
    >>> task.predictions(np.array([1, 0])).tolist()
    ['yes', 'no']
    """

    kind: TaskKind
    target: str
    labels: tuple[str, ...] = ()
    floor: float | None = None
    label_type: LabelType = field(default_factory=LabelType)

    @classmethod
    def load(cls, plain: JSON) -> Task:
        """Rebuild from the output of ``dataclasses.asdict``."""
        own = LabelType.load(plain.get("label_type"))
        return cls(plain["kind"], plain["target"], tuple(plain["labels"]), plain.get("floor"), own)

    @property
    def values(self) -> list[object]:
        """Return the class labels in the target's own type."""
        return self.label_type.native(self.labels)

    def predictions(self, codes: np.ndarray, index: object = None) -> pd.Series:
        """Return the label of each class code in the target's own type, named like the target."""
        import pandas as pd

        own = self.label_type
        dtype: object = object if own.dtype == "object" else None
        return pd.Series(own.array(self.labels, codes), index=index, name=self.target, dtype=dtype)

    @property
    def classes(self) -> int:
        """Return the number of classes; 0 for regression."""
        return len(self.labels)

    @property
    def positive(self) -> str:
        """Return the positive label of a binary task."""
        return self.labels[1]

    def bounded(self, truth: np.ndarray) -> Task:
        """Return the task with predictions clipped at 0 if no training value is negative."""
        known = self.kind == "regression" and len(truth) and bool((truth >= 0).all())
        return replace(self, floor=0.0) if known else self

    def score(self, predicted: np.ndarray) -> np.ndarray:
        """Return one number per row: the positive or likeliest label's probability, or the amount.

        >>> import numpy as np
        >>> Task("binary", "left", ("no", "yes")).score(np.array([[0.2, 0.8], [0.9, 0.1]])).tolist()
        [0.8, 0.1]
        """
        if self.kind == "regression":
            return predicted
        found: np.ndarray = predicted[:, 1] if self.kind == "binary" else predicted.max(axis=1)
        return found

    def inverse_link(self, raw: np.ndarray) -> np.ndarray:
        """Turn raw scores into predictions: probabilities, or values not below the floor.

        Returns shape (n, n_classes) for classes, each row summing to 1, and (n,) for regression.
        """
        import numpy as np

        if self.kind == "regression":
            return raw if self.floor is None else np.maximum(raw, self.floor)
        if self.kind == "binary":
            positive = 0.5 + 0.5 * np.tanh(0.5 * raw)
            return np.column_stack([1.0 - positive, positive])
        odds = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Setting:
    """What ``auto`` knows where it chooses.

    Parameters
    ----------
    table
        Training customers only, the columns that models see.
    target
        The target of the recipe.
    events
        The recipe's tables of events, by name.
    sequences
        The kinds of the recipe's models that read sequences, where it names models.
    filled_for
        The resampling that needs rows without missing values; empty where none does.
    seconds
        The time limit of the run; None: none.
    """

    table: Table
    task: Task
    target: Target
    events: Mapping[str, EventTable] = field(default_factory=dict)
    sequences: tuple[str, ...] = ()
    filled_for: str = ""
    seconds: float | None = None

    def flat(self, kind: Kind) -> list[str]:
        """Return the columns of a kind that are not steps of a sequence."""
        return [name for name in self.table.of_kind(kind) if not is_step(name)]

    @cached_property
    def levels(self) -> dict[str, int]:
        """Return how many levels of each category column occur."""
        return {name: int(self.table.frame[name].cat.codes.nunique()) for name in self.flat("category")}


class Suited(NamedTuple):
    """A kind included by ``auto``: the reason for the report, its order (lowest first), its specs.

    Without ``specs`` the kind is taken once, with its defaults.
    """

    reason: str = ""
    place: float = 50.0
    specs: tuple[Spec, ...] = ()


def suited(kinds: Iterable[type[Some]], ask: Callable[[type[Some]], Suited | None]) -> tuple[tuple[Some, ...], str]:
    """Return the specs of the suitable kinds in order, and their reasons."""
    found = [(each, kind) for kind in kinds if (each := ask(kind)) is not None]
    found.sort(key=lambda pair: pair[0].place)
    specs = tuple(spec for each, kind in found for spec in each.specs or (kind(),))
    return cast("tuple[Some, ...]", specs), "; ".join(each.reason for each, _ in found if each.reason)


@dataclass(frozen=True)
class Predictions:
    """Truth and predictions of the same customers, row by row.

    Parameters
    ----------
    task
        The task they belong to.
    truth : ndarray of shape (n_customers,)
        Class codes (int) or target values (float).
    predicted : ndarray of shape (n_customers, n_classes) or (n_customers,)
        Probabilities that sum to 1 in each row, or predicted values.
    weight : ndarray of shape (n_customers,), optional
        Row weights; equal where None.

    Examples
    --------
    >>> import numpy as np
    >>> task = Task("binary", "churn", ("no", "yes"))
    >>> given = Predictions(task, np.array([0, 1]), np.array([[0.9, 0.1], [0.4, 0.6]]))
    >>> len(given), given.positive.tolist(), given.take(np.array([1])).truth.tolist()
    (2, [0.1, 0.6], [1])
    """

    task: Task
    truth: np.ndarray
    predicted: np.ndarray
    weight: np.ndarray | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def positive(self) -> np.ndarray:
        """Return the positive class's probability, shape (n_customers,); binary tasks only."""
        return self.predicted[:, 1]

    def take(self, rows: np.ndarray) -> Predictions:
        """Return the given rows (indices or mask), repeated where an index is repeated."""
        weight = None if self.weight is None else self.weight[rows]
        return Predictions(self.task, self.truth[rows], self.predicted[rows], weight)


@dataclass(frozen=True)
class Rows:
    """Prepared rows: ``X`` has float32 columns and, if accepted, ``category`` columns of codes.

    ``place``: a folder in which a model may keep what the next trial on these rows can use.

    >>> import numpy as np
    >>> import pandas as pd
    >>> rows = Rows(pd.DataFrame({"f000001": [1.0, 2.0, 3.0]}), np.array([0, 1, 0]))
    >>> rows.take(rows.y == 0).X["f000001"].tolist()
    [1.0, 3.0]
    """

    X: pd.DataFrame
    y: np.ndarray
    weight: np.ndarray | None = None
    place: Path | None = None

    def take(self, mask: np.ndarray) -> Rows:
        """Return the rows where ``mask`` is true."""
        return Rows(self.X.loc[mask], self.y[mask], None if self.weight is None else self.weight[mask])


@dataclass(frozen=True)
class Fit:
    """The settings of a fit: task, seed, threads, and time limit in seconds (None: no limit).

    ``half``, (n_valid,), splits validation rows in two for models that are ``halved``.

    >>> Fit(Task("regression", "spend"), seed=7, seconds=30).threads
    1
    """

    task: Task
    seed: int = 0
    threads: int = 1
    seconds: float | None = None
    half: np.ndarray | None = field(default=None, repr=False)
