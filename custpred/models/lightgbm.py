"""``models: lightgbm``."""

from __future__ import annotations  # light: imports inside functions are deliberate

import os
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from custpred.models._additive import Additive, parts_of
from custpred.models._traits import FEW_AMOUNTS, MANY_COLUMNS, MANY_ROWS
from custpred.spec import Choices, Range
from custpred.task import Suited

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import lightgbm as lgb
    import numpy as np
    import pandas as pd

    from custpred.metrics.base import Metric
    from custpred.models._boosting.splits import Splits
    from custpred.models._target import Link, Transform
    from custpred.models._traits import FoldScores
    from custpred.models.base import Model
    from custpred.sql.rows import SqlMatrix
    from custpred.storage.plain import JSON, State
    from custpred.task import Fit, Rows, Setting, Task

Share = Annotated[float, Field(gt=0, le=1), Range(0.4, 1)]
Shrink = Annotated[float, Field(ge=0), Range(1e-3, 10, log=True)]
_OBJECTIVES = {"auto": "regression", "l2": "regression", "log": "regression", "l1": "regression_l1"}
_TRANSFORMS: dict[str, Transform] = {"log": "log", "tweedie": "ratio", "poisson": "ratio", "gamma": "ratio"}

_FEWER_COLUMNS = 0.4
"""Share of many columns per tree: twice as fast as 0.8, and as accurate (docs/benchmarks.md)."""
_TREE_NANOSECONDS = 60.0
"""Time for one tree and one row, in nanoseconds, measured with 16 leaves."""


class Fitted(NamedTuple):
    """A booster, the link for regression, and the number of rounds to use (None for all)."""

    booster: lgb.Booster
    link: Link | None
    rounds: int | None = None
    others: tuple[Fitted, ...] = ()
    text: str = ""
    """LightGBM's text, if the booster was read from it: writing it again takes longer."""


