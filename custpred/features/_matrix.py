"""The last step before a model: float32 numbers under internal names."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from custpred.columns.batch import ColumnBatch, PlainMatrix
from custpred.columns.sequence import CODED, is_coded, is_step, parsed, step_name
from custpred.errors import NotApplicable
from custpred.features._float_matrix import fills, float_matrix, kinds
from custpred.features._names import DROPPED, note, unique
from custpred.features.base import Feature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.task import Task


class Matrix(Feature):
    """Converts columns to one matrix of float32 numbers and categories, named f000001, ...

    Learners never see the real column names; ``state["human"]`` maps internal names to them.
    Infinite numbers become missing values; remaining dates and texts are dropped.  On request,
    sequence columns keep missing values as padding: f000012@-3, and f000013#@-3 for codes.
    """

    sees_steps: ClassVar[bool] = True

    dense: bool = Field(description="Fill missing values, for models that do not accept them; no category may be left.")
    indicator: bool = Field(True, description="If dense: add a 0/1 column for each column that had missing values.")
    steps: bool = Field(False, description="Keep sequence columns, for models that use them.")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Name the columns; if ``dense``, also learn medians and the columns with missing values.

        Raises
        ------
        NotApplicable
            If ``dense`` and a category column is left.
        """
        numeric, categories, dropped = kinds(X)
        numbers, steps = (
            [c for c in numeric if not is_step(c)],
            [c for c in numeric if is_step(c)] if self.steps else [],
        )
        dropped += [c for c in categories if is_step(c)] + ([] if self.steps else [c for c in numeric if is_step(c)])
        categories = [c for c in categories if not is_step(c)]
        if self.dense and categories:
            raise NotApplicable("A category column is left; onehot must come before.", column=categories[0])
        medians, missing = fills(X, numbers) if self.dense else (None, {})
        with_missing = list(missing) if self.indicator else []
        inputs = [*numbers, *steps, *(numbers[place] for place in with_missing), *categories]
        names = [*numbers, *steps, *(f"{numbers[place]}: missing" for place in with_missing), *categories]
        internal = _internal(names)
        return {
            "numbers": numbers,
            "steps": steps,
            "categories": categories,
            "gaps": with_missing,
            "filled": {numbers[place]: count for place, count in missing.items()},
            "medians": medians,
            "human": dict(zip(internal, unique(names, []), strict=True)),
            "made": {new: [name] for new, name in zip(internal, inputs, strict=True)},
            "notes": [note("Dropped: no step has encoded it as numbers.", name, DROPPED) for name in dropped],
        }

    def effect(self, state: State) -> State:
        """Return the columns whose missing values became medians, those with the most first."""
        most = sorted(state["filled"].items(), key=lambda pair: -pair[1])
        return {"filled": {name: (count, "median of the column") for name, count in most}}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Keep the numbers in the form that models read, then the codes of categories.

        Raises
        ------
        NotApplicable
            If sequences are kept.
        """
        if state["steps"]:
            raise NotApplicable("sequences have no formula")
        write, before = rows.dialect, dict(rows.columns)
        names, medians = list(state["human"]), state["medians"]
        rows.columns.clear()
        numbers = [before[name] for name in state["numbers"]]
        known = [x.sql if x.single else rows.statement.name(write.rounded(x.sql)) for x in numbers]
        filled = [*known, *(rows.flag(f"{known[place]} IS NULL") for place in state["gaps"])]
        for place, sql in enumerate(filled):
            dense = medians is not None and place < len(known)
            rows.number(names[place], f"COALESCE({sql}, {write.literal(medians[place])})" if dense else sql)
        for name, new in zip(state["categories"], names[len(filled) :], strict=True):
            rows.put(new, before[name])

    def apply(self, X: pd.DataFrame, state: State) -> pd.DataFrame:
        """Return the numbers as one matrix, which ``to_numpy`` does not copy, then categories."""
        numbers = gatherer(state)(ColumnBatch.of(X), 0)
        internal = list(state["human"])
        made = pd.DataFrame(numbers.T, columns=internal[: len(numbers)], index=X.index, copy=False)
        categories = X[state["categories"]].set_axis(internal[len(numbers) :], axis=1)
        return pd.concat([made, categories], axis=1) if state["categories"] else made


def gathered_by(state: State) -> State:
    """Return the part of the state that ``plain_matrix`` uses, which most folds have in common."""
    return {name: state[name] for name in ("numbers", "steps", "categories", "gaps")} | {"medians": None}


def medians_of(state: State) -> np.ndarray | None:
    """Return the replacement of a missing value in each column of the matrix; None if it stays."""
    if state["medians"] is None:
        return None
    more = len(state["steps"]) + len(state["gaps"]) + len(state["categories"])
    return np.pad(state["medians"], (0, more), constant_values=np.nan)


def plain_matrix(state: State) -> Callable[[ColumnBatch], PlainMatrix]:
    """Return a function from a batch to the matrix of ``apply``, in row order."""
    gather, categories = gatherer(state), state["categories"]

    def fill(batch: ColumnBatch) -> PlainMatrix:
        made = gather(batch, len(categories))
        split = len(made) - len(categories)
        for place, name in enumerate(categories, split):
            codes = batch[name].codes
            made[place] = np.where(codes < 0, np.float32(np.nan), codes)
        return PlainMatrix(np.ascontiguousarray(made.T), tuple(range(split, len(made))))

    return fill


def gatherer(state: State) -> Callable[[ColumnBatch, int], np.ndarray]:
    """Return a function from a batch to float32 numbers (n_made, n_rows), with rows to fill."""
    names, gaps, medians = [*state["numbers"], *state["steps"]], state["gaps"], state["medians"]
    if medians is not None:  # a missing value in a step stays
        medians = np.pad(medians, (0, len(state["steps"])), constant_values=np.nan)

    def gather(batch: ColumnBatch, extra: int) -> np.ndarray:
        shape = (len(names) + len(gaps) + extra, len(batch))
        return float_matrix([batch[name] for name in names], shape, medians, gaps)

    return gather


def _internal(names: Sequence[str]) -> list[str]:
    """Return the internal names f000001, f000002, ...; the steps of a sequence share a number."""
    made: list[str] = []
    stems: dict[str, str] = {}
    for name in names:
        place, number = parsed(name), f"f{len(stems) + 1:06d}"
        stem = stems.setdefault(place[0] if place else f"{name}@{len(made)}", number)
        made.append(step_name(stem + CODED * is_coded(place[0]), place[1]) if place else stem)
    return made
