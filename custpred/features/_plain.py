"""Fitted features on plain arrays: bit-identical to their ``apply``, and fast for one row.

Each function takes a learned state, and returns the act, with all that can be made ready beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.columns.batch import Coded, ColumnBatch, PlainMatrix, drop_columns
from custpred.features._float_matrix import LARGEST
from custpred.features._frames import GAP, UNSEEN, places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.columns.batch import ColumnOperation
    from custpred.features.bins import Bins
    from custpred.step import State


def dates(state: State) -> ColumnOperation:
    if "outputs" not in state:
        return drop_columns(())

    def part(batch: ColumnBatch) -> None:
        from custpred.features._dates import matrix

        made = matrix(batch, state["outputs"], state["latest"])
        drop_columns(state["drop"])(batch)
        batch.columns.update(zip(state["made"], made, strict=True))

    return part


def _finder(levels: Sequence[Any]) -> Callable[[object], np.ndarray]:
    """Return a function that gives rows' indices among learned levels, as ``features._frames.slots`` does."""
    place = {level: number for number, level in enumerate(levels)}

    def find(column: Any) -> np.ndarray:
        if not isinstance(column, Coded):
            values = column.astype(float, copy=False)
            return np.where(np.isnan(values), GAP, places(values, np.asarray(levels, dtype=float)))
        if len(column.codes) == 1:  # one customer: a list is faster than an array
            code = int(column.codes[0])
            return np.array([GAP if code < 0 else place.get(str(column.levels[code]), UNSEEN)])
        table = np.array([*(place.get(str(level), UNSEEN) for level in column.levels), GAP])
        return np.asarray(table[column.codes])

    return find


def frequency(state: State) -> ColumnOperation:
    learned = [(each["input"], _finder(each["levels"]), each["shares"]) for each in state.get("columns", [])]

    def count(batch: ColumnBatch) -> None:
        made = [shares[find(batch[name])].astype(np.float32) for name, find, shares in learned]
        batch.columns.update(zip(state.get("made", {}), made, strict=True))

    return count


def target_mean(state: State) -> ColumnOperation:
    groups = [(each, [_finder(levels) for levels in each["levels"]]) for each in state.get("groups", [])]
    tables = [np.ascontiguousarray(each["means"].T, dtype=np.float32) for each, _ in groups]

    def mean(batch: ColumnBatch) -> None:
        made: list[np.ndarray] = []
        for (group, finders), table in zip(groups, tables, strict=True):
            found = [find(batch[name]) for name, find in zip(group["inputs"], finders, strict=True)]
            slot = found[0]
            if "cells" in group:
                cell = np.where((slot < 0) | (found[1] < 0), UNSEEN, slot * len(group["levels"][1]) + found[1])
                slot = places(cell, group["cells"])
            made += list(table[:, np.where(slot < 0, table.shape[1] - 1, slot)])
        batch.columns.update(zip(state.get("made", {}), made, strict=True))

    return mean


def ratios(state: State) -> ColumnOperation:
    def combine(batch: ColumnBatch) -> None:
        from custpred.features._golden import combined

        pairs = [(sign, batch[a].astype(float), batch[b].astype(float)) for sign, a, b in state.get("pairs", [])]
        batch.columns.update(zip(state.get("made", {}), [combined(*pair) for pair in pairs], strict=True))

    return combine


def bins(spec: Bins, state: State) -> ColumnOperation:
    cuts = state.get("cuts", {})
    named = spec.give == "categories"

    def place(batch: ColumnBatch) -> None:
        from custpred.features._cuts import placed

        found = [placed(batch[name].astype(float, copy=False), own) for name, own in cuts.items()]
        numbers = [np.where(each < 0, np.nan, each).astype(np.float32) for each in found]
        levels = [[f"bin {number:03d}" for number in range(len(own) + 1)] for own in cuts.values()]
        drop_columns([] if spec.keep_original else list(cuts))(batch)
        made = [Coded(*each) for each in zip(found, levels, strict=True)] if named else numbers
        batch.columns.update(zip(state.get("made", {}), made, strict=True))

    return place


