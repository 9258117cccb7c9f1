"""Forward selection: what a round scores, when it stops, how long it is, and its two halves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from custpred.ensemble import _selection
from custpred.ensemble._library import Library
from custpred.ensemble._merit import Half
from custpred.ensemble._selection import (
    MOST_ROWS,
    PATIENCE,
    REUSE_MARGIN,
    _halves,
    _length,
    _preferred,
    _prefixes,
    grown,
    selected,
)
from custpred.metrics.base import Metric
from custpred.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

BINARY, SEVERAL = Task("binary", "left", ("no", "yes")), Task("multiclass", "plan", tuple("abc"))
LOSS = Metric.parse("log_loss")


@dataclass
class Scripted:
    """A half whose merits are given: ``tops`` by round, for the member ``order`` names."""

    raws: np.ndarray
    order: Sequence[int]
    tops: Sequence[float]
    seen: list[np.ndarray] = field(default_factory=list)

    def merits(self, blends: np.ndarray) -> np.ndarray:
        """Keep the blends; return the round's merit for one member, and far less for others."""
        step = len(self.seen)
        self.seen.append(blends)
        found = np.full(len(blends), -100.0)
        found[self.order[step % len(self.order)]] = self.tops[step]
        return found


def test_a_round_scores_the_mean_with_each_member() -> None:
    """The candidates of a round are means of the members chosen so far and one more."""
    raws = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    half = Scripted(raws, [2, 0, 2], [1.0, 2.0, 3.0])
    assert selected(half, 3) == [2, 0, 2]  # type: ignore[arg-type]
    np.testing.assert_allclose(half.seen[0], raws)
    np.testing.assert_allclose(half.seen[1], (raws[2] + raws) / 2, rtol=1e-6)
    np.testing.assert_allclose(half.seen[2], (raws[2] + raws[0] + raws) / 3, rtol=1e-6)


@pytest.mark.parametrize("best", [0, 2, 3])
def test_a_selection_without_a_better_blend_repeats_its_best(best: int) -> None:
    """It ends after ``PATIENCE`` rounds behind the best one, not before."""
    raws = np.eye(3, dtype=np.float32)
    half = Scripted(raws, [0, 1, 2], [*range(best + 1), *[best - 0.5] * 50])
    steps = selected(half, 20)  # type: ignore[arg-type]
    assert len(half.seen) == best + 1 + PATIENCE
    prefix = [place % 3 for place in range(best + 1)]
    assert steps == (prefix * 20)[:20]


def test_a_better_blend_in_the_last_round_of_patience_goes_on() -> None:
    """The rounds before it are kept, too."""
    tops = [1.0, *[0.0] * (PATIENCE - 1), 2.0, *[0.0] * 50]
    half = Scripted(np.eye(2, dtype=np.float32), [0, 1], tops)
    assert selected(half, PATIENCE + 2) == [place % 2 for place in range(PATIENCE + 1)] + [0]  # type: ignore[arg-type]


def test_a_chosen_member_wins_a_near_tie() -> None:
    """Up to the margin; of several the best, and beyond it or without any the highest merit."""
    assert _preferred(np.array([1.0, 1.0 - REUSE_MARGIN]), {1}) == 1
    assert _preferred(np.array([1.0, 0.999 - REUSE_MARGIN]), {1}) == 0
    assert _preferred(np.array([1.0, 0.996, 0.998, 0.5]), {1, 2, 3}) == 2
    assert _preferred(np.array([1.0, 0.5]), {1}) == 0
    assert _preferred(np.array([0.9, 1.0]), set()) == 1


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 4)])
def test_prefixes_are_running_means(shape: tuple[int, ...]) -> None:
    """Of one score, and of several classes."""
    raws = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    made = _prefixes(raws, [2, 0, 0])
    for place, wanted in enumerate([raws[2], (raws[2] + raws[0]) / 2, (raws[2] + 2 * raws[0]) / 3]):
        np.testing.assert_allclose(made[place], wanted, rtol=1e-5, atol=1e-6)


def test_the_length_is_within_a_standard_error_not_a_deviation() -> None:
    """Four bags: losses of .6 with a deviation of 1 have a standard error of .5."""
    spread = np.array([1.0, 1.0, -1.0, -1.0]) * np.sqrt(3) / 2
    for mean, length in ((0.4, 3), (0.6, 2)):
        merits = np.c_[np.full(4, -9.0), np.zeros(4), -(mean + spread)]
        assert _length(merits) == length
    assert _length(np.array([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0]])) == 1


