"""Shared by ``forest`` and ``extra_trees``: options, growing in batches, storage as arrays."""

from __future__ import annotations  # light: imports inside functions are deliberate

import time
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.models.base import Model
from custpred.spec import Choices, Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from sklearn.ensemble._forest import BaseForest
    from sklearn.tree._tree import Tree

    from custpred.models._forests.tree_arrays import Trees
    from custpred.models._target import Link
    from custpred.models._traits import FoldScores
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Task

_ROWS_PER_TREE = 200_000
_ROOM = 16_000_000
"""Maximum bytes of a forest's trees of all folds in a blend (about 10 MB compressed)."""


class Fitted(NamedTuple):
    """Trees, the minimum probability, and the target's link."""

    trees: Trees
    least: float
    link: Link | None


class TreeMean(Model):
    """The mean of independently grown trees."""

    accepts: ClassVar[frozenset[str]] = frozenset({"missing"})
    plain: ClassVar[bool] = True
    _classes: ClassVar[tuple[str, str]]
    _bootstrap: ClassVar[bool]

    trees: int = Field(150, ge=1, description="Number of trees.")
    max_features: Annotated[float | Literal["sqrt"], Choices("sqrt", 0.3, 0.5, 0.75, 1.0)] = Field(
        "sqrt", description="Columns tried per split: a share, or sqrt for the square root of their number."
    )
    min_samples_leaf: Annotated[int, Field(ge=1), Range(1, 50, log=True)] = Field(
        5, description="Minimum rows per leaf, at least 1/15000 of the rows, which limits the size of a tree."
    )
    criterion: Annotated[Literal["gini", "entropy"], Choices("gini", "entropy")] = Field(
        "gini", description="Split criterion for classes; regression always uses the squared error."
    )

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Grow trees in batches until their number or the time limit is reached."""
        import numpy as np

        from custpred.models._forests.tree_arrays import Trees
        from custpred.models._frame import dense
        from custpred.models._target import Link

        link = Link.learn(rows.y, rows.weight, "plain") if fit.task.kind == "regression" else None
        forest = self._grow(dense(rows.X), link.inner(rows.y) if link else rows.y, rows.weight, fit)
        known = getattr(forest, "classes_", np.zeros(1)).astype(int)
        grown = [(each.tree_, _values(each.tree_, known, fit.task)) for each in forest.estimators_]
        return Fitted(Trees.of(grown, rows.X.shape[1]), 0.5 / (len(rows.y) + 1), link)

    def raw(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return logits, log-probabilities or values, with half a row of each class mixed in."""
        from custpred.models._frame import dense

        return self.of_mean(fitted, fitted.trees.mean(dense(X), fit.threads), fit)

    def of_mean(self, fitted: Fitted, mean: np.ndarray, fit: Fit) -> np.ndarray:
        """Return the raw scores for the mean of the trees, shape (n, k)."""
        return fitted.link.value(mean[:, 0]) if fitted.link else _raw(_kept(mean, fitted.least, fit.task.classes))

    def together(self, fitted: Sequence[Fitted], folds: int = 0) -> FoldScores:
        """Return a scorer that walks the trees of all folds at once if rows are few."""
        from custpred.models._forests.joint import JointForests

        return JointForests(self, tuple(fitted))

    def sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None = None) -> list[str]:
        """Return the mean of the trees, converted to the raw score, as SQL expressions."""
        from custpred.models._sql import means_of, value_of

        write, means = X.dialect.literal, means_of(fitted.trees.splits(), fitted.trees.value, X)
        if fitted.link:
            return [value_of(fitted.link, means[0], X)]
        whole = write(1 + fit.task.classes * fitted.least)
        shares = [X.statement.name(f"({each} + {write(fitted.least)}) / {whole}") for each in means]
        if len(shares) == 1:
            return [f"(LN({shares[0]}) - LN({write(1)} - {shares[0]}))"]
        return [f"LN({each})" for each in shares]

    def contributions(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return decision-path contributions (Saabas 2014), converted to the raw score."""
        import numpy as np
        from scipy.special import logit

        from custpred.models._frame import dense
        from custpred.models._scores import through

        parts = fitted.trees.contributions(dense(X))
        if fitted.link:
            return fitted.link.parts(parts[:, :, 0])
        classes = fit.task.classes
        parts /= 1 + classes * fitted.least
        parts[:, -1] += fitted.least / (1 + classes * fitted.least)
        if fit.task.kind == "binary":
            return through(parts[:, :, 0], logit, lambda share: 1 / (share * (1 - share)))
        return np.stack([through(parts[:, :, k], np.log, lambda share: 1 / share) for k in range(classes)], axis=2)

    def shared(self, fitted: Fitted, folds: int) -> Fitted:
        """Keep fewer trees of each fold; all folds together still have twice those assessed.

        If these are too large for a model folder, keep even fewer, at least half of those assessed.
        """
        grown = len(fitted.trees.roots)
        room = int(_ROOM * grown / (folds * max(1, fitted.trees.nbytes)))
        least, most = -(-grown // (2 * folds)), -(-2 * grown // folds)
        return fitted._replace(trees=fitted.trees.first(min(most, max(least, room))))

    def pack(self, fitted: Fitted) -> State:
        """Return the trees as arrays."""
        return {**fitted.trees.dump(), "least": fitted.least, "link": fitted.link.dump() if fitted.link else None}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Rebuild the trees after range checks."""
        from custpred.models._forests.tree_arrays import Trees
        from custpred.models._target import Link

        return Fitted(Trees.load(packed), float(packed["least"]), Link(**packed["link"]) if packed["link"] else None)

    def _grow(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, fit: Fit) -> BaseForest:
        """Return scikit-learn's forest; warm starts grow the same trees as a single fit."""
        began = time.monotonic()
        forest = self._empty(len(y), fit)
        while len(getattr(forest, "estimators_", ())) < self.trees:
            done = len(getattr(forest, "estimators_", ()))
            spent = time.monotonic() - began
            if fit.seconds is None:
                more = self.trees
            elif done == 0:
                more = max(1, fit.threads)
            else:
                more = min(2 * done, int(done * (fit.seconds - spent) / max(spent, 1e-6)))
            if more < 1:
                break
            forest.set_params(n_estimators=min(self.trees, done + more))
            forest.fit(X, y, sample_weight=weight)
        return forest

    def _empty(self, rows: int, fit: Fit) -> BaseForest:
        """Return the unfitted forest; each tree samples at most 200,000 rows."""
        from sklearn import ensemble

        options: JSON = {"bootstrap": self._bootstrap}
        if rows > _ROWS_PER_TREE:
            options = {"bootstrap": True, "max_samples": _ROWS_PER_TREE}
        regression = fit.task.kind == "regression"
        if not regression:
            options["criterion"] = self.criterion
        return getattr(ensemble, self._classes[regression])(
            max_features=self.max_features,
            min_samples_leaf=max(self.min_samples_leaf, rows // 15000),
            n_jobs=fit.threads,
            random_state=fit.seed,
            warm_start=True,
            **options,
        )


def _kept(mean: np.ndarray, least: float, classes: int) -> np.ndarray:
    """Mix in ``least`` of each class, so that no probability is 0 or 1."""
    return (mean + least) / (1 + classes * least)


def _raw(shares: np.ndarray) -> np.ndarray:
    import numpy as np
    from scipy.special import logit

    return np.asarray(logit(shares[:, 0])) if shares.shape[1] == 1 else np.log(shares)


def _values(tree: Tree, known: np.ndarray, task: Task) -> np.ndarray:
    """Return a tree's node values with one column per class; binary: the positive share."""
    import numpy as np

    values = np.zeros((tree.node_count, max(task.classes, 1)))
    values[:, known] = tree.value[:, 0]
    return values[:, 1:] if task.kind == "binary" else values