def tiers(state: State) -> ColumnOperation:
    def grade(batch: ColumnBatch) -> None:
        from custpred.features._cuts import placed

        found = [placed(batch[e["input"]].astype(float, copy=False), e["cuts"]) for e in state.get("columns", [])]
        made = [Coded(codes, state["grades"]) for codes in found]
        batch.columns.update(zip(state.get("made", {}), made, strict=True))

    return grade


def transforms(state: State) -> ColumnOperation:
    def shape(batch: ColumnBatch) -> None:
        from custpred.features._shapes import shaped

        for name, learned in state.get("shapes", {}).items():
            batch.columns[name] = shaped(batch[name].astype(float, copy=False), learned)

    return shape


def onehot(state: State) -> ColumnOperation:
    outputs_of = [np.append(e["outputs"], [e["unseen"], e["gap"]]).astype(int) for e in state.get("columns", [])]
    learned = [
        (each["input"], _finder(each["levels"]), outputs, max(outputs.max() + 1, 0))
        for each, outputs in zip(state.get("columns", []), outputs_of, strict=True)
    ]
    names = list(state.get("made", {}))

    def spread(batch: ColumnBatch) -> None:
        block, rows, start = np.zeros((len(names), len(batch)), dtype=np.float32), np.arange(len(batch)), 0
        for name, find, outputs, width in learned:
            output = outputs[find(batch.columns.pop(name))]
            hit = output >= 0
            if hit.all():  # the usual case
                block[start + output, rows] = 1.0
            else:
                block[start + output[hit], np.flatnonzero(hit)] = 1.0
            start += width
        batch.columns.update(zip(names, block, strict=True))

    return spread


def levels(state: State) -> ColumnOperation:
    from custpred.features._levels import spread

    def add(batch: ColumnBatch) -> None:
        if state["made"]:
            columns = {name: batch[name].astype(float, copy=False) for name in state["levels"]}
            batch.columns.update(zip(state["made"], spread(columns, state), strict=True))

    return add


def ordinal(state: State) -> ColumnOperation:
    learned = [(n, _finder(levels), len(levels), state["rare"][n]) for n, levels in state.get("levels", {}).items()]

    def code(batch: ColumnBatch) -> None:
        for name, find, count, rare in learned:
            slot = find(batch[name])
            codes = np.where(slot == UNSEEN, count if rare else GAP, slot)
            batch.columns[name] = Coded(codes, range(count + rare))

    return code


def select(state: State) -> ColumnOperation:
    return drop_columns(state.get("drop") or ())


def matrix(state: State) -> Callable[[ColumnBatch], PlainMatrix]:
    numbers, categories, gaps = state["numbers"], state["categories"], state["gaps"]
    medians, split = state["medians"], len(numbers) + len(gaps)

    def gather(batch: ColumnBatch) -> PlainMatrix:
        made = np.empty((split + len(categories), len(batch)), dtype=np.float32)
        sources = [batch[name] for name in numbers]
        with np.errstate(over="ignore"):
            if len(batch) == 1 and sources:
                made[: len(sources)] = np.array(sources)
            else:
                for place, source in enumerate(sources):
                    made[place] = source
        _finite(made[: len(numbers)], sources)
        missing = np.isnan(made[: len(numbers)])
        made[len(numbers) : split] = missing[gaps]
        if medians is not None:
            np.copyto(made[: len(numbers)], medians[:, None], where=missing)
        for place, name in enumerate(categories, split):
            codes = batch[name].codes
            made[place] = np.where(codes < 0, np.float32(np.nan), codes)
        return PlainMatrix(np.ascontiguousarray(made.T), tuple(range(split, len(made))))

    return gather


def _finite(made: np.ndarray, sources: list[np.ndarray]) -> None:
    """Make infinite numbers missing values, in place; numbers that only float32 cannot hold become its largest."""
    for place in np.flatnonzero(np.isinf(made).any(axis=1)):
        infinite = np.isinf(made[place])
        exact = sources[place][infinite].astype(float)
        made[place, infinite] = np.where(np.isinf(exact), np.nan, np.clip(exact, -LARGEST, LARGEST))
