"""``models: xgboost``."""

from __future__ import annotations  # light: imports inside functions are deliberate

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from custpred.models._additive import Boosted, parts_of
from custpred.models._traits import FEW_AMOUNTS, MANY_COLUMNS, MANY_ROWS
from custpred.spec import Range
from custpred.task import Suited

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    import xgboost as xgb

    from custpred.columns.batch import PlainMatrix
    from custpred.metrics.base import Metric
    from custpred.models._boosting.splits import Splits
    from custpred.models._parts import Parts
    from custpred.models._target import Link
    from custpred.models._traits import FoldScores
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Setting, Task

_OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}
_MEDIAN = "reg:absoluteerror"
_LOCK = Lock()
"""Held during predictions: only these are thread-safe, setting the number of threads is not."""

_TREE_NANOSECONDS = 25.0
"""Time for one tree and one row, in nanoseconds, measured with five levels."""


class Fitted(NamedTuple):
    """A booster with its best number of rounds, known category codes by position, and link."""

    booster: xgb.Booster
    levels: dict[int, np.ndarray]
    link: Link | None
    rounds: int | None = None
    others: tuple[Fitted, ...] = ()


class XGBoost(Boosted):
    """Gradient boosted trees grown level-wise; a second opinion next to LightGBM.

    >>> XGBoost.space()["max_depth"], XGBoost().with_(max_depth=6).dump()
    (Range(2, 10, log=False), {'kind': 'xgboost', 'max_depth': 6})
    """

    synonyms = ("xgb",)
    accepts: ClassVar[frozenset[str]] = frozenset({"missing", "category"})
    stops_early: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("xgboost", "xgboost-cpu")
    modules: ClassVar[tuple[str, ...]] = ("xgboost",)
    plain: ClassVar[bool] = True
    halved: ClassVar[bool] = True

    learning_rate: Annotated[float, Field(gt=0, le=1, description="Step size."), Range(0.01, 0.2, log=True)] = 0.05
    max_depth: Annotated[int, Field(ge=1, le=20, description="Levels per tree."), Range(2, 10)] = 4
    min_child_weight: Annotated[float, Field(ge=0), Range(0.01, 20, log=True)] = Field(
        2.0, description="Minimum sum of second derivatives in a leaf."
    )
    subsample: Annotated[float, Field(gt=0, le=1, description="Share of rows per tree."), Range(0.6, 1)] = 0.8
    colsample_bylevel: Annotated[float, Field(gt=0, le=1), Range(0.4, 1)] = Field(
        0.6, description="Share of columns per level of a tree."
    )
    reg_alpha: Annotated[float, Field(ge=0), Range(1e-3, 10, log=True)] = Field(
        0.1, description="L1 penalty on leaf values."
    )
    reg_lambda: Annotated[float, Field(ge=0), Range(1e-2, 10, log=True)] = Field(
        1.0, description="L2 penalty on leaf values."
    )
    max_cat_to_onehot: Annotated[int, Field(ge=1), Range(4, 100, log=True)] = Field(
        16, description="Categories of up to this many levels are split one level at a time."
    )
    rounds: int = Field(2000, ge=1, description="Maximum number of rounds.")
    rounds_without_valid: int = Field(200, ge=1, description="Number of rounds without validation rows.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: it is tried on every task."""
        return Suited(place=40)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return shallow and deep trees; for many rows or columns the fastest first."""
        step, low = (0.05, 0.03) if rows <= MANY_ROWS else (0.1, 0.1)
        deep = cls(learning_rate=low, max_depth=8, min_child_weight=5.0, colsample_bylevel=0.5, reg_lambda=3.0)
        two = cls(learning_rate=0.08, max_depth=2, subsample=0.9, max_cat_to_onehot=32)
        five, three = cls(max_depth=5, learning_rate=step), cls(max_depth=3, learning_rate=0.1)
        if task.kind == "regression":
            six, eight = (cls(max_depth=d, learning_rate=r, min_child_weight=3.0) for d, r in ((6, 0.1), (8, 0.05)))
            log = five.with_(target="log")
            return [three, log, five, two] if rows <= FEW_AMOUNTS else [six, log, eight, three, five]
        return [three, deep, five, two] if rows > MANY_ROWS or columns > MANY_COLUMNS else [five, two, three, deep]

    @classmethod
    def for_metric(cls, metric: Metric) -> list[Model]:
        """Return configurations for the median, which minimises absolute errors, and of the log."""
        three, five = cls(objective="l1", max_depth=3, learning_rate=0.1), cls(objective="l1", max_depth=5)
        return [three, five.with_(target="log"), five] if metric.of_median else []

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Boost until early stopping by the validation loss, or until time is up."""
        import xgboost as xgb

        from custpred.models._boosting.bins import fewer_bins
        from custpred.models._patience import Patience

        patience = Patience(self.learning_rate, fit.seconds)
        link, levels = self.link(rows, fit), _levels(rows.X)
        bins = fewer_bins(rows.X)
        data = _data(rows, levels, link, fit, bins)
        held = [_data(each, levels, link, fit, bins | {"ref": data}) for each in parts_of(valid, fit)]

        class Watch(xgb.callback.TrainingCallback):
            def after_iteration(
                self, model: xgb.Booster, epoch: int, evals_log: xgb.callback.TrainingCallback.EvalsLog
            ) -> bool:
                return patience.stop([next(iter(each.values()))[-1] for each in evals_log.values()])

        count = self.rounds if held else self.rounds_without_valid
        evals = [(each, f"held{i}") for i, each in enumerate(held)]
        grown = xgb.train(self._options(fit) | bins, data, count, evals=evals, verbose_eval=False, callbacks=[Watch()])
        return self.stopped([Fitted(grown, levels, link, each) for each in patience.rounds], rows, valid, fit)

    def rounds_made(self, fitted: Fitted) -> int:
        """Return the number of rounds of a fit, those after the best one included."""
        return int(fitted.booster.num_boosted_rounds())

    def spreads(self, task: Task) -> bool:
        """Return True: ``xgboost.dask`` takes rows in parts."""
        return True

    def fit_parts(self, fitted: Sequence[Fitted], parts: Parts, fit: Fit) -> Fitted:
        """Boost by ``xgboost.dask`` for the folds' mean number of rounds, with the first's link."""
        from custpred.models._boosting.xgboost_parts import boosted

        rounds = round(sum(each.booster.num_boosted_rounds() for each in fitted) / len(fitted))
        link, levels = fitted[0].link, _levels(parts.sample.X)
        return Fitted(boosted(self._options(fit), rounds, parts, partial(_arrays, levels, link)), levels, link)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the margin of the booster."""
        import numpy as np

        if not len(X):
            return _predict(fitted, X, fit, output_margin=True)
        values = _values(X, fitted.levels)
        how: JSON = {"iteration_range": (0, fitted.rounds or 0), "validate_features": False}
        with _LOCK:
            _allow(fitted.booster, fit.threads)
            return np.asarray(fitted.booster.inplace_predict(values, predict_type="margin", **how), dtype=float)

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return exact path-dependent TreeSHAP values (Lundberg et al. 2020, Nature MI 2)."""
        found = _predict(fitted, X, fit, pred_contribs=True)
        return found.transpose(0, 2, 1) if fit.task.kind == "multiclass" else found

    def together(self, fitted: Sequence[Fitted], folds: int = 0) -> FoldScores:
        """Return a scorer by bit masks: one customer without library calls, many in less time."""
        from custpred.models._boosting.fast_ensemble import FastEnsemble

        return FastEnsemble(self, tuple(fitted), _splits, _TREE_NANOSECONDS, folds)

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the sums of the trees: 64 bits with a fast scorer's start, else 32 bits."""
        from custpred.models._sql import sums_in_single, tree_sums

        splits = _splits(fitted)
        if splits is None:
            return super().score_sql(fitted, X, fit, start)
        if start is not None:
            return tree_sums(splits, X, start)
        return sums_in_single(splits, X, _base(fitted, splits.outputs))

    def pack(self, fitted: Fitted) -> State:
        """Return XGBoost's own binary JSON, the known category codes, and the link."""
        link = fitted.link.dump() if fitted.link else None
        levels = {str(position): codes.astype(int).tolist() for position, codes in fitted.levels.items()}
        return {"ubj": bytes(fitted.booster[: fitted.rounds].save_raw("ubj")), "levels": levels, "link": link}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Rebuild the booster from its JSON."""
        import numpy as np
        import xgboost as xgb

        from custpred.models._target import Link

        booster = xgb.Booster()
        booster.load_model(bytearray(packed["ubj"]))
        levels = {int(position): np.asarray(codes, np.float32) for position, codes in packed["levels"].items()}
        return Fitted(booster, levels, Link(**packed["link"]) if packed["link"] else None)

    def _options(self, fit: Fit) -> JSON:
        own = self.model_dump(exclude={"objective", "target", "rounds", "rounds_without_valid"})
        classes = {"num_class": fit.task.classes} if fit.task.kind == "multiclass" else {}
        use = {"seed": fit.seed, "nthread": fit.threads, "tree_method": "hist", "verbosity": 0}
        median = fit.task.kind == "regression" and self.objective == "l1"
        return {**own, "objective": _MEDIAN if median else _OBJECTIVES[fit.task.kind], **classes, **use}


def _levels(X: pd.DataFrame) -> dict[int, np.ndarray]:
    """Return the category codes that occur in training, by position."""
    import numpy as np

    from custpred.models._frame import category_positions, codes

    found = {i: np.unique(codes(X.iloc[:, i])) for i in category_positions(X)}
    return {i: values[~np.isnan(values)] for i, values in found.items()}


def _allow(booster: xgb.Booster, threads: int) -> None:
    """Set a booster's threads if they differ; setting them takes as long as scoring two rows."""
    if getattr(booster, "threads", 0) != threads:
        booster.set_param({"nthread": threads})
        booster.threads = threads


def _values(X: pd.DataFrame | PlainMatrix, levels: dict[int, np.ndarray]) -> np.ndarray:
    """Return the table with unseen codes missing; XGBoost would treat them arbitrarily."""
    import numpy as np

    from custpred.models._frame import coded, unknown

    values, _ = coded(X)
    if len(values) == 1:  # for one customer, one array per column would take longer
        row = values[0].tolist()
        strange: dict[int, np.ndarray | int] = {i: 0 for i, known in levels.items() if row[i] not in known}
    else:
        strange = {i: new for i, known in levels.items() if (new := unknown(values[:, i], known)).any()}
    if strange:
        values = values.copy()  # other members read them too
        for i, rows in strange.items():
            values[rows, i] = np.nan
    return values


def _types(X: pd.DataFrame, levels: dict[int, np.ndarray]) -> JSON:
    return {"feature_types": ["c" if i in levels else "q" for i in range(X.shape[1])], "enable_categorical": True}


def _data(rows: Rows, levels: dict[int, np.ndarray], link: Link | None, fit: Fit, bins: JSON) -> object:
    """Return an XGBoost matrix; ``bins``: their number, and the matrix whose bins are reused."""
    import xgboost as xgb

    values, types = _values(rows.X, levels), _types(rows.X, levels)
    truth = link.inner(rows.y) if link else rows.y
    return xgb.QuantileDMatrix(values, truth, weight=rows.weight, nthread=fit.threads, **bins, **types)


def _arrays(levels: dict[int, np.ndarray], link: Link | None, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the values and targets of a part of the rows."""
    return _values(rows.X, levels), link.inner(rows.y) if link else rows.y


def _predict(fitted: Fitted, X: pd.DataFrame, fit: Fit, **how: bool) -> np.ndarray:
    import numpy as np
    import xgboost as xgb

    if not len(X):  # XGBoost loses the shape of predictions without rows
        shape = (0, X.shape[1] + 1) if "pred_contribs" in how else (0,)
        several = fit.task.kind == "multiclass"
        return np.empty((0, fit.task.classes, *shape[1:]) if several else shape)
    values, types = _values(X, fitted.levels), _types(X, fitted.levels)
    first = (0, fitted.rounds or 0)  # XGBoost reads 0 as the last round
    data = xgb.DMatrix(values, nthread=fit.threads, **types)
    with _LOCK:
        _allow(fitted.booster, fit.threads)
        return np.asarray(fitted.booster.predict(data, iteration_range=first, **how), dtype=float)


def _splits(fitted: Fitted) -> Splits | None:
    from custpred.models._boosting.dumped import of_xgboost

    booster = fitted.booster[: fitted.rounds] if fitted.rounds else fitted.booster
    return of_xgboost(bytes(booster.save_raw("ubj")), fitted.levels)


def _base(fitted: Fitted, outputs: int) -> np.ndarray:
    """Return each score's 32-bit start, as XGBoost derives it from its ``base_score``."""
    import numpy as np

    from custpred.models._boosting.ubjson import loads

    learner = loads(bytes(fitted.booster.save_raw("ubj")))["learner"]
    base = np.array(learner["learner_model_param"]["base_score"].strip("[]").split(","), dtype=np.float32)
    if learner["objective"]["name"] == _OBJECTIVES["binary"]:
        base = -np.log((np.float32(1) / base - np.float32(1)).astype(float)).astype(np.float32)
    return np.broadcast_to(base, outputs)
