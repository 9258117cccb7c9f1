"""``models: catboost`` (optional extra)."""

from __future__ import annotations  # light: imports inside functions are deliberate

from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.errors import MissingDependency, NotApplicable
from custpred.lazy import installed, need
from custpred.models._additive import Boosted, parts_of
from custpred.models._traits import FEW_AMOUNTS, MANY_ROWS
from custpred.spec import Range
from custpred.storage.scratch import scratch
from custpred.task import Suited

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType, SimpleNamespace

    import catboost
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import PlainMatrix
    from custpred.metrics.base import Metric
    from custpred.models._patience import Patience
    from custpred.models._target import Link
    from custpred.models._traits import FoldScores
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Setting, Task

ABSENT_SCORE = -20.0
"""Score of a class without training rows, for which CatBoost returns minus infinity."""
_LOSSES = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}


class Fitted(NamedTuple):
    """A booster with the best number of rounds, and the target's link."""

    booster: catboost.CatBoost
    link: Link | None
    rounds: int | None = None
    others: tuple[Fitted, ...] = ()


class CatBoost(Boosted):
    """Gradient boosted symmetric trees with ordered category statistics; best for many levels.

    >>> CatBoost(depth=4).dump(), CatBoost.space()["depth"]
    ({'kind': 'catboost', 'depth': 4}, Range(3, 8, log=False))
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"missing", "category"})
    stops_early: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("catboost",)
    modules: ClassVar[tuple[str, ...]] = ("catboost",)
    plain: ClassVar[bool] = True
    halved: ClassVar[bool] = True
    no_formula: ClassVar[str] = "its trees use statistics of hashed categories"

    learning_rate: Annotated[float, Field(gt=0, le=1, description="Step size."), Range(0.01, 0.2, log=True)] = 0.05
    depth: Annotated[int, Field(ge=1, le=12, description="Levels per tree."), Range(3, 8)] = 5
    l2_leaf_reg: Annotated[float, Field(ge=0), Range(0.1, 20, log=True)] = Field(
        4.5, description="L2 penalty on leaf values."
    )
    random_strength: Annotated[float, Field(ge=0, description="Noise on split scores."), Range(0, 2)] = 1.0
    one_hot_max_size: Annotated[int, Field(ge=2, le=255), Range(2, 50, log=True)] = Field(
        10, description="Categories of up to this many levels are split one level at a time."
    )
    max_ctr_complexity: Annotated[int, Field(ge=1, le=6), Range(1, 4)] = Field(
        2, description="Maximum number of category columns in a combination."
    )
    boosting: Literal["ordered", "plain"] = Field(
        "plain", description="ordered: gradients by trees not fitted to the row; slower, for small tables."
    )
    rounds: int = Field(2000, ge=1, description="Maximum number of rounds.")
    rounds_without_valid: int = Field(300, ge=1, description="Number of rounds without validation rows.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto`` if installed, later if slow: for classes and many rows."""
        if not installed("catboost"):
            return None
        early = 30 if setting.task.kind == "regression" else 45
        return Suited(place=55 if len(setting.table) > MANY_ROWS else early)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return trees of four or five levels, then deeper ones; for amounts also on their log.

        Deeper ones come first where there are more amounts than a few thousand.

        With many rows, statistics of category combinations would take most of the time, so only
        single columns are used.
        """
        shallow = cls(depth=4, learning_rate=0.1, max_ctr_complexity=2 if rows <= MANY_ROWS else 1)
        middle = cls() if rows <= MANY_ROWS else cls(learning_rate=0.1, max_ctr_complexity=1)
        deep = cls(depth=6, learning_rate=0.1, l2_leaf_reg=3.0, one_hot_max_size=3)
        if task.kind == "regression":
            log, eight = middle.with_(target="log"), deep.with_(depth=8)
            return [middle, log, deep, shallow] if rows <= FEW_AMOUNTS else [deep, log, eight, middle]
        return [shallow, middle, deep]

    @classmethod
    def for_metric(cls, metric: Metric) -> list[Model]:
        """Return configurations for the median, which minimises absolute errors, and of the log."""
        five, four = cls(objective="l1"), cls(objective="l1", depth=4, learning_rate=0.1)
        return [five, five.with_(target="log"), four] if metric.of_median else []

    def unavailable(self) -> MissingDependency | None:
        """Return the error that says what to install if CatBoost is missing, None otherwise."""
        return None if installed("catboost") else MissingDependency.of("catboost", "models: catboost", "catboost")

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Boost until early stopping by the validation loss, or until time is up."""
        import numpy as np

        from custpred.models._patience import Patience

        if np.ptp(rows.y) == 0:
            raise NotApplicable("CatBoost needs two different labels, but these training rows have only one.")
        patience, link = Patience(self.learning_rate, fit.seconds), self.link(rows, fit)
        booster = _library().CatBoost(self._options(fit, self.rounds if valid else self.rounds_without_valid))
        held = [_pool(each.X, each, link) for each in parts_of(valid, fit)]
        try:
            booster.fit(
                _pool(rows.X, rows, link), eval_set=held or None, use_best_model=False, callbacks=[_Watch(patience)]
            )
        except _library().CatBoostError as cause:
            raise NotApplicable(f"CatBoost rejects these rows: {cause}") from cause
        return self.stopped([Fitted(booster, link, each) for each in patience.rounds], rows, valid, fit)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the raw formula value of the booster."""
        import numpy as np

        if not len(X):
            return np.empty((0, fit.task.classes) if fit.task.kind == "multiclass" else 0)
        return self._score(fitted, _pool(X), fit)

    def together(self, fitted: Sequence[Fitted], folds: int = 0) -> FoldScores:
        """Return a scorer that builds the CatBoost table once for all folds."""
        return partial(self._raw_scores, tuple(fitted))

    def _raw_scores(self, fitted: tuple[Fitted, ...], X: PlainMatrix, fit: Fit) -> list[np.ndarray]:
        if not len(X):
            return [self.raw(each, X, fit) for each in fitted]
        pool = _pool(X)
        return [self.inverse_link(each, self._score(each, pool, fit), fit) for each in fitted]

    def _score(self, fitted: Fitted, pool: catboost.Pool, fit: Fit) -> np.ndarray:
        import numpy as np

        how = {"prediction_type": "RawFormulaVal", "thread_count": fit.threads}
        found = fitted.booster.predict(pool, ntree_end=fitted.rounds or 0, **how)
        return np.where(np.isneginf(found), ABSENT_SCORE, found)

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the sums of the trees; refused if they ask for statistics of categories."""
        import numpy as np

        from custpred.models._boosting.catboost_trees import read
        from custpred.models._sql import tree_sums

        splits, bias = read(fitted.booster, fitted.rounds, _every_code(fitted.booster))
        return tree_sums(splits, X, np.where(np.isneginf(bias), ABSENT_SCORE, bias))

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return CatBoost's own SHAP values."""
        import numpy as np

        several = fit.task.kind == "multiclass"
        if not len(X):
            return np.empty((0, X.shape[1] + 1, fit.task.classes) if several else (0, X.shape[1] + 1))
        pool = _pool(X)
        found = _best(fitted).get_feature_importance(pool, type="ShapValues", thread_count=fit.threads)
        if not several:
            return np.asarray(found, dtype=float)
        seen = self._score(fitted, pool, fit)[0] != ABSENT_SCORE  # no values for the others
        parts = np.zeros((len(X), X.shape[1] + 1, fit.task.classes))
        parts[:, :, seen] = found.transpose(0, 2, 1)
        parts[:, -1, ~seen] = ABSENT_SCORE
        return parts

    def pack(self, fitted: Fitted) -> State:
        """Return CatBoost's own format and the link."""
        with scratch() as folder:  # a worker may be killed at any moment
            path = folder / "model.cbm"
            _best(fitted).save_model(str(path), format="cbm")
            return {"cbm": path.read_bytes(), "link": fitted.link.dump() if fitted.link else None}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Rebuild the booster from its bytes."""
        from custpred.models._target import Link

        booster = _library().CatBoost()
        booster.load_model(blob=bytes(packed["cbm"]))
        return Fitted(booster, Link(**packed["link"]) if packed["link"] else None)

    def _options(self, fit: Fit, rounds: int) -> JSON:
        own = self.model_dump(exclude={"boosting", "objective", "target", "rounds", "rounds_without_valid"})
        classes = {"classes_count": fit.task.classes} if fit.task.kind == "multiclass" else {}
        median = fit.task.kind == "regression" and self.objective == "l1"
        kind = {
            "loss_function": "MAE" if median else _LOSSES[fit.task.kind],
            "boosting_type": self.boosting.capitalize(),
        }
        use = {"iterations": rounds, "random_seed": fit.seed, "thread_count": fit.threads}
        return {**own, **classes, **kind, **use, "logging_level": "Silent", "allow_writing_files": False}


class _Watch:
    """CatBoost's callback; returns whether to continue."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience

    def after_iteration(self, info: SimpleNamespace) -> bool:
        held = [losses for name, losses in info.metrics.items() if name.startswith("validation")]
        return not self.patience.stop([next(iter(each.values()))[-1] for each in held])


