"""Recency, frequency and monetary value, and the segments based on them."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.columns.history import FIRST_TO_LAST, LAST_ITEM, MEAN_AMOUNT, REPEATS, SINCE_FIRST, history_name
from custpred.events.columns import DAY, MICRO, Gathered, days_before, of_tables
from custpred.features._names import Columns, idle, made_from, note
from custpred.features.base import Feature
from custpred.task import Suited
from custpred.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.events.table import EventTable
    from custpred.step import State
    from custpred.target._horizon import Horizon
    from custpred.task import Task

_LAST, _SALES = "max(d._last)", "sum(d._sales)"
_RECENCY = "days_since_last_"
_SCORED = (("recency", _RECENCY + "{}"), ("frequency", "{}_count"), ("monetary", "{}_amount_sum"))


class Rfm(Feature):
    """Recency, frequency, monetary value and age of each table of events, with scores and segments.

    Gathered from events before the cutoff: ``days_since_last_orders``, ``orders_count``,
    ``orders_amount_sum``, the purchase history in days (``orders_repeats``, ...), the customer's
    mean interval, and the days overdue.  Learned in the fold: quantiles for scores (5: best).
    """

    of: Columns = Field((), description="Tables of events; default: all.")
    scores: int = Field(5, ge=2, le=10, description="Number of scores; 5 means quintiles.")
    segments: bool = Field(True, description="Add the named segment, such as champions or at risk; needs 5 scores.")

    @classmethod
    def of_events(cls, target: Horizon, tables: Mapping[str, EventTable], *, sequences: bool) -> Suited | None:
        """Return the spec for ``auto``, which gathers from every table."""
        return Suited(place=10)

    def gather(self, tables: Mapping[str, EventTable]) -> Iterator[Gathered]:
        """Yield the columns of each table."""
        for name, table in of_tables(self.of, tables):
            yield from _times(name, late=table.available_at is not None)
            if table.amount:
                yield from _amounts(name, late=table.available_at is not None)
            for label in table.labels():
                column = quoted(f"label {label}")
                newest = f"max({{'at': e._at, 'of': e.{column}}}) FILTER (WHERE e._sale AND e.{column} IS NOT NULL)"
                made = history_name(name, LAST_ITEM) if label == table.item else f"{name}_{label}_last"
                yield Gathered(made, name, f"struct_extract({newest}, 'of')", "events", "category")

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the quantiles of each table's recency, frequency and monetary value."""
        from custpred.columns.dtypes import numbers
        from custpred.features._cuts import ordered, quantile_cuts

        numeric, learned, wanted = set(numbers(X)), [], []
        for table in self.of or tuple(str(name)[len(_RECENCY) :] for name in X.columns if _is_recency(name)):
            inputs = {part: name.format(table) for part, name in _SCORED if name.format(table) in numeric}
            if "recency" not in inputs or "frequency" not in inputs:
                continue
            cuts = {p: quantile_cuts(ordered(X[n].to_numpy(dtype=float)), self.scores) for p, n in inputs.items()}
            learned.append({"inputs": inputs, "cuts": cuts})
            wanted += [(f"{table}: {part} score", [name]) for part, name in inputs.items()]
            if self._named():
                wanted.append((f"{table}: segment", [inputs["recency"], inputs["frequency"]]))
        if not learned:
            return idle("The table was not gathered from events.")
        text = f"Scores 1 to {self.scores} by the training customers' quantiles; the highest is best."
        return {
            "tables": learned,
            "made": made_from(wanted, X.columns),
            "notes": [note(text, code="F103")],
        }

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the scores and, as a category, the segment; a missing value gives a missing value."""
        from custpred.features._segments import scored, segment

        def score(batch: ColumnBatch) -> None:
            made: list[object] = []
            for table in state.get("tables", []):
                scores = {
                    part: scored(batch[name], table["cuts"][part], part) for part, name in table["inputs"].items()
                }
                made += scores.values()
                if self._named():
                    made.append(segment(scores["recency"], scores["frequency"]))
            batch.columns.update(zip(state.get("made", {}), made, strict=True))

        return score

    def _named(self) -> bool:
        return self.segments and self.scores == 5


def _is_recency(name: object) -> bool:
    return isinstance(name, str) and name.startswith(_RECENCY) and len(name) > len(_RECENCY)


def _days(condition: str, *, late: bool) -> str:
    """Return the SQL of the number of days with such purchases; late rows can split a day."""
    what = "DISTINCT d._day" if late else "*"
    return f"count({what}) FILTER (WHERE {condition})"


def _times(name: str, *, late: bool) -> Iterator[Gathered]:
    since_last, bought = days_before(_LAST), _days("d._sales > 0", late=late)
    first, last = (f"{what}(d._day) FILTER (WHERE d._sales > 0)" for what in ("min", "max"))
    between = f"(epoch_us({last}) - epoch_us({first})) / {DAY:.0f}"
    pace = f"({between} / nullif({bought} - 1, 0))"
    yield Gathered(f"{_RECENCY}{name}", name, since_last)
    yield Gathered(f"{name}_count", name, _SALES, kind="count")
    yield Gathered(f"{name}_days_between", name, pace)
    yield Gathered(f"{name}_days_late", name, f"{since_last} - {pace}")
    yield Gathered(history_name(name, REPEATS), name, f"nullif({bought}, 0) - 1")
    yield Gathered(history_name(name, FIRST_TO_LAST), name, between)
    yield Gathered(history_name(name, SINCE_FIRST), name, days_before(first))


def _amounts(name: str, *, late: bool) -> Iterator[Gathered]:
    first = "struct_extract(min({'day': d._day, 'sum': d._sold}) FILTER (WHERE d._sales > 0), 'sum')"
    if late:  # the first day may have several rows
        days = "list({'day': d._day, 'sum': d._sold}) FILTER (WHERE d._sales > 0)"
        first = f"list_sum([x.sum FOR x IN {days} IF x.day = min(d._day) FILTER (WHERE d._sales > 0)])"
    repeats = f"{_days('d._priced > 0', late=late)} - CAST({first} IS NOT NULL AS INTEGER)"
    mean = f"(sum(d._sold) - coalesce({first}, 0)) / {MICRO} / nullif({repeats}, 0)"
    yield Gathered(f"{name}_amount_sum", name, f"sum(d._micro) / {MICRO}", kind="count")
    yield Gathered(f"{name}_amount_mean", name, f"sum(d._sold) / {MICRO} / nullif(sum(d._priced), 0)")
    yield Gathered(history_name(name, MEAN_AMOUNT), name, mean)
