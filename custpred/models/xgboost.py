"""``models: xgboost``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from custpred.models._additive import Turned
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.models._target import Link
    from custpred.models.base import Model
    from custpred.task import Fit, Rows, Task

_OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}


class Fitted(NamedTuple):
    """A booster of the best rounds, the category codes seen in training by position, and the target's link."""

    booster: Any
    levels: dict[int, np.ndarray]
    link: Link | None


class XGBoost(Turned):
    """Gradient boosted trees grown level by level; a second opinion beside LightGBM."""

    accepts: ClassVar[frozenset[str]] = frozenset({"missing", "category"})
    stops_early: ClassVar[bool] = True

    learning_rate: Annotated[float, Field(gt=0, le=1, description="Step size."), Range(0.01, 0.2, log=True)] = 0.05
    max_depth: Annotated[int, Field(ge=1, le=20, description="Levels per tree."), Range(2, 10)] = 4
    min_child_weight: Annotated[float, Field(ge=0), Range(0.01, 20, log=True)] = Field(
        2.0, description="Sum of second derivatives in a leaf, at least."
    )
    subsample: Annotated[float, Field(gt=0, le=1, description="Share of rows per tree."), Range(0.6, 1)] = 0.8
    colsample_bylevel: Annotated[float, Field(gt=0, le=1), Range(0.4, 1)] = Field(
        0.6, description="Share of columns per level of a tree."
    )
    reg_alpha: Annotated[float, Field(ge=0), Range(1e-3, 10, log=True)] = Field(
        0.1, description="Absolute penalty on leaves."
    )
    reg_lambda: Annotated[float, Field(ge=0), Range(1e-2, 10, log=True)] = Field(
        1.0, description="Squared penalty on leaves."
    )
    max_cat_to_onehot: Annotated[int, Field(ge=1), Range(4, 100, log=True)] = Field(
        16, description="Categories of up to this many levels are split one level at a time."
    )
    rounds: int = Field(2000, ge=1, description="Rounds at most.")
    rounds_without_valid: int = Field(200, ge=1, description="Rounds where there are no validation rows.")

    @classmethod
    def starts(cls, task: Task, rows: int, columns: int) -> list[Model]:
        """Return four configurations: shallow, deeper and more shrunken, trees of two levels, deep and slow."""
        deep = 6 if rows <= 50_000 else 8
        return [
            cls(max_depth=4 if rows <= 20_000 else 5),
            cls(learning_rate=0.03, max_depth=deep, min_child_weight=5.0, colsample_bylevel=0.5, reg_lambda=3.0),
            cls(learning_rate=0.08, max_depth=2, subsample=0.9, max_cat_to_onehot=32),
            cls(learning_rate=0.02, max_depth=deep + 2, min_child_weight=0.6, colsample_bylevel=0.7, reg_lambda=5.0),
        ]

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> Fitted:
        """Boost until the validation loss has not fallen for long, or the time is spent."""
        import xgboost as xgb

        from custpred.models._patience import Patience

        patience = Patience(self.learning_rate, fit.seconds)
        link, levels = self.link(rows, fit), _levels(rows.X)
        data = _data(rows, levels, link, fit, None)
        held = None if valid is None else _data(valid, levels, link, fit, data)

        class Watch(xgb.callback.TrainingCallback):
            def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
                return patience.stop(next(iter(evals_log["held"].values()))[-1] if evals_log else None)

        count = self.rounds_without_valid if held is None else self.rounds
        evals = [] if held is None else [(held, "held")]
        grown = xgb.train(self._options(fit), data, count, evals=evals, verbose_eval=False, callbacks=[Watch()])
        return self.smeared(Fitted(grown[: patience.rounds], levels, link), valid or rows, fit)

    def score(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the booster's margin."""
        return _predict(fitted, X, fit, output_margin=True)

    def parts(self, fitted: Fitted, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return exact path-dependent TreeSHAP values (Lundberg et al. 2020, Nature Machine Intelligence 2)."""
        found = _predict(fitted, X, fit, pred_contribs=True)
        return found.transpose(0, 2, 1) if fit.task.kind == "multiclass" else found

    def pack(self, fitted: Fitted) -> dict[str, Any]:
        """Return XGBoost's own JSON, the known category codes, and the link."""
        link = fitted.link.dump() if fitted.link else None
        levels = {str(position): codes.astype(int).tolist() for position, codes in fitted.levels.items()}
        return {"json": bytes(fitted.booster.save_raw("json")), "levels": levels, "link": link}

    def unpack(self, packed: dict[str, Any], fit: Fit) -> Fitted:
        """Rebuild the booster from its JSON."""
        import numpy as np
        import xgboost as xgb

        from custpred.models._target import Link

        booster = xgb.Booster()
        booster.load_model(bytearray(packed["json"]))
        levels = {int(position): np.asarray(codes, np.float32) for position, codes in packed["levels"].items()}
        return Fitted(booster, levels, Link(**packed["link"]) if packed["link"] else None)

    def _options(self, fit: Fit) -> dict[str, Any]:
        own = self.model_dump(exclude={"target", "rounds", "rounds_without_valid"})
        classes = {"num_class": fit.task.classes} if fit.task.kind == "multiclass" else {}
        use = {"seed": fit.seed, "nthread": fit.threads, "tree_method": "hist", "verbosity": 0}
        return {**own, "objective": _OBJECTIVES[fit.task.kind], **classes, **use}


def _levels(X: pd.DataFrame) -> dict[int, np.ndarray]:
    """Return the codes that training rows hold, by position."""
    import numpy as np

    from custpred.models._frame import category_positions, codes

    found = {i: np.unique(codes(X.iloc[:, i])) for i in category_positions(X)}
    return {i: values[~np.isnan(values)] for i, values in found.items()}


def _values(X: pd.DataFrame, levels: dict[int, np.ndarray]) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the table with codes that training never saw as gaps; XGBoost would send them anywhere."""
    import numpy as np

    from custpred.models._frame import coded

    values, _ = coded(X)
    for i, known in levels.items():
        values[~np.isin(values[:, i], known), i] = np.nan
    types = ["c" if i in levels else "q" for i in range(X.shape[1])]
    return values, {"feature_types": types, "enable_categorical": True}


def _data(rows: Rows, levels: dict[int, np.ndarray], link: Link | None, fit: Fit, like: Any) -> Any:
    """Return XGBoost's table; ``like`` is the training table whose bins validation rows take over."""
    import xgboost as xgb

    values, types = _values(rows.X, levels)
    truth = link.inner(rows.y) if link else rows.y
    return xgb.QuantileDMatrix(values, truth, weight=rows.weight, nthread=fit.threads, ref=like, **types)


def _predict(fitted: Fitted, X: pd.DataFrame, fit: Fit, **how: bool) -> np.ndarray:
    import numpy as np
    import xgboost as xgb

    if not len(X):  # XGBoost forgets the shape of answers to no rows
        shape = (0, X.shape[1] + 1) if "pred_contribs" in how else (0,)
        several = fit.task.kind == "multiclass"
        return np.empty((0, fit.task.classes, *shape[1:]) if several else shape)
    values, types = _values(X, fitted.levels)
    fitted.booster.set_param({"nthread": fit.threads})
    found = fitted.booster.predict(xgb.DMatrix(values, nthread=fit.threads, **types), **how)
    return np.asarray(found, dtype=float)
