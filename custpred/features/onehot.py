"""A 0/1 column for each level."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, made_from, note
from custpred.features.base import Feature
from custpred.spec import Range
from custpred.text import plural

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.storage.plain import JSON
    from custpred.task import Task

OTHER, MISSING = "(other)", "(missing)"


class OneHot(Feature):
    """Replaces each category column by a 0/1 column per level, as linear models need.

    Rare and unseen levels share one column.  Two levels without missing values need only one.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"plan": pd.Categorical(["basic"] * 20 + ["plus"] * 20 + ["pro"] * 20)})
    >>> list(OneHot().apply(X, OneHot().learn(X, None, None, 0)))
    ['plan=basic', 'plan=plus', 'plan=pro']
    """

    of: Columns = Field((), description="Category columns; default: all.")
    max_levels: int = Field(50, ge=1, description="Maximum number of levels with their own column.")
    min_rows: Annotated[int, Field(ge=1), Range(2, 100)] = Field(
        10, description="Levels with fewer rows share a column and are not stored."
    )

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Choose the levels that get a column."""
        from custpred.columns.dtypes import categories

        names = chosen(self.of, categories(X), list(X.columns), "categories")
        if not names:
            return idle("The table has no category column.")
        columns = [self._column(X[name]) for name in names]
        wanted = [(f"{each['input']}={title}", [each["input"]]) for each in columns for title in each.pop("titles")]
        notes = [text for each in columns for text in each.pop("notes")]
        return {"columns": columns, "made": made_from(wanted, X.columns.difference(names)), "notes": notes}

    def _column(self, column: pd.Series) -> State:
        """Return a column's levels and outputs: of each, of unseen, of missing (negative: none)."""
        import numpy as np

        from custpred.features._frames import counted

        levels, rows, missing = counted(column)
        common = np.argsort(-rows, kind="stable")[: self.max_levels]
        own = np.sort(common[rows[common] >= self.min_rows])
        outputs, rare = np.arange(len(own)), len(levels) - len(own)
        titles = [levels[place] for place in own] + [OTHER] * (rare > 0) + [MISSING] * (missing > 0)
        learned = {
            "input": column.name,
            "levels": [levels[place] for place in own],
            "titles": titles,
        }
        learned["notes"] = _notes(column, rare, titles)
        if len(titles) < 2:
            return learned | {"titles": [], "outputs": outputs * 0 - 1, "unseen": -1, "gap": -1}
        first = int(len(titles) == 2 and not missing)
        unseen, missing_code = (len(own) if rare else -1), (len(titles) - 1 if missing else -1)
        return learned | {
            "titles": titles[first:],
            "outputs": outputs - first,
            "unseen": unseen - first,
            "gap": missing_code - first,
        }

    def sql(self, state: State, rows: SqlRows) -> None:
        """Replace the columns."""
        names, one, none = iter(state.get("made", {})), rows.dialect.literal(1), rows.dialect.literal(0)
        cells = [rows.columns.pop(each["input"]) for each in state.get("columns", [])]
        for each, cell in zip(state.get("columns", []), cells, strict=True):
            places = dict(zip(each["levels"], each["outputs"].tolist(), strict=True))
            for place in range(max([*places.values(), each["unseen"], each["gap"]]) + 1):
                value = {level: one if own == place else none for level, own in places.items()}
                other, gap = (one if each[which] == place else none for which in ("unseen", "gap"))
                rows.number(next(names), rows.picked(cell, value, other, gap), single=True)

    def columnwise(self, state: State) -> ColumnOperation:
        """Replace the columns, float32."""
        import numpy as np

        from custpred.features._frames import finder

        # The last two entries serve slots -2 (unseen) and -1 (missing value).
        outputs_of = [np.append(e["outputs"], [e["unseen"], e["gap"]]).astype(int) for e in state.get("columns", [])]
        learned = [
            (each["input"], finder(each["levels"]), outputs, max(outputs.max() + 1, 0))
            for each, outputs in zip(state.get("columns", []), outputs_of, strict=True)
        ]
        names = list(state.get("made", {}))

        def spread(batch: ColumnBatch) -> None:
            block, rows, start = np.zeros((len(names), len(batch)), dtype=np.float32), np.arange(len(batch)), 0
            for name, find, outputs, width in learned:
                output = outputs[find(batch.columns.pop(name))]
                hit = output >= 0
                if hit.all():  # the common case
                    block[start + output, rows] = 1.0
                else:
                    block[start + output[hit], np.flatnonzero(hit)] = 1.0
                start += width
            batch.columns.update(zip(names, block, strict=True))

        return spread

    def examples(self, state: State) -> dict[str, list[str]]:
        """Return the known levels."""
        return {each["input"]: list(map(str, each["levels"])) for each in state.get("columns", [])}


def _notes(column: pd.Series, rare: int, titles: list[str]) -> list[JSON]:
    if len(titles) < 2:
        return [note("Left out: it does not have two sufficiently large groups of customers.", column.name)]
    if rare:
        return [note(f"{plural(rare, 'rare level')} joined to one column.", column.name, "F103")]
    return []
