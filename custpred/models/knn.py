"""``models: knn``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from custpred.models._additive import Additive
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from sklearn.neighbors import KDTree

    from custpred.models._columns import Columns
    from custpred.models.base import Model
    from custpred.storage.plain import State
    from custpred.task import Fit, Rows, Setting, Task

_ROWS, _COLUMNS = 20_000, 200
"""Maximum rows and columns of a table for ``auto``: a larger search takes too long."""
_NEAREST = 0.05
"""Least distance, as a share of the usual one: so no customer counts without bound."""
_BLOCK = 4096  # rows that are searched together, so that the arrays of neighbours stay small


class Fitted(NamedTuple):
    """The stored training customers, and how distances to them are measured.

    Parameters
    ----------
    columns : Columns
        Scaling of all columns.
    used : ndarray of shape (q,)
        Positions of the columns that are compared.
    scale : ndarray of shape (q,)
        Factors of the standardised columns; the largest is 1.
    rows : ndarray of shape (n, q), float32
        Standardised values.
    truth, weight : ndarray of shape (n,)
        Class codes or values, and row weights with mean 1.
    mean : ndarray of shape (n_classes,) or (1,)
        Class shares or the mean value of all training rows.
    reach : float
        Usual distance of the farthest neighbour.
    tree : KDTree or None
        The index of ``rows``; None if no column is informative about the target.
    """

    columns: Columns
    used: np.ndarray
    scale: np.ndarray
    rows: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    reach: float
    tree: KDTree | None
    link: None = None


class Neighbours(Additive):
    """The mean of the most similar training customers, stored in the model; for repeated patterns.

    Columns are standardised and scaled by their importance in a quick forest.  Near neighbours
    count more, and the mean of all customers counts as a part of one, so customers unlike all
    others get about the mean.

    References
    ----------
    Dudani (1976), The distance-weighted k-nearest-neighbor rule, IEEE Trans.  SMC 6(4).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from custpred.task import Fit, Rows, Task
    >>> X, fit = pd.DataFrame({"f": np.arange(100.0)}), Fit(Task("regression", "spend"))
    >>> model = Neighbours(neighbours=5, smoothing=0.01)
    >>> fitted = model.train(Rows(X, 3 * np.arange(100.0)), None, fit)
    >>> model.raw(fitted, pd.DataFrame({"f": [50.0]}), fit).round(0).tolist()
    [150.0]
    """

    plain: ClassVar[bool] = True
    keeps_rows: ClassVar[bool] = True
    no_formula: ClassVar[str] = "it compares each customer with stored training customers"

    neighbours: Annotated[int, Field(ge=1, le=1000, description="Number of neighbours."), Range(3, 100, log=True)] = 20
    decay: Annotated[float, Field(ge=0, le=20), Range(0, 8)] = Field(
        4.0, description="Power by which a neighbour counts less with its distance; 0: all count the same."
    )
    emphasis: Annotated[float, Field(ge=0, le=4), Range(0, 3)] = Field(
        1.5, description="Power of a column's importance in squared distances; 0: all columns count the same."
    )
    smoothing: Annotated[float, Field(gt=0), Range(0.1, 10, log=True)] = Field(
        1.0, description="Weight of the mean of all customers, in neighbours."
    )
    columns: int = Field(30, ge=1, description="Maximum number of columns to compare, the most important ones.")
    rows: int = Field(_ROWS, ge=10, description="Maximum number of training customers to store, sampled.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: for tables neither large nor wide, no events or texts."""
        large = len(setting.table) > _ROWS or len(setting.table.names) > _COLUMNS
        if large or setting.events or setting.flat("text"):
            return None
        return Suited("neighbours are compared, whose values the model folder holds, as privacy allows", place=35)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return neighbours by distance, then more of them for noisy labels, then a few."""
        return [cls(), cls(neighbours=60, decay=2.0), cls(neighbours=8, emphasis=2.5, smoothing=0.3)]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Learn scales, and store the training rows."""
        import numpy as np

        from custpred.columns.sampling import sampled
        from custpred.models._columns import Columns
        from custpred.models._neighbours import importances

        chosen = sampled(len(rows.y), self.rows, fit.seed)
        columns = Columns.learn(rows.X, rows.weight, least_skew=0.5)
        values = columns.apply(rows.X.iloc[chosen], np.float32)
        truth = rows.y[chosen]
        weight = np.ones(len(chosen)) if rows.weight is None else rows.weight[chosen] / np.mean(rows.weight[chosen])
        found = importances(values, truth, weight, fit)
        used = np.sort(np.argsort(-found, kind="stable")[: self.columns])
        used = used[found[used] > 0]
        scale = (found[used] / found.max(initial=1e-300)) ** (self.emphasis / 2)
        stored = Fitted(
            columns, used, scale, values[:, used], truth, weight, _mean(rows, fit), 1.0, _tree(values[:, used], scale)
        )
        return stored._replace(reach=self._reach(stored, fit))

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits, log-probabilities or values."""
        return self._scores(fitted, _placed(fitted, X), fit)

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the changes of the score as the mean customer's columns become a customer's.

        They are averaged over an order and its reverse: exact Shapley values if columns interact in
        pairs (Mitchell et al. 2022, Journal of Machine Learning Research 23(43)).
        """
        import numpy as np

        places = _placed(fitted, X)
        mean = self._scores(fitted, np.zeros((1, len(fitted.used))), fit)
        parts = np.zeros((len(X), X.shape[1] + 1, *mean.shape[1:]))
        parts[:, -1] = mean
        order = range(len(fitted.used))
        for columns in (order, reversed(order)):
            between, before = np.zeros_like(places), np.broadcast_to(mean, (len(X), *mean.shape[1:]))
            for column in columns:
                between[:, column] = places[:, column]
                after = self._scores(fitted, between, fit)
                parts[:, fitted.used[column]] += (after - before) / 2
                before = after
        return parts

    def pack(self, fitted: Fitted) -> State:
        """Return the stored customers as standardised numbers, with their classes or values."""
        names = ("used", "scale", "rows", "truth", "weight", "mean", "reach")
        return {**fitted.columns.dump(), **{name: getattr(fitted, name) for name in names}}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Read the arrays back and build the index again."""
        from custpred.models._columns import Columns

        names = ("used", "scale", "rows", "truth", "weight", "mean")
        own = {name: packed[name] for name in names}
        tree = _tree(own["rows"], own["scale"])
        return Fitted(Columns.load(packed), **own, reach=float(packed["reach"]), tree=tree)

    def _reach(self, fitted: Fitted, fit: Fit) -> float:
        """Return the median distance of the farthest neighbour, for some training rows."""
        import numpy as np

        if fitted.tree is None:
            return 1.0
        some = np.random.default_rng(fit.seed).permutation(len(fitted.rows))[:500]
        apart, _ = fitted.tree.query(fitted.rows[some] * fitted.scale, min(self.neighbours + 1, len(fitted.rows)))
        return float(np.median(apart[:, -1])) or 1.0

    def _scores(self, fitted: Fitted, places: np.ndarray, fit: Fit) -> np.ndarray:
        """Return the scores of customers at these places, shape (n, q)."""
        import numpy as np

        from custpred.models._scores import of_probabilities
        from custpred.models._threads import shared

        blocks = shared(lambda rows: self._means(fitted, places[rows], fit), len(places), fit.threads, _BLOCK)
        means = np.concatenate(blocks) if blocks else np.zeros((0, len(fitted.mean)))
        return means[:, 0] if fit.task.kind == "regression" else of_probabilities(means, 1e-9)

    def _means(self, fitted: Fitted, places: np.ndarray, fit: Fit) -> np.ndarray:
        """Return the neighbours' weighted class shares or means, (n, n_classes) or (n, 1)."""
        import numpy as np

        if fitted.tree is None:
            return np.repeat(fitted.mean[None], len(places), axis=0)
        apart, who = fitted.tree.query(places, min(self.neighbours, len(fitted.rows)))
        share = fitted.weight[who] * (_NEAREST + apart / fitted.reach) ** -self.decay
        truth = fitted.truth[who]
        if fit.task.kind == "regression":
            sums = (share * truth).sum(axis=1, keepdims=True)
        else:
            sums = np.stack([(share * (truth == code)).sum(axis=1) for code in range(fit.task.classes)], axis=1)
        found: np.ndarray = (sums + self.smoothing * fitted.mean) / (share.sum(axis=1, keepdims=True) + self.smoothing)
        return found


def _placed(fitted: Fitted, X: pd.DataFrame) -> np.ndarray:
    """Return the compared columns on their scales, (n, q); 0 is the mean customer."""
    import numpy as np

    values: np.ndarray = fitted.columns.apply(X, np.float32)[:, fitted.used] * fitted.scale
    return values


def _tree(rows: np.ndarray, scale: np.ndarray) -> KDTree | None:
    from sklearn.neighbors import KDTree

    return KDTree(rows * scale) if len(scale) else None


def _mean(rows: Rows, fit: Fit) -> np.ndarray:
    import numpy as np

    from custpred.models._scores import shares_of

    if fit.task.kind == "regression":
        return np.atleast_1d(np.average(rows.y, weights=rows.weight))
    return shares_of(rows.y, rows.weight, fit.task.classes)
