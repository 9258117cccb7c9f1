"""Fitted features on plain arrays: bit-identical to their ``apply``, and fast for one row.

Each function takes a learned state, and returns the act, with all that can be made ready beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from custpred.columns.batch import Block, Coded, Sheet, gone
from custpred.features._float_matrix import LARGEST
from custpred.features._frames import GAP, UNSEEN, places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.columns.batch import Act
    from custpred.features.bins import Bins
    from custpred.step import State


def dates(state: State) -> Act:
    if "outputs" not in state:
        return gone(())

    def part(sheet: Sheet) -> None:
        from custpred.features._dates import matrix

        made = matrix(sheet, state["outputs"], state["latest"])
        gone(state["drop"])(sheet)
        sheet.columns.update(zip(state["made"], made, strict=True))

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


def frequency(state: State) -> Act:
    learned = [(each["input"], _finder(each["levels"]), each["shares"]) for each in state.get("columns", [])]

    def count(sheet: Sheet) -> None:
        made = [shares[find(sheet[name])].astype(np.float32) for name, find, shares in learned]
        sheet.columns.update(zip(state.get("made", {}), made, strict=True))

    return count


def target_mean(state: State) -> Act:
    groups = [(each, [_finder(levels) for levels in each["levels"]]) for each in state.get("groups", [])]
    tables = [np.ascontiguousarray(each["means"].T, dtype=np.float32) for each, _ in groups]

    def mean(sheet: Sheet) -> None:
        made: list[np.ndarray] = []
        for (group, finders), table in zip(groups, tables, strict=True):
            found = [find(sheet[name]) for name, find in zip(group["inputs"], finders, strict=True)]
            slot = found[0]
            if "cells" in group:
                cell = np.where((slot < 0) | (found[1] < 0), UNSEEN, slot * len(group["levels"][1]) + found[1])
                slot = places(cell, group["cells"])
            made += list(table[:, np.where(slot < 0, table.shape[1] - 1, slot)])
        sheet.columns.update(zip(state.get("made", {}), made, strict=True))

    return mean


def ratios(state: State) -> Act:
    def combine(sheet: Sheet) -> None:
        from custpred.features._golden import combined

        pairs = [(sign, sheet[a].astype(float), sheet[b].astype(float)) for sign, a, b in state.get("pairs", [])]
        sheet.columns.update(zip(state.get("made", {}), [combined(*pair) for pair in pairs], strict=True))

    return combine


def bins(spec: Bins, state: State) -> Act:
    cuts = state.get("cuts", {})
    named = spec.give == "categories"

    def place(sheet: Sheet) -> None:
        from custpred.features._cuts import placed

        found = [placed(sheet[name].astype(float, copy=False), own) for name, own in cuts.items()]
        numbers = [np.where(each < 0, np.nan, each).astype(np.float32) for each in found]
        levels = [[f"bin {number:03d}" for number in range(len(own) + 1)] for own in cuts.values()]
        gone([] if spec.keep_original else list(cuts))(sheet)
        made = [Coded(*each) for each in zip(found, levels, strict=True)] if named else numbers
        sheet.columns.update(zip(state.get("made", {}), made, strict=True))

    return place


def tiers(state: State) -> Act:
    def grade(sheet: Sheet) -> None:
        from custpred.features._cuts import placed

        found = [placed(sheet[e["input"]].astype(float, copy=False), e["cuts"]) for e in state.get("columns", [])]
        made = [Coded(codes, state["grades"]) for codes in found]
        sheet.columns.update(zip(state.get("made", {}), made, strict=True))

    return grade


def transforms(state: State) -> Act:
    def shape(sheet: Sheet) -> None:
        from custpred.features._shapes import shaped

        for name, learned in state.get("shapes", {}).items():
            sheet.columns[name] = shaped(sheet[name].astype(float, copy=False), learned)

    return shape


def onehot(state: State) -> Act:
    outputs_of = [np.append(e["outputs"], [e["unseen"], e["gap"]]).astype(int) for e in state.get("columns", [])]
    learned = [
        (each["input"], _finder(each["levels"]), outputs, max(outputs.max() + 1, 0))
        for each, outputs in zip(state.get("columns", []), outputs_of, strict=True)
    ]
    names = list(state.get("made", {}))

    def spread(sheet: Sheet) -> None:
        block, rows, start = np.zeros((len(names), len(sheet)), dtype=np.float32), np.arange(len(sheet)), 0
        for name, find, outputs, width in learned:
            output = outputs[find(sheet.columns.pop(name))]
            hit = output >= 0
            if hit.all():  # the usual case
                block[start + output, rows] = 1.0
            else:
                block[start + output[hit], np.flatnonzero(hit)] = 1.0
            start += width
        sheet.columns.update(zip(names, block, strict=True))

    return spread


def levels(state: State) -> Act:
    from custpred.features._levels import spread

    def add(sheet: Sheet) -> None:
        if state["made"]:
            columns = {name: sheet[name].astype(float, copy=False) for name in state["levels"]}
            sheet.columns.update(zip(state["made"], spread(columns, state), strict=True))

    return add


def ordinal(state: State) -> Act:
    learned = [(n, _finder(levels), len(levels), state["rare"][n]) for n, levels in state.get("levels", {}).items()]

    def code(sheet: Sheet) -> None:
        for name, find, count, rare in learned:
            slot = find(sheet[name])
            codes = np.where(slot == UNSEEN, count if rare else GAP, slot)
            sheet.columns[name] = Coded(codes, range(count + rare))

    return code


def select(state: State) -> Act:
    return gone(state.get("drop") or ())


def matrix(state: State) -> Callable[[Sheet], Block]:
    numbers, categories, gaps = state["numbers"], state["categories"], state["gaps"]
    medians, split = state["medians"], len(numbers) + len(gaps)

    def gather(sheet: Sheet) -> Block:
        made = np.empty((split + len(categories), len(sheet)), dtype=np.float32)
        sources = [sheet[name] for name in numbers]
        with np.errstate(over="ignore"):
            if len(sheet) == 1 and sources:
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
            codes = sheet[name].codes
            made[place] = np.where(codes < 0, np.float32(np.nan), codes)
        return Block(np.ascontiguousarray(made.T), tuple(range(split, len(made))))

    return gather


def _finite(made: np.ndarray, sources: list[np.ndarray]) -> None:
    """Make infinite numbers missing values, in place; numbers that only float32 cannot hold become its largest."""
    for place in np.flatnonzero(np.isinf(made).any(axis=1)):
        infinite = np.isinf(made[place])
        exact = sources[place][infinite].astype(float)
        made[place, infinite] = np.where(np.isinf(exact), np.nan, np.clip(exact, -LARGEST, LARGEST))
