"""Forests as arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from custpred.errors import ModelFileError
from custpred.models._forests import growing
from custpred.models._forests.tree_arrays import Trees
from custpred.models.extra_trees import ExtraTrees
from custpred.models.forest import Forest
from custpred.task import Fit, Rows, Task, TaskKind

BINARY = Fit(Task("binary", "y", ("0", "1")), 3)


def _gappy(rows: Rows, share: float = 0.2) -> np.ndarray:
    values = rows.X.to_numpy().copy()
    values[np.random.default_rng(1).random(values.shape) < share] = np.nan
    return values


def _trees(forest: RandomForestClassifier, columns: int) -> Trees:
    return Trees.of([(each.tree_, each.tree_.value[:, 0]) for each in forest.estimators_], columns)


@pytest.mark.parametrize("maker", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_arrays_equal_scikit_learn(numbers: Callable[..., Rows], maker: type, gaps: float) -> None:
    """The mean is scikit-learn's probability up to float32, with and without missing values."""
    rows = numbers(400)
    values = _gappy(rows, gaps)
    forest = maker(20, random_state=0).fit(values[:300], rows.y[:300])
    np.testing.assert_allclose(_trees(forest, 4).mean(values), forest.predict_proba(values), atol=2e-7)


def test_missing_values_that_training_never_had_follow_scikit_learn(numbers: Callable[..., Rows]) -> None:
    """Rows with missing values are scored as by scikit-learn, though training had none."""
    rows = numbers(300)
    forest = RandomForestClassifier(20, random_state=0).fit(rows.X.to_numpy(), rows.y)
    values = _gappy(rows)
    try:
        expected = forest.predict_proba(values)
    except ValueError:
        pytest.skip("this scikit-learn refuses gaps that training never had")
    np.testing.assert_allclose(_trees(forest, 4).mean(values), expected, atol=2e-7)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_folds_are_walked_together(numbers: Callable[..., Rows], kind: TaskKind) -> None:
    """Joint scores of forests are bit-identical to those of each, for any number of rows."""
    rows = numbers(300)
    task = Task(kind, "y", {"binary": ("0", "1"), "multiclass": ("0", "1", "2")}.get(kind, ()))
    y = np.arange(300) % 3 if kind == "multiclass" else rows.y
    fit, model = Fit(task, 3), Forest(trees=9, min_samples_leaf=3)
    fitted = [model.train(Rows(rows.X.iloc[first:], y[first:], None), None, fit) for first in (0, 40, 100)]
    fitted[1] = model.shared(fitted[1], 6)  # fewer trees
    X = pd.DataFrame(_gappy(rows)[:100], columns=rows.X.columns)
    for part in (X.iloc[:0], X.iloc[[3]], X.iloc[:5], X):
        found = model.together(fitted)(part, fit)
        for own, each in zip(found, fitted, strict=True):
            np.testing.assert_array_equal(own, model.raw(each, part, fit), strict=True)


def test_path_contributions_add_up_to_the_mean(numbers: Callable[..., Rows]) -> None:
    """Contributions along the paths add up to the trees' mean, and an unused column has none."""
    rows = numbers(300)
    values = np.column_stack([rows.X.to_numpy(), np.ones(300)]).astype(np.float32)
    trees = _trees(RandomForestClassifier(20, random_state=0).fit(values, rows.y), 5)
    parts = trees.contributions(values)
    np.testing.assert_allclose(parts.sum(axis=1), trees.mean(values), atol=1e-12)
    assert np.all(parts[:, 4] == 0)


def test_a_stump_by_hand() -> None:
    """One split at 0: the left leaf is .1 and the root .4, so column 1 contributes -.3."""
    trees = Trees(
        roots=np.array([0], np.int32),
        left=np.array([1, 1, 2], np.int32),
        feature=np.array([1, 0, 0], np.int32),
        threshold=np.array([0, np.inf, np.inf], np.float32),
        value=np.array([[0.4], [0.1], [0.9]], np.float32),
        columns=2,
        depth=1,
    )
    X = np.array([[5, -1], [5, 1], [5, 0], [5, np.nan]], np.float32)
    np.testing.assert_allclose(trees.mean(X)[:, 0], [0.1, 0.9, 0.1, 0.1], atol=1e-7)
    np.testing.assert_allclose(trees.contributions(X)[0, :, 0], [0, -0.3, 0.4], atol=1e-7)


@pytest.mark.parametrize(
    ("name", "position", "value"),
    [("nodes", 0, 10**6), ("nodes", 0, 0), ("nodes", 1, 2), ("inner", 0, 0), ("inner", -1, 255), ("feature", 0, 99)],
)
def test_a_forest_that_points_outside_is_refused(
    numbers: Callable[..., Rows], name: str, position: int, value: float
) -> None:
    """A damaged size, split or column is a ModelFileError before anything is scored."""
    model = Forest(trees=3)
    packed = model.pack(model.train(numbers(), None, BINARY))
    packed[name] = packed[name].copy()
    packed[name][position] = value
    with pytest.raises(ModelFileError, match="nodes out of range"):
        model.unpack(packed, BINARY)


