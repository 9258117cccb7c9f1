"""The piecewise linear encoding of numeric columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.models._pieces import FEWEST, MOST, Pieces
from custpred.models.mlp import MLP
from custpred.task import Fit, Rows, Task

DRAW = np.random.default_rng(0)
VALUES = np.column_stack(
    [DRAW.lognormal(3, 1, 800), DRAW.integers(0, 2, 800), DRAW.integers(0, 6, 800), np.full(800, 7.0)]
)


def _plain(pieces: Pieces, values: np.ndarray) -> np.ndarray:
    """Return the pieces before they are centred and scaled."""
    return pieces.apply(values) * pieces.width + pieces.centre


def test_only_columns_with_over_two_values_have_pieces() -> None:
    """The flag and the constant have none, six levels have five, an amount has as many as asked."""
    pieces = Pieces.learn(VALUES, None, 16)
    assert np.bincount(pieces.column, minlength=4).tolist() == [16, 0, 5, 0]


def test_pieces_add_up_to_the_value() -> None:
    """Start plus the sum of piece times length is the value, clipped to the range in training."""
    pieces = Pieces.learn(VALUES, None, 8)
    own = pieces.column == 0
    new = np.column_stack([[-5.0, 3.0, 20.0, 81.5, 1e9], *np.zeros((3, 5))])
    found = pieces.low[own][0] + (_plain(pieces, new)[:, own] * pieces.length[own]).sum(axis=1)
    wanted = np.clip(new[:, 0], VALUES[:, 0].min(), VALUES[:, 0].max())
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=3, max_size=60), st.integers(FEWEST, 20))
def test_pieces_are_monotone_between_0_and_1(column: list[float], count: int) -> None:
    """In every column a larger value has no smaller piece, and each piece is between 0 and 1."""
    values = np.sort(np.array(column, dtype=float))[:, None]
    found = _plain(Pieces.learn(values, None, count), values)
    assert (found > -1e-4).all()
    assert (found < 1 + 1e-4).all()
    assert (np.diff(found, axis=0) > -1e-4).all()


def test_a_weight_of_two_is_two_rows() -> None:
    """Means and deviations of pieces count a row as often as its weight says."""
    weight = np.where(np.arange(800) < 300, 2.0, 1.0)
    weighted = Pieces.learn(VALUES, weight, 8)
    doubled = weighted.apply(np.concatenate([VALUES, VALUES[:300]]))
    np.testing.assert_allclose(doubled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(doubled.std(axis=0), 1, atol=1e-4)


def test_sorted_tables_have_pieces_from_end_to_end() -> None:
    """In a large table sorted by a column, its pieces reach the last rows too."""
    values = np.arange(120_000.0)[:, None]
    pieces = Pieces.learn(values, np.ones(len(values)), 8)
    assert pieces.low[-1] > 100_000


@pytest.mark.parametrize(("columns", "wanted"), [(8, 16), (64, MOST // 64), (MOST // FEWEST + 1, 0)])
def test_many_columns_have_fewer_pieces(columns: int, wanted: int) -> None:
    """All pieces together stay within the limit; below four of a column there are none."""
    pieces = Pieces.learn(DRAW.normal(size=(200, columns)), None, 16)
    assert np.bincount(pieces.column, minlength=columns).max() == wanted
    assert len(pieces.column) <= MOST


def test_no_pieces_for_no_columns() -> None:
    """A table without columns, and a request for none, have no pieces."""
    assert not len(Pieces.learn(np.zeros((5, 0)), None, 16).column)
    assert Pieces.learn(VALUES, None, 0).apply(VALUES).shape == (800, 0)


def _steps(rows: int, seed: int) -> Rows:
    """Return rows whose label jumps at eight places of one column."""
    draw = np.random.default_rng(seed)
    X = pd.DataFrame({"a": draw.uniform(0, 1, rows), "b": draw.normal(size=rows)}, dtype=np.float32)
    return Rows(X, (np.floor(X["a"].to_numpy() * 8) % 2).astype(int))


def test_a_network_learns_steps_from_pieces() -> None:
    """On a label that jumps eight times, only a network with pieces is mostly right."""
    fit, shares = Fit(Task("binary", "y", ("0", "1"))), []
    for pieces in (0, 16):
        model = MLP(pieces=pieces, width=32, members=1, dropout=0, epochs=20)
        fitted = model.train(_steps(1500, 0), None, fit)
        new = _steps(500, 1)
        shares.append(((model.raw(fitted, new.X, fit) > 0) == new.y).mean())
    assert shares[0] < 0.7
    assert shares[1] > 0.85


def test_attributions_of_pieces_belong_to_their_column() -> None:
    """Start and attributions of both columns add up to the score; only the first matters."""
    fit, rows = Fit(Task("binary", "y", ("0", "1"))), _steps(1500, 0)
    model = MLP(width=32, members=1, dropout=0, epochs=20)
    fitted = model.train(rows, None, fit)
    parts = model.contributions(fitted, rows.X, fit)
    assert parts.shape == (1500, 3)
    np.testing.assert_allclose(parts.sum(axis=1), model.raw(fitted, rows.X, fit), atol=1e-4)
    assert np.abs(parts[:, 0]).mean() > 5 * np.abs(parts[:, 1]).mean()


def test_a_network_saved_before_pieces_existed_is_read() -> None:
    """Its folder has no pieces, and it predicts as it did."""
    fit, rows = Fit(Task("binary", "y", ("0", "1"))), _steps(200, 0)
    model = MLP(pieces=0, width=4, members=1, epochs=2)
    fitted = model.train(rows, None, fit)
    packed = {name: each for name, each in model.pack(fitted).items() if not name.startswith("pieces_")}
    read = MLP.parse({"kind": "mlp", "width": 4}).unpack(packed, fit)
    np.testing.assert_array_equal(model.raw(read, rows.X, fit), model.raw(fitted, rows.X, fit))
