"""The predictor: what scores new customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.inference import predictor as module
from custpred.inference.compiled import Chain, alike
from custpred.inference.predictor import Predictor
from custpred.models._boosting import fast_ensemble


@pytest.fixture(scope="module")
def model(world: Any) -> Predictor:
    """Return the blend of every family."""
    return world.blend.predictor


@pytest.fixture(scope="module")
def new(people: Callable[..., pd.DataFrame], model: Predictor) -> pd.DataFrame:
    """Return new customers in the model's contract."""
    return model.conform(people(80, seed=5))[0]


def test_predictions_are_probabilities(model: Predictor, new: pd.DataFrame) -> None:
    """Each customer gets a probability for each label; they sum to 1."""
    answer = model.predict(new)
    assert answer.shape == (80, 2)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    assert 0 < answer.min() < answer.max() < 1


def test_rows_are_scored_independently(model: Predictor, new: pd.DataFrame) -> None:
    """A prediction does not depend on the other rows, their order or their number."""
    whole = model.predict(new)
    np.testing.assert_allclose(model.predict(new.iloc[[7]]), whole[[7]], rtol=1e-5)
    np.testing.assert_allclose(model.predict(new.iloc[::-1])[::-1], whole, rtol=1e-5)
    assert model.predict(new.iloc[:0]).shape == (0, 2)


def test_large_batches_are_scored_in_chunks(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks do not affect predictions."""
    whole = model.predict(new)
    monkeypatch.setattr(module, "CHUNK", 17)
    np.testing.assert_allclose(model.predict(new), whole, rtol=1e-5)


def test_reasons_add_up_to_the_raw_score(model: Predictor, new: pd.DataFrame) -> None:
    """Start plus all columns is the raw score, for a blend of every family."""
    why = model.reasons(new)
    assert why.columns == tuple(column.name for column in model.columns)
    np.testing.assert_allclose(why.start + why.values.sum(axis=1), model.raw(new), atol=2e-5)
    assert (np.abs(why.values).max(axis=0) > 0).all()


def test_members_without_contributions_are_in_the_start(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sum still holds, and no column gets their contribution."""
    first = model.members[0]
    alone = replace(model, members=(replace(first, weight=1.0),))
    monkeypatch.setattr(type(first.model), "contributions", lambda *_: None)
    why = alone.reasons(new)
    np.testing.assert_allclose(why.start, alone.raw(new))
    assert not why.values.any()


def test_the_contract_is_kept(model: Predictor, people: Callable[..., pd.DataFrame]) -> None:
    """Columns may come in any order, with extra ones; a missing one is named."""
    given = people(30, seed=6)
    shuffled = given[given.columns[::-1]].assign(surplus=1)
    frame, notes = model.conform(shuffled)
    np.testing.assert_array_equal(model.predict(frame), model.predict(model.conform(given)[0]))
    assert any("surplus" in note.text for note in notes)
    with pytest.raises(DataError, match="'city' is missing"):
        model.conform(given.drop(columns="city"))


def test_unseen_values_are_scored(model: Predictor, people: Callable[..., pd.DataFrame]) -> None:
    """New levels, missing values everywhere and absurd numbers give finite predictions."""
    given = people(4, seed=7).assign(city=None, plan="unheard of", income=[1e300, -1e300, None, np.inf])
    assert np.isfinite(model.predict(model.conform(given)[0])).all()


def test_each_preparation_runs_once(model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members, and folds with the same steps, share the work of a preparation."""
    calls: list[int] = []
    prepare = Chain.prepare
    monkeypatch.setattr(Chain, "prepare", lambda chain, *given: calls.append(1) or prepare(chain, *given))
    model.predict(new)
    assert len(calls) == sum(len(alike(folds)) for folds in model.preparations.values())
    twice = {key: (*folds, folds[0]) for key, folds in model.preparations.items()}
    members = [replace(m, fitted=(*m.fitted, m.fitted[0]), shifts=(*m.shifts, m.shifts[0])) for m in model.members]
    calls.clear()
    more = replace(model, preparations=twice, members=tuple(members)).raw(new)
    assert len(calls) == sum(len(alike(folds)) for folds in model.preparations.values())
    assert np.isfinite(more).all()


def test_masks_do_not_change_predictions(model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predictions are the same by the boosters' libraries and by bit masks."""
    fresh = replace(model)
    walked = sum(
        member.weight / len(member.fitted) * (member.model.raw(member.fitted[fold], X, fresh._fit(X)) + shift)
        for group, X in fresh._prepared(new)
        for member, _ in group.members
        for fold, shift in enumerate(member.shifts)
        if fold in group.folds
    )
    np.testing.assert_allclose(fresh.raw(new), walked, rtol=1e-5, atol=1e-5)
    monkeypatch.setattr(fast_ensemble, "MAX_TABLE_BYTES", 0)
    np.testing.assert_allclose(replace(model).raw(new), walked, rtol=1e-9)


def test_models_that_want_frames_get_frames(
    model: Predictor, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member whose model does not accept arrays gets frames, with the same predictions."""
    whole = model.raw(new)
    seen: list[type] = []
    for member in model.members:
        kind = type(member.model)
        raw = kind.raw
        monkeypatch.setattr(kind, "plain", False)
        monkeypatch.setattr(kind, "raw", lambda *given, raw=raw: seen.append(type(given[2])) or raw(*given))
    np.testing.assert_allclose(replace(model).raw(new), whole, rtol=1e-12)
    assert set(seen) == {pd.DataFrame}