def test_a_truncated_forest_is_refused(numbers: Callable[..., Rows]) -> None:
    """Arrays that lost their end are a ModelFileError."""
    model = Forest(trees=3)
    packed = model.pack(model.train(numbers(), None, BINARY))
    for name in ("nodes", "inner", "feature", "threshold", "value"):
        with pytest.raises(ModelFileError, match="nodes out of range"):
            model.unpack({**packed, name: packed[name][:-1]}, BINARY)


def test_forests_round_trip_exactly(numbers: Callable[..., Rows]) -> None:
    """Every array of the trees is restored, though only half of them are stored."""
    rows = numbers(400)
    values = _gappy(rows)
    trees = _trees(RandomForestClassifier(9, random_state=0).fit(values, rows.y), 4)
    again = Trees.load(trees.dump())
    for name in ("roots", "left", "feature", "threshold", "value"):
        np.testing.assert_array_equal(getattr(again, name), getattr(trees, name), strict=True)
    assert (again.columns, again.depth) == (trees.columns, trees.depth)


def test_threads_change_no_score(numbers: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several threads give the same scores in the same order."""
    monkeypatch.setattr("custpred.models._forests.tree_arrays._ROWS", 37)
    rows = numbers(400)
    trees = _trees(RandomForestClassifier(5, random_state=0).fit(rows.X.to_numpy(), rows.y), 4)
    np.testing.assert_array_equal(trees.mean(rows.X.to_numpy(), 3), trees.mean(rows.X.to_numpy(), 1))
    assert trees.mean(rows.X.to_numpy()[:0]).shape == (0, 2)


def test_array_and_compiled_trees_agree(numbers: Callable[..., Rows]) -> None:
    """The array trees for explanations and the compiled trees for scores reach the same leaves."""
    rows = numbers(300)
    values = _gappy(rows).astype(np.float32)
    trees = _trees(ExtraTreesClassifier(11, random_state=0).fit(values, rows.y), 4)
    np.testing.assert_allclose(trees.contributions(values).sum(axis=1), trees.mean(values), atol=1e-12)


@pytest.mark.parametrize(("folds", "kept"), [(1, 10), (2, 10), (3, 7), (5, 4), (10, 2)])
def test_a_blend_keeps_twice_the_trees_of_a_fold(numbers: Callable[..., Rows], folds: int, kept: int) -> None:
    """With 10 trees per fold, all folds together keep 20 or a few more, the first of each."""
    rows, model = numbers(), Forest(trees=10)
    fitted = model.train(rows, None, BINARY)
    shared = model.shared(fitted, folds)
    assert len(shared.trees.roots) == kept
    alone = Forest(trees=kept)
    np.testing.assert_allclose(
        model.raw(shared, rows.X, BINARY), alone.raw(alone.train(rows, None, BINARY), rows.X, BINARY), rtol=1e-6
    )


def test_large_trees_keep_at_least_half_of_those_of_one_fold(
    numbers: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If twice the trees exceed the limit, fewer are kept, at least half of a fold's."""
    fitted = Forest(trees=10).train(numbers(), None, BINARY)
    monkeypatch.setattr(growing, "_ROOM", 5 * fitted.trees.nbytes * 3 // 10)
    assert len(Forest(trees=10).shared(fitted, 5).trees.roots) == 3
    monkeypatch.setattr(growing, "_ROOM", 0)
    assert len(Forest(trees=10).shared(fitted, 5).trees.roots) == 1


def test_a_forest_grown_in_batches_is_the_same_forest(numbers: Callable[..., Rows]) -> None:
    """With enough time, batches change no tree."""
    rows, model = numbers(), Forest(trees=12)
    at_once = model.raw(model.train(rows, None, BINARY), rows.X, BINARY)
    watched = Fit(BINARY.task, BINARY.seed, 1, 600.0)
    np.testing.assert_array_equal(at_once, model.raw(model.train(rows, None, watched), rows.X, watched))


def test_leaves_grow_with_the_rows() -> None:
    """On 30,000 rows of noise each leaf keeps two rows at least, 15,000 leaves at most."""
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(30_000, 3)).astype(np.float32))
    rows = Rows(X, draw.integers(0, 2, 30_000))
    for model in (Forest(trees=2, min_samples_leaf=1), ExtraTrees(trees=2, min_samples_leaf=1)):
        trees = model.train(rows, None, BINARY).trees
        assert np.diff([*trees.roots, len(trees.left)]).max() < 2 * 15_000