def _best(fitted: Fitted) -> catboost.CatBoost:
    """Return the booster without the rounds after the best one."""
    if not fitted.rounds or fitted.rounds >= fitted.booster.tree_count_:
        return fitted.booster
    booster = fitted.booster.copy()
    booster.shrink(ntree_end=fitted.rounds)
    return booster


def _library() -> ModuleType:
    return need("catboost", purpose="models: catboost", extra="catboost")


def _pool(X: pd.DataFrame | PlainMatrix, rows: Rows | None = None, link: Link | None = None) -> object:
    """Return a CatBoost pool: category codes as integers, -1 if missing."""
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import PlainMatrix
    from custpred.models._frame import category_positions, codes

    positions = category_positions(X)
    if isinstance(X, PlainMatrix):
        return _library().Pool(_features(X, len(positions)))
    columns = {i: X.iloc[:, i].to_numpy() for i in range(X.shape[1]) if i not in set(positions)}
    columns |= {i: np.nan_to_num(codes(X.iloc[:, i]), nan=-1).astype(np.int32) for i in positions}
    frame = pd.DataFrame({i: columns[i] for i in range(X.shape[1])}, copy=False)
    truth = None if rows is None else link.inner(rows.y) if link else rows.y
    return _library().Pool(frame, truth, weight=rows.weight if rows else None, cat_features=positions)


def _every_code(booster: catboost.CatBoost) -> object:
    """Return rows that hold every category code."""
    import numpy as np
    import pandas as pd

    from custpred.models._boosting.catboost_trees import CODES

    positions, codes = booster.get_cat_feature_indices(), np.arange(-1, CODES, dtype=np.int32)
    numbers = np.zeros(len(codes), dtype=np.float32)
    columns = {i: codes if i in positions else numbers for i in range(len(booster.feature_names_))}
    return _library().Pool(pd.DataFrame(columns), cat_features=positions)


def _features(X: PlainMatrix, categories: int) -> catboost.FeaturesData:
    """Return a matrix as CatBoost features, numbers before categories."""
    import numpy as np

    first = X.shape[1] - categories
    codes = np.nan_to_num(X.values[:, first:], nan=-1).astype(np.intp)
    texts = np.array([b"%d" % code for code in range(-1, int(codes.max(initial=-1)) + 1)], dtype=object)
    known = {"cat_feature_data": texts[codes + 1]} if categories else {}
    return _library().FeaturesData(num_feature_data=np.ascontiguousarray(X.values[:, :first]), **known)
