"""The first words of categories."""

from __future__ import annotations  # light: imports inside functions are deliberate

import re
from collections import Counter
from typing import TYPE_CHECKING

from pydantic import Field

from custpred.features._names import Columns, chosen, idle, many_levels, unique
from custpred.features.base import Feature
from custpred.task import Suited
from custpred.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import pandas as pd

    from custpred.columns.batch import Coded, ColumnBatch, ColumnOperation
    from custpred.sql.rows import SqlRows
    from custpred.step import State
    from custpred.storage.plain import JSON
    from custpred.task import Setting, Task

SEPARATORS = " _/,.:;|>-"
"""Characters between words, as in a class of a regular expression: the hyphen comes last."""
SHARED = 0.5
"""Prefixes per level up to which ``auto`` adds them: most levels then share theirs with others."""
OTHER = ""
"""The level of rare and unknown prefixes."""


class Prefixes(Feature):
    """Adds the first words of categories with many levels: brand and series of a product's name.

    Levels that begin alike are often similar, and a level that training lacks may begin with words
    that it has.  Words end at blanks and at ``- _ / , . : ; | >``; codes such as ``C85`` also have
    their first letters, which end at a digit.  A level with fewer words is its own prefix.  Rare
    and unknown prefixes share one level; a missing value stays missing.

    >>> import pandas as pd
    >>> X = pd.DataFrame({"car": pd.Categorical(["Kia Rio GT", "Kia Rio", "Kia Soul", "Audi A4"])})
    >>> spec = Prefixes(of="car", min_rows=1)
    >>> made = spec.apply(X, spec.learn(X, None, None, 0))
    >>> made.columns[1:].tolist(), made.iloc[0, 1:].tolist()
    (['car: first word', 'car: first 2 words'], ['Kia', 'Kia Rio'])
    """

    of: Columns = Field((), description="Category columns; default: those with many levels that begin alike.")
    count: int = Field(2, ge=1, le=5, description="Maximum number of words: 2 adds the first word, and the first two.")
    min_rows: int = Field(10, ge=1, description="Prefixes with fewer rows share one level and are not stored.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if there are categories whose levels begin with the same words."""
        names = [name for name in many_levels(setting) if _alike(setting.table.frame[name])]
        return (
            Suited(f"first words of {listed(names)}, which many levels share", 20, (cls(of=names),)) if names else None
        )

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Choose the numbers of words that give fewer values than levels."""
        from custpred.columns.dtypes import categories
        from custpred.features._frames import counted

        fitting = chosen(self.of, categories(X), list(X.columns), "categories")
        learned: list[JSON] = []
        for name in [each for each in fitting if self.of or _alike(X[each])]:
            levels, rows, _ = counted(X[name])
            letters, *several = (_counts(levels, rows, words) for words in range(self.count + 1))
            before = 1
            for words, counts in enumerate([letters if len(letters) < len(several[0]) else Counter(), *several]):
                if before < len(counts) < len(levels):
                    common = [each for each, count in counts.items() if count >= self.min_rows]
                    learned.append({"input": name, "words": words, "levels": common})
                    before = len(counts)
        if not learned:
            return idle("No category has levels that begin with the same words.")
        names = unique([_title(each["input"], each["words"]) for each in learned], X.columns)
        return {"columns": learned, "made": {new: [each["input"]] for new, each in zip(names, learned, strict=True)}}

    def sql(self, state: State, rows: SqlRows) -> None:
        """Add the prefixes."""
        from custpred.sql.rows import Cell

        for new, each in zip(state.get("made", {}), state.get("columns", []), strict=True):
            text = rows.texts(rows[each["input"]])
            found = rows.dialect.matched(text, pattern(each["words"]))
            begun = rows.statement.name(f"COALESCE(NULLIF({found}, ''), {text})")
            other, own = rows.dialect.quoted(OTHER), [*map(rows.dialect.quoted, each["levels"])]
            known = f"WHEN {rows.dialect.among(begun, own)} THEN {begun} " if own else ""
            rows.put(new, Cell("level", f"CASE WHEN {begun} IS NULL THEN NULL {known}ELSE {other} END"))

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the prefixes as categories."""
        made = state.get("made", {})
        learned = [
            (new, each["input"], _finder(each)) for new, each in zip(made, state.get("columns", []), strict=True)
        ]

        def begin(batch: ColumnBatch) -> None:
            batch.columns.update({new: find(batch[name]) for new, name, find in learned})

        return begin


def prefix(level: str, words: int) -> str:
    """Return the first words of a level with the separators between them, or the whole level.

    Without words (0), its first letters.

    >>> prefix("Swift VDI BS-IV", 2), prefix("Swift", 2), prefix("C85/2", 1), prefix("C85/2", 0)
    ('Swift VDI', 'Swift', 'C85', 'C')
    """
    match = re.match(pattern(words), level)
    return match[0] if match else level


def pattern(words: int) -> str:
    """Return the regular expression of the first words, without groups: engines differ in these."""
    word, between = f"[^{SEPARATORS}]+", f"[{SEPARATORS}]+"
    return f"^[{SEPARATORS}]*{between.join([word] * words) or f'[^0-9{SEPARATORS}]+'}"


def _title(column: str, words: int) -> str:
    return f"{column}: first {plural(words, 'word') if words > 1 else ('letters', 'word')[words]}"


def _counts(levels: Iterable[str], rows: np.ndarray, words: int) -> Counter[str]:
    """Return the number of rows of each prefix, in the order of the levels."""
    counts: Counter[str] = Counter()
    for level, count in zip(levels, rows.tolist(), strict=True):
        counts[prefix(level, words)] += count
    return counts


def _alike(column: pd.Series) -> bool:
    """Return whether most levels share their first word, or letters, with another level."""
    from custpred.features._frames import counted

    levels, *_ = counted(column)
    counts = [len({prefix(level, words) for level in levels}) for words in (0, 1)]
    return any(1 < count <= SHARED * len(levels) for count in counts)


def _finder(learned: JSON) -> Callable[[Coded], Coded]:
    """Return the function from a category column to its prefixes; it reads levels that occur."""
    import numpy as np

    from custpred.columns.batch import Coded
    from custpred.features._frames import of_levels

    words, levels = learned["words"], [*learned["levels"], OTHER]
    place = {level: number for number, level in enumerate(levels)}

    def find(column: Coded) -> Coded:
        return Coded(
            of_levels(column, lambda level: place.get(prefix(level, words), place[OTHER]), -1, np.intp), levels
        )

    return find
