"""Access to the dashboard's files: scores, columns, outcomes and events, read by row."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custpred.storage.frames import load_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custpred.storage.plain import JSON

FACTS, IDS, EVENTS = "facts.json", "ids.parquet", "events.parquet"
NEAR = 5
"""Number of ids suggested for an unknown one."""
_CLOSE = 3
"""Number of final characters in which a suggested id may differ."""


def fold(text: str) -> str:
    """Normalise an id for look-up: without blanks, case and leading zeros.

    >>> fold(" c-0012 "), fold("C-12"), fold("0")
    ('c-12', 'c-12', '0')
    """
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(text.split()).casefold())


@dataclass(frozen=True)
class Found:
    """Result of a look-up: the customer's row, or similar ids."""

    place: int | None
    id: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Store:
    """Customers in the order of their table; ``folder`` is written by ``_prepare.prepare``."""

    folder: Path

    @cached_property
    def facts(self) -> JSON:
        """Return facts about all customers: key, rows, cutoff, notes."""
        return dict(json.loads((self.folder / FACTS).read_text("utf-8")))

    @cached_property
    def predicted(self) -> np.ndarray:
        """Return probabilities (n, n_classes) or values (n,), as ``custpred predict`` does."""
        found: np.ndarray = np.load(self.folder / "predicted.npy", mmap_mode="r")
        return found

    @cached_property
    def amounts(self) -> np.ndarray | None:
        """Return the numbers of the value column, shape (n,); None if the policy needs none."""
        path = self.folder / "amounts.npy"
        return np.load(path) if path.exists() else None

    @cached_property
    def sorted_scores(self) -> np.ndarray:
        """Return the scores that customers are ranked by, in ascending order."""
        return np.sort(self.predicted[:, 1] if self.predicted.ndim == 2 else self.predicted)

    @cached_property
    def ids(self) -> np.ndarray:
        """Return every customer's id, shape (n,)."""
        return np.asarray(load_frame(self.folder / "who", ["id"])["id"].to_numpy(dtype=object))

    def __len__(self) -> int:
        return len(self.predicted)

    def rows(self, places: Sequence[int] | np.ndarray) -> pd.DataFrame:
        """Return the columns of customers, in the model's contract."""
        return load_frame(self.folder / "frame", rows=np.asarray(places, dtype=np.intp))

    def find(self, text: str) -> Found:
        """Find a customer by id; case, blanks and leading zeros may differ if the match is unique.

        If there is none, return the nearest ids by edit distance.
        """
        import duckdb

        path, wanted = str(self.folder / IDS), fold(text)
        with duckdb.connect() as base:
            same = "SELECT id, min(place) FROM read_parquet(?) WHERE fold = ? GROUP BY id ORDER BY min(place)"
            known: list[Any] = base.execute(same, [path, wanted]).fetchall()
            exact = [each for each in known if each[0].strip() == text.strip()] or known
            if len(exact) == 1:
                return Found(int(exact[0][1]), str(exact[0][0]))
            if known:
                return Found(None, near=tuple(str(each[0]) for each in known[:NEAR]))
            close = (
                "SELECT id FROM read_parquet($1) WHERE fold >= $3 AND fold < $4"
                " GROUP BY id, fold ORDER BY levenshtein(fold, $2), id LIMIT $5"
            )
            for start in dict.fromkeys((wanted[:-_CLOSE], wanted[:1], "")):
                values = [path, wanted, start, start + chr(0x10FFFF), NEAR]
                near = base.execute(close, values).fetchall()
                if len(near) == NEAR or not start:
                    break
            return Found(None, near=tuple(str(each[0]) for each in near))

    def riskier_than(self, score: float) -> float:
        """Return the share of the customers with a lower score."""
        return float(np.searchsorted(self.sorted_scores, score, side="left") / max(1, len(self)))

    def timeline(self, key: str) -> pd.DataFrame:
        """Return a customer's events before the cutoff: table, moment, amount, label."""
        import duckdb

        path = self.folder / EVENTS
        if not path.exists():
            return pd.DataFrame(columns=["table", "moment", "amount", "label"])
        with duckdb.connect() as base:
            query = 'SELECT "table", moment, amount, label FROM read_parquet(?) WHERE id = ? ORDER BY moment'
            return base.execute(query, [str(path), key]).df()

    @cached_property
    def history(self) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray] | None:
        """Return columns, ``id`` and ``cutoff``, and truth of customers with outcomes, or None."""
        folder = self.folder / "history"
        if not (folder / "truth.npy").exists():
            return None
        return load_frame(folder / "frame"), load_frame(folder / "who"), np.load(folder / "truth.npy")
