"""Scoring of boosters: bit masks and libraries, and models of all folds and one fit.

    pip install treelite lleaves               # for comparison only
    python benchmarks/boosters.py masks        # seconds of scoring: decision record 18
    python benchmarks/boosters.py members      # scores with fewer fits: decision record 19

Seconds are those of the processor, in one thread, the least of three tries.
"""

from __future__ import annotations

import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from libraries import show, took
from printing import sections

import custpred as cp
from custpred.columns.batch import PlainMatrix
from custpred.recipe.file import read
from custpred.source.base import Source
from custpred.task import Fit, Predictions, Rows
from custpred.training.plan import resolve, resolve_split
from custpred.training.run import read_labelled, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from custpred.inference.predictor import Member, Predictor
    from custpred.metrics.base import Metric
    from custpred.target.base import Labelled


def _timed(name: str, score: Callable[[Any], object], rows: Any, one: Any, ready: float = 0.0) -> None:
    """Show the time of many rows and of one."""
    many = took(lambda: score(rows), 3)
    single = took(lambda: [score(one) for _ in range(50)], 3) / 50
    show(name, 1e6 * many / len(rows), 1000 * single, ready)


def masks() -> None:
    """Score one member's folds that share a preparation, on prepared rows."""
    frame = Source.parse({"sample": "telecom", "rows": 20_000}).raw().frame
    for kind in ("lightgbm", "xgboost"):
        keys: dict[str, Any] = {"models": [kind], "budget": {"work": 3, "jobs": 1}, "split": {"kind": "stratified"}}
        keys |= {"missing": "leave", "features": [], "ensemble": "best", "engine": "inline", "verbose": 0, "seed": 5}
        _compare(kind, cp.fit(frame, "churn", **keys).predictor, frame)


def _compare(kind: str, predictor: Predictor, frame: pd.DataFrame) -> None:
    (group, made), *_ = predictor._prepared(predictor.conform(frame)[0])
    (member, _), *_ = group.members
    fitted, fit = [member.fitted[fold] for fold in group.folds], Fit(predictor.task, threads=1)
    together = member.model.together(fitted)
    assert together is not None
    rows = made if isinstance(made, PlainMatrix) else PlainMatrix(np.asarray(made, dtype=np.float32))
    one = PlainMatrix(rows.values[:1], rows.positions)
    show(f"{kind}: {len(fitted)} boosters", "microseconds/row", "1 row ms", "ready s")
    began = time.process_time()
    together(one, fit)
    _timed("bit masks", lambda some: together(some, fit), rows, one, time.process_time() - began)
    _timed("the library", lambda some: [member.model.raw(each, some, fit) for each in fitted], rows, one)
    _others(kind, [each.booster for each in fitted], rows.values)


def _others(kind: str, boosters: list[Any], values: np.ndarray) -> None:
    """Score with treelite, and with lleaves if it supports the booster."""
    treelite = import_module("treelite")
    began = time.process_time()
    load = treelite.frontend.from_lightgbm if kind == "lightgbm" else treelite.frontend.from_xgboost
    trees = [load(each) for each in boosters]
    ready = time.process_time() - began
    some = np.asarray(values, dtype=np.float64 if kind == "lightgbm" else np.float32)
    _timed("treelite", lambda X: [treelite.gtil.predict(each, X, nthread=1) for each in trees], some, some[:1], ready)
    if kind == "xgboost":
        return
    began = time.process_time()
    compiled = []
    with TemporaryDirectory() as folder:
        for i, each in enumerate(boosters):
            path = Path(folder) / f"{i}.txt"
            each.save_model(path)
            compiled.append(import_module("lleaves").Model(model_file=str(path)))
            compiled[-1].compile()
    ready = time.process_time() - began
    _timed("lleaves", lambda X: [each.predict(X, n_jobs=1) for each in compiled], some, some[:1], ready)