class LightGBM(Additive):
    """Gradient boosted trees grown leaf-wise; strong on mixed tables from a few thousand rows.

    >>> LightGBM.stops_early, "missing" in LightGBM.accepts
    (True, True)
    >>> LightGBM.space()["num_leaves"]
    Range(4, 256, log=True)
    """

    synonyms = ("lgbm", "lgb")
    accepts: ClassVar[frozenset[str]] = frozenset({"missing", "category"})
    stops_early: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("lightgbm",)
    modules: ClassVar[tuple[str, ...]] = ("lightgbm",)
    plain: ClassVar[bool] = True
    halved: ClassVar[bool] = True

    learning_rate: Annotated[float, Field(gt=0, le=1, description="Step size."), Range(0.01, 0.2, log=True)] = 0.05
    num_leaves: Annotated[int, Field(ge=2, le=4096, description="Leaves per tree."), Range(4, 256, log=True)] = 16
    min_data_in_leaf: Annotated[int, Field(ge=1, description="Minimum rows per leaf."), Range(1, 100, log=True)] = 20
    feature_fraction: Share = Field(0.6, description="Share of columns per tree.")
    bagging_fraction: Share = Field(0.9, description="Share of rows per tree.")
    lambda_l1: Shrink = Field(0.5, description="L1 penalty on leaf values.")
    lambda_l2: Shrink = Field(0.9, description="L2 penalty on leaf values.")
    extra_trees: Annotated[bool, Choices(False, True)] = Field(False, description="Draw split points at random.")
    cat_smooth: Annotated[float, Field(ge=0), Range(0.1, 100, log=True)] = Field(
        10.0, description="Smoothing of the order of category levels."
    )
    cat_l2: Annotated[float, Field(ge=0), Range(0.01, 20, log=True)] = Field(
        10.0, description="L2 penalty on leaf values in category splits."
    )
    max_cat_to_onehot: Annotated[int, Field(ge=1), Range(4, 100, log=True)] = Field(
        8, description="Categories of up to this many levels are split one level at a time."
    )
    min_data_per_group: Annotated[int, Field(ge=1), Range(2, 100, log=True)] = Field(
        50, description="Minimum rows per group of category levels."
    )
    arithmetic: Annotated[bool, Choices(False, True)] = Field(
        False, description="Also use ratios and differences of numbers, and pairs of categories, that predict better."
    )
    objective: Literal["auto", "l2", "l1", "huber", "tweedie", "poisson", "gamma", "log"] = Field(
        "auto", description="Loss of regression; auto: l2; log: l2 of log1p, with an unbiased mean (Duan 1983)."
    )
    rounds: int = Field(2000, ge=1, description="Maximum number of rounds.")
    rounds_without_valid: int = Field(200, ge=1, description="Number of rounds without validation rows.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return its place in ``auto``: it is tried on every task."""
        return Suited(place=20)

    @classmethod
    def initial_configurations(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return known configurations; for two classes, the most gain per second first.

        For more amounts than a few thousand, trees of many leaves and large steps come first: small
        trees would take thousands of rounds, and early stopping ends deep ones within seconds if
        the signal is weak.  Of many columns a tree gets fewer, as its time grows with their number.
        Order: docs/benchmarks.md; values: AutoGluon's CPU portfolio of 2025-12, LightAutoML.
        """
        step, leaves = (0.03, 16) if rows <= MANY_ROWS else (0.05, 32 if rows <= 300_000 else 64)
        near = {"cat_smooth": 2.0, "cat_l2": 0.3, "min_data_per_group": 5}
        drawn = {"extra_trees": True, "cat_smooth": 2.0, "cat_l2": 0.3, "max_cat_to_onehot": 16}
        middle = {"num_leaves": leaves, "learning_rate": step}
        small = {"num_leaves": 8, "learning_rate": 0.08, "feature_fraction": 0.8, "max_cat_to_onehot": 32}
        large = {"num_leaves": 4 * leaves, "learning_rate": 0.05, "feature_fraction": 0.4, "min_data_in_leaf": 40}
        random = {"num_leaves": 32, "learning_rate": 0.03, "feature_fraction": 0.5, "min_data_in_leaf": 5, **drawn}
        least = {"num_leaves": 5, "learning_rate": 0.08, "bagging_fraction": 0.8, "max_cat_to_onehot": 32}
        combined = {**middle, "arithmetic": True}
        deep = {"num_leaves": 128, "min_data_in_leaf": 2, "feature_fraction": 0.5, "lambda_l1": 0.0, **near}
        wide = {"num_leaves": 64, "learning_rate": 0.1, "feature_fraction": 0.9, "min_data_in_leaf": 5}
        options: list[JSON] = [small, middle, deep, combined, random, large, least]
        if task.kind == "regression":
            log, zeros = (
                {"num_leaves": 32, "learning_rate": 0.06, "objective": "log"},
                {**small, "objective": "tweedie"},
            )
            fine = {**deep, "feature_fraction": 0.8}
            options = [wide, zeros, fine, log, small, combined, middle, least]
            if rows <= FEW_AMOUNTS:
                options = [small, log, wide, large, zeros, middle, combined, least]
        elif rows > MANY_ROWS:
            options = [wide, small, middle, combined, deep, least]
        found = [cls(**each) for each in options]
        if columns <= MANY_COLUMNS:
            return list(found)
        return [each.with_(feature_fraction=min(each.feature_fraction, _FEWER_COLUMNS)) for each in found]

    @classmethod
    def for_metric(cls, metric: Metric) -> list[Model]:
        """Return configurations that learn the median, which minimises the absolute error."""
        shapes = ({"num_leaves": 8, "learning_rate": 0.08}, {"num_leaves": 32, "learning_rate": 0.05})
        return [cls(objective="l1", **each) for each in shapes] if metric.of_median else []

    def wants(self) -> frozenset[str]:
        """Return the inputs that it accepts, and whether columns are combined first."""
        return self.accepts | {"arithmetic"} if self.arithmetic else self.accepts

    def applies(self, truth: np.ndarray) -> bool:
        """Return False for a log that does not reduce skewness, or Tweedie without zeros."""
        from custpred.models._target import often_nothing

        return often_nothing(truth) if self.objective == "tweedie" else super().applies(truth)

    @property
    def on_log(self) -> bool:
        """Return whether it learns the logarithm of an amount."""
        return self.objective == "log"

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Boost until early stopping by the validation loss, or until time is up."""
        import lightgbm as lgb

        from custpred.models._boosting.bins import fewer_bins
        from custpred.models._patience import Patience

        patience = Patience(self.learning_rate, fit.seconds)
        link, options = self._link(rows, fit), self._options(fit) | fewer_bins(rows.X)
        data = _data(rows, link, options, None)
        held = [_data(each, link, options, data) for each in parts_of(valid, fit)]

        def watch(env: lgb.callback.CallbackEnv) -> None:
            found = env.evaluation_result_list or []
            if patience.stop([float(loss) for _, _, loss, _ in found]):
                raise lgb.callback.EarlyStopException(max(patience.rounds) - 1, found)

        count = self.rounds if held else self.rounds_without_valid
        booster = lgb.train(options, data, count, valid_sets=held or None, callbacks=[watch])
        return self.stopped([Fitted(booster, link, each) for each in patience.rounds], rows, valid, fit)

    def rounds_made(self, fitted: Fitted) -> int:
        """Return the number of rounds of a fit, those after the best one included."""
        return int(fitted.booster.current_iteration())

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the raw score of the booster."""
        found = _predict(fitted, X, fit, raw_score=True)
        return found if fit.task.kind == "multiclass" else found.reshape(len(X))

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return exact path-dependent TreeSHAP values (Lundberg et al. 2020, Nature MI 2)."""
        found = _predict(fitted, X, fit, pred_contrib=True)
        width = X.shape[1] + 1
        if fit.task.kind == "multiclass":
            return found.reshape(len(X), fit.task.classes, width).transpose(0, 2, 1)
        return found.reshape(len(X), width)

    def together(self, fitted: Sequence[Fitted], folds: int = 0) -> FoldScores:
        """Return a scorer by bit masks: faster for trees with few leaves, equal up to rounding."""
        from custpred.models._boosting.fast_ensemble import FastEnsemble

        return FastEnsemble(self, tuple(fitted), _splits, _TREE_NANOSECONDS, folds)

    def score_sql(self, fitted: Fitted, X: SqlMatrix, fit: Fit, start: np.ndarray | None) -> list[str]:
        """Return the sums of the trees."""
        from custpred.models._sql import tree_sums

        splits = _splits(fitted)
        return super().score_sql(fitted, X, fit, start) if splits is None else tree_sums(splits, X, start)

    def pack(self, fitted: Fitted) -> State:
        """Return LightGBM's own text and the link."""
        text = fitted.booster.model_to_string(num_iteration=fitted.rounds).encode()
        return {"text": text, "link": fitted.link.dump() if fitted.link else None}

    def unpack(self, packed: State, fit: Fit) -> Fitted:
        """Rebuild the booster from its text."""
        import lightgbm as lgb

        from custpred.models._target import Link

        link = Link(**packed["link"]) if packed["link"] else None
        text = bytes(packed["text"]).decode()
        return Fitted(lgb.Booster(model_str=text), link, text=text)

    def _options(self, fit: Fit) -> JSON:
        regression = _OBJECTIVES.get(self.objective, self.objective)
        objective = regression if fit.task.kind == "regression" else fit.task.kind
        classes = {"num_class": fit.task.classes} if fit.task.kind == "multiclass" else {}
        own = self.model_dump(exclude={"arithmetic", "objective", "rounds", "rounds_without_valid"})
        use = {"seed": fit.seed, "num_threads": fit.threads, "deterministic": True, "force_row_wise": True}
        use |= {"feature_pre_filter": False}  # so that bins do not depend on the options of a trial
        return {**own, "objective": objective, "bagging_freq": 1, "verbosity": -1, **classes, **use}

    def _link(self, rows: Rows, fit: Fit) -> Link | None:
        from custpred.models._target import Link

        if fit.task.kind != "regression":
            return None
        return Link.learn(rows.y, rows.weight, _TRANSFORMS.get(self.objective, "plain"))


def _data(rows: Rows, link: Link | None, options: JSON, like: lgb.Dataset | None) -> object:
    """Return a LightGBM dataset; ``like`` is the training set, whose bins are reused."""
    import lightgbm as lgb

    from custpred.models._frame import coded

    own: JSON = {"label": link.inner(rows.y) if link else rows.y, "weight": rows.weight}
    if like is not None:
        return like.create_valid(coded(rows.X)[0], **own)
    kept = rows.place / f"lightgbm-{options['seed']}.bin" if rows.place else None
    if kept and kept.exists():
        return lgb.Dataset(kept, params=options, **own)
    values, positions = coded(rows.X)
    data = lgb.Dataset(values, categorical_feature=positions, params=options, **own)
    if kept:
        _keep(data, kept)
    return data


def _keep(data: lgb.Dataset, path: Path) -> None:
    """Keep the bins for the next trial, because finding them takes as long as about 30 rounds."""
    part = path.with_suffix(f".{os.getpid()}")  # another process may do the same
    data.construct().save_binary(part)
    part.replace(path)


def _predict(fitted: Fitted, X: pd.DataFrame, fit: Fit, **how: bool) -> np.ndarray:
    import numpy as np

    from custpred.models._frame import coded

    if not len(X):  # LightGBM rejects tables without rows
        return np.empty((0, max(1, fit.task.classes)))
    values, _ = coded(X)
    return np.asarray(fitted.booster.predict(values, num_iteration=fitted.rounds, num_threads=fit.threads, **how))


def _splits(fitted: Fitted) -> Splits | None:
    from custpred.models._boosting.dumped import of_lightgbm

    return of_lightgbm(fitted.text or fitted.booster.model_to_string(num_iteration=fitted.rounds))
