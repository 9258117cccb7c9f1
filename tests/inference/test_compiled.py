"""Preparation without frames gives bit-identical numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.columns.batch import Coded, ColumnBatch
from custpred.columns.fitted_step import fit_step
from custpred.features._levels import Levels
from custpred.features._matrix import Matrix
from custpred.features.base import Feature
from custpred.inference.compiled import alike, chains
from custpred.missing.base import Missing
from custpred.models._frame import coded
from custpred.outliers.base import Outliers
from custpred.preparation import transform
from custpred.task import Task

TASK = Task("binary", "left", ("no", "yes"))
ONEHOT, ORDINAL = {"kind": "onehot", "min_rows": 2}, {"kind": "ordinal", "min_rows": 3}
HALF, REST = np.arange(90) % 3 > 0, np.arange(90) % 3 < 2
FILLED: list[Any] = [{"kind": kind, "indicator": True} for kind in ("mean", "median", "mode", "constant", "leave")]


class Private(Levels):
    """A step that no recipe names, made like one that a recipe does."""

    @classmethod
    def parse(cls, value: object) -> Any:
        """Return the step; it has no options."""
        return Levels()


CHANGES: list[tuple[type[Any], Any]] = [
    *((Missing, each) for each in FILLED),
    (Missing, {"kind": "median", "columns": {"income": "mean", "joined": "leave"}}),
    (Missing, {"kind": "drop", "columns": 0.05}),
    (Missing, {"kind": "knn", "neighbours": 2, "donors": 20}),
    (Missing, {"kind": "regression", "rounds": 2}),
    (Outliers, {"kind": "iqr"}),
    (Outliers, {"kind": "zscore", "action": "flag"}),
    (Outliers, {"kind": "isolation", "trees": 5, "samples": 16}),
    (Feature, {"kind": "dates"}),
    (Feature, {"kind": "dates", "keep_original": True, "differences": False}),
    (Feature, {"kind": "frequency", "min_levels": 1}),
    (Feature, {"kind": "frequency", "of": ["visits", "plan"], "min_rows": 3}),
    (Feature, {"kind": "leading_numbers", "of": ["city"]}),
    (Feature, {"kind": "prefixes", "of": ["city"], "count": 1}),
    (Feature, {"kind": "target_mean", "min_levels": 1, "min_rows": 2}),
    (Feature, {"kind": "target_mean", "of": ["plan", "visits"], "pairs": 1, "min_rows": 2}),
    (Feature, {"kind": "ratios", "of": [["income", "visits"]], "differences": [["visits", "income"]]}),
    (Feature, {"kind": "bins", "count": 3, "keep_original": False}),
    (Feature, {"kind": "bins", "count": 3, "give": "categories"}),
    (Feature, {"kind": "tiers", "of": ["income"], "grades": ["low", "middle", "high"]}),
    (Feature, {"kind": "transforms", "by": "quantile", "threshold": 0.0}),
    (Feature, {"kind": "transforms", "by": "yeo_johnson", "threshold": 0.0}),
    (Feature, {"kind": "select"}),
    (Feature, ONEHOT),
    (Feature, ORDINAL),
    (Private, {"kind": "_levels"}),
]
NAMES = [f"{plain['kind']}-{number}" for number, (_, plain) in enumerate(CHANGES)]


def _table(rows: int, seed: int) -> pd.DataFrame:
    """Return conforming customers: missing values, rare levels, constants, texts."""
    draw = np.random.default_rng(seed)
    income = draw.lognormal(8, 2, rows)
    income[draw.random(rows) < 0.2] = np.nan
    plan = pd.Series(draw.choice(["basic", "plus", "pro", None], rows, p=[0.5, 0.2, 0.2, 0.1]), dtype=object)
    city = pd.Series([f"{'north' if n % 2 else 'south'} {n}" for n in draw.geometric(0.2, rows)], dtype=object)
    joined = pd.Series(pd.Timestamp("2021-03-01") + pd.to_timedelta(draw.integers(0, 900, rows), "D"))
    remark = pd.Series(draw.choice(["so it is", "quite good", None], rows), dtype=object)
    return pd.DataFrame(
        {
            "income": income,
            "visits": draw.poisson(1.5, rows).astype(float),
            "one": np.ones(rows),
            "none": np.full(rows, np.nan),
            "plan": plan.astype("category"),
            "city": city.astype("category"),
            "joined": joined.where(draw.random(rows) > 0.1),
            "remark": remark,
        }
    )


def _fitted(specs: Sequence[Any], frame: pd.DataFrame) -> list[Any]:
    """Fit steps in sequence on labels that depend on the income."""
    y = (frame["income"].fillna(0).to_numpy() > 3000).astype(int)
    steps, X = [], frame
    for spec in specs:
        step, X = fit_step(spec, X, y, TASK, 0)
        steps.append(step)
    return steps


def assert_same(steps: Sequence[Any], frame: pd.DataFrame) -> None:
    (chain,) = chains([steps])
    assert chain is not None
    wanted, positions = coded(transform(steps, frame))
    found = chain.prepare(ColumnBatch.of(frame), {})
    np.testing.assert_array_equal(found.values, wanted, strict=True)
    assert list(found.positions) == positions
    assert found.shape == wanted.shape


@pytest.mark.parametrize("dense", [True, False], ids=["dense", "gaps"])
@pytest.mark.parametrize(("family", "plain"), CHANGES, ids=NAMES)
def test_every_step_gives_the_numbers_of_frames(family: type[Any], plain: Any, dense: bool) -> None:
    """Many rows, one row and no rows are bit-identical as a frame and as a matrix."""
    encode = ONEHOT if dense else ORDINAL
    steps = _fitted([family.parse(plain), Feature.parse(encode), Matrix(dense=dense)], _table(120, 0))
    new = _table(60, 1)
    new.loc[3, ["income", "visits"]] = [1e300, -1e300]
    for part in (new, new.iloc[20:], new.iloc[[7]], new.iloc[[3]], new.iloc[:0]):
        assert_same(steps, part)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(data=st.data(), seed=st.integers(0, 10**6), rows=st.integers(0, 12))
def test_chains_of_steps_equal_frames(data: st.DataObject, seed: int, rows: int) -> None:
    """Any sequence of steps, for any rows, with unseen levels, is bit-identical."""
    filling = st.sampled_from([change for change in CHANGES if change[0] is Missing])
    features = st.lists(st.sampled_from([change for change in CHANGES[12:20] if "of" not in change[1]]), max_size=3)
    chosen = [data.draw(filling), *data.draw(features)]
    parsed = [family.parse(plain) for family, plain in chosen]
    dense = data.draw(st.booleans())
    native = {"kind": "ordinal"} if not dense and data.draw(st.booleans()) else ONEHOT
    assert_same(
        _fitted([*parsed, Feature.parse(native), Matrix(dense=dense)], _table(80, seed)), _table(rows, seed + 1)
    )


def test_batches_are_not_modified() -> None:
    """Preparing one fold does not affect the next."""
    frame = _table(30, 2)
    specs = [Missing.parse(FILLED[1]), Feature.parse("dates"), Feature.parse(ONEHOT), Matrix(dense=True)]
    (chain,) = chains([_fitted(specs, frame)])
    assert chain is not None
    batch = ColumnBatch.of(frame)
    before = {
        name: column.codes.copy() if isinstance(column, Coded) else column.copy()
        for name, column in batch.columns.items()
    }
    first = chain.prepare(batch, {}).values
    assert list(batch.columns) == list(before)
    for name, column in batch.columns.items():
        values = column.codes if isinstance(column, Coded) else np.asarray(column)
        assert pd.Series(values).equals(pd.Series(np.asarray(before[name])))
    np.testing.assert_array_equal(chain.prepare(batch, {}).values, first)


def test_every_kind_is_tried() -> None:
    """All kinds that change columns are covered, except for events, texts and sequences."""
    kinds = {kind.kind() for family in (Missing, Outliers, Feature) for kind in family.every() if not kind().idle()}
    tried = {str(plain["kind"]) for _, plain in CHANGES}
    assert kinds - tried == {"rfm", "windows", "steps", "tokens", "tfidf"}


def test_without_a_matrix_there_is_no_chain() -> None:
    """Steps that do not end in a matrix use frames."""
    steps = _fitted([Feature.parse(ORDINAL)], _table(30, 3))
    assert chains([steps, ()]) == [None, None]


def test_equal_first_steps_run_once() -> None:
    """Folds and preparations share equal first steps; results are kept while they are needed."""
    frame, calls = _table(90, 5).drop(columns="city"), list[str]()
    specs = [Feature.parse({"kind": "ratios", "of": [["income", "visits"]]}), Feature.parse(ONEHOT)]
    folds = [
        _fitted([*specs, Matrix(dense=dense)], frame.iloc[rows]) for dense in (True, False) for rows in (HALF, REST)
    ]
    made = chains(folds)
    for stage in {stage for chain in made if chain for stage in chain.stages}:
        _counted(stage, calls)
    batch, kept = ColumnBatch.of(frame), dict[Any, Any]()
    for chain, steps in zip(made, folds, strict=True):
        assert chain is not None
        wanted, _ = coded(transform(steps, frame))
        np.testing.assert_array_equal(chain.prepare(batch, kept).values, wanted, strict=True)
    assert sorted(calls) == ["_matrix", "_matrix", "onehot", "ratios"]
    assert kept == {}


def _counted(stage: Any, calls: list[str]) -> None:
    work = stage.work
    stage.work = lambda batch: calls.append(stage.step.spec.kind()) or work(batch)


def test_frames_come_back_from_batches() -> None:
    """An unknown step gets unchanged columns."""
    frame = _table(20, 4)
    again = ColumnBatch.of(frame).frame(list(frame.columns))
    pd.testing.assert_frame_equal(again, frame, check_categorical=False)


def test_plugin_steps_act_on_frames(people: Callable[..., pd.DataFrame]) -> None:
    """A plug-in feature acts as in training, and columns that it drops are gone."""

    class Own(Feature):
        """Adds a constant and drops the first column."""

        def apply(self, X: pd.DataFrame, state: Any) -> pd.DataFrame:
            return X.drop(columns="one").assign(seven=7.0, known=X["income"].notna())

    frame = _table(40, 5)
    assert_same(_fitted([Own(), Feature.parse(ONEHOT), Matrix(dense=False)], frame), frame)


def test_equal_folds_are_found() -> None:
    """Folds on the same rows share a preparation; other rows, with other means, do not."""
    specs = [Missing.parse(FILLED[0]), Feature.parse(ONEHOT), Matrix(dense=True)]
    same, other = _table(60, 6), _table(60, 7)
    folds = [_fitted(specs, frame) for frame in (same, other, same)]
    assert alike(folds) == [(0, 2), (1,)]


def test_states_are_compared_with_missing_values() -> None:
    """Missing values are equal; other types, lengths, shapes and keys are different."""
    from custpred.inference.compiled import _same

    state = {"fill": np.array([1.0, np.nan]), "levels": ["a", ("b", 2)], "none": None, "gap": float("nan")}
    assert _same(state, {**state, "fill": state["fill"].copy(), "gap": float("nan")})  # type: ignore[attr-defined]
    for change in ({"fill": np.array([1.0, 2.0])}, {"levels": ["a"]}, {"none": 0}, {"gap": 1.0}, {"new": 1}):
        assert not _same(state, {**state, **change})
    assert not _same(np.zeros(2), np.zeros(2, dtype=int))