def members() -> None:
    """Compare test scores of the blend and of fewer fits of its members, with equal weights."""
    cases = [("telecom", "churn"), ("shop", "buys_again"), ("shop", "spend_next_90d"), ("shop", "segment")]
    show("score, CPU ms of one row", "folds", "one fold", "refit, mean rounds", "best, folds")
    for sample, target in cases:
        for seed in (1, 2):
            split = {"kind": "plain" if target.startswith("spend") else "stratified", "folds": 5}
            keys: dict[str, Any] = {"models": ["logistic", "linear", "lightgbm", "xgboost"], "split": split}
            own = {"customers": {"sample": sample, "rows": 3000, "seed": seed}, "target": target, "seed": seed}
            _case(f"{target}, seed {seed}", {**own, **keys, "budget": {"work": 6, "jobs": 1}, "engine": "inline"})


def _case(name: str, keys: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        path.write_text(import_module("yaml").safe_dump(keys))
        result = cp.run(path, out=Path(folder) / "run", verbose=0)
        recipe = read(path, {})
        labelled = read_labelled(recipe)
        recipe, _ = resolve_split(recipe, labelled.table, labelled.task.classes)
        folds = split_rows(recipe, labelled)
        train, test = labelled.take(folds.train), labelled.take(folds.test)
        plan = resolve(recipe, train.table, train.task)
        names = [column.name for column in plan.columns]
        predictor, metric = result.predictor, plan.metrics[0]
        best = max(predictor.members, key=lambda each: each.weight)
        found = [
            predictor,
            _fold(predictor, 0),
            replace(predictor, members=tuple(_refit(each, plan, train, recipe.seed) for each in predictor.members),
                    preparations=_prepared(predictor, plan, train, recipe.seed)),
            replace(predictor, members=(replace(best, weight=1.0),)),
        ]  # fmt: skip
        show(name, *(_cell(each, test, test.table.frame[names], metric) for each in found))


def _cell(predictor: Predictor, test: Labelled, frame: pd.DataFrame, metric: Metric) -> str:
    """Return the score on the test rows, and the milliseconds of one row."""
    predicted = Predictions(test.task, test.truth, predictor.predict(frame), test.weight)
    one = frame.iloc[:1]
    single = took(lambda: [predictor.predict(one) for _ in range(20)], 3) / 20
    return f"{metric.gain(predicted):.4f} {1000 * single:.2f}"


def _fold(predictor: Predictor, fold: int) -> Predictor:
    """Return the predictor of one fold's models."""
    own = tuple(replace(m, fitted=(m.fitted[fold],), shifts=(m.shifts[fold],)) for m in predictor.members)
    return replace(predictor, members=own, preparations={k: (v[fold],) for k, v in predictor.preparations.items()})


def _made(member: Member, plan: Any, train: Any, seed: int) -> Any:
    preparation = plan.preparation(member.model)
    return preparation.fit(train.table.frame[list(preparation.columns)], train.truth, train.task, seed)


def _prepared(predictor: Predictor, plan: Any, train: Any, seed: int) -> dict[str, Any]:
    return {each.preparation: (_made(each, plan, train, seed).steps,) for each in predictor.members}


def _refit(member: Member, plan: Any, train: Any, seed: int) -> Member:
    """Fit a member once to all training rows, boosters with the folds' mean number of rounds."""
    made, model = _made(member, plan, train, seed), member.model
    if "rounds_without_valid" in type(model).model_fields:
        model = model.with_(rounds_without_valid=round(float(np.mean([_rounds(each) for each in member.fitted]))))
    fitted = model.train(
        Rows(made.X, made.y, made.weight if hasattr(made, "weight") else None), None, Fit(train.task, seed)
    )
    return replace(member, model=model, fitted=(fitted,), shifts=(0.0,))


def _rounds(fitted: Any) -> int:
    booster = fitted.booster
    count = booster.current_iteration() if hasattr(booster, "current_iteration") else booster.num_boosted_rounds()
    return int(fitted.rounds or count)


if __name__ == "__main__":
    sections(__doc__, masks, members)