def _library(rows: int, members: int = 2, task: Task = BINARY, weight: np.ndarray | None = None) -> Library:
    draw = np.random.default_rng(2)
    shape = (rows,) if task.kind == "binary" else (rows, 3)
    truth = np.arange(rows) % task.classes
    return Library([draw.normal(size=shape) for _ in range(members)], truth, task, LOSS, weight)


def test_halves_share_no_row_and_have_all() -> None:
    """Rows are those of the library, in order; each bag has others, each seed too."""
    library = _library(11, weight=np.arange(1.0, 12.0))
    bags = list(_halves(library, [0, 1], 1, 3, 5))
    assert len(bags) == 3
    rows = []
    for inner, outer in bags:
        places = [[int(np.flatnonzero(library.raws[0].astype(np.float32) == x)[0]) for x in half.raws[0]]
                  for half in (inner, outer)]  # fmt: skip
        assert [len(each) for each in places] == [5, 6]
        assert sorted(places[0] + places[1]) == list(range(11))
        assert all(each == sorted(each) for each in places)
        for half, own in zip((inner, outer), places, strict=True):
            assert half.truth.tolist() == library.truth[own].tolist()
            np.testing.assert_allclose(half.weight, (library.weight[own] / library.weight[own].mean()).astype("f4"))
            assert half.best == 1
        rows.append(places[0])
    assert len({tuple(each) for each in rows}) == 3
    assert [inner.seed for inner, _ in bags] == [5, 6, 7]
    again = [inner.raws[0].tolist() for inner, _ in _halves(library, [0, 1], 1, 3, 5)]
    assert again == [inner.raws[0].tolist() for inner, _ in bags]
    assert again != [inner.raws[0].tolist() for inner, _ in _halves(library, [0, 1], 1, 3, 6)]


@pytest.mark.parametrize(
    ("rows", "members", "task", "size"),
    [(900, 2, BINARY, 450), (12_000, 2, BINARY, MOST_ROWS), (9_000, 100, BINARY, 3_000), (9_000, 100, SEVERAL, 1_500),
     (9_000, 700, SEVERAL, 500)],
)  # fmt: skip
def test_halves_are_as_large_as_rounds_stay_fast(rows: int, members: int, task: Task, size: int) -> None:
    """Fewer rows for more members and classes, but never fewer than 500."""
    library = _library(rows, 1, task)
    library = Library(library.raws * members, library.truth, task, LOSS)
    inner, outer = next(_halves(library, list(range(members)), 0, 1, 0))
    assert inner.raws.shape[-1] == outer.raws.shape[-1] == size


def test_weights_are_means_of_the_bags_at_one_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps of each bag: halves of [0, 1] and [1, 1]; a broken member has no weight."""
    library = _library(40, 2)
    broken = Library([library.raws[0], np.full(40, np.nan), library.raws[1]], library.truth, BINARY, LOSS)
    steps = iter([[0, 1, 1, 1], [1, 1, 0, 0]])
    given: list[np.ndarray] = []
    monkeypatch.setattr(_selection, "selected", lambda half, rounds: next(steps)[:rounds])
    monkeypatch.setattr(_selection, "_length", lambda merits: given.append(merits) or 2)
    weights = grown(broken, 2, rounds=4, bags=2, seed=0)
    assert weights is not None
    assert weights.tolist() == [0.25, 0.0, 0.75]
    assert given[0].shape == (2, 4)
    assert np.isfinite(given[0]).all()
    assert grown(Library(broken.raws[:2], library.truth, BINARY, LOSS), 0, rounds=4, bags=2, seed=0) is None


def test_the_other_half_assesses_each_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merits are of the rows that selected nothing, for as many steps as there are rounds."""
    library, given = _library(60, 3), []
    monkeypatch.setattr(_selection, "_length", lambda merits: given.append(merits) or 1)
    weights = grown(library, 1, rounds=12, bags=2, seed=3)
    for bag, (inner, outer) in enumerate(_halves(library, [0, 1, 2], 1, 2, 3)):
        assert isinstance(inner, Half)
        own = outer.merits(_prefixes(outer.raws, selected(inner, 12)), assessed=12)
        np.testing.assert_allclose(given[0][bag], own)
    assert weights is not None
    assert weights.sum() == pytest.approx(1.0)
