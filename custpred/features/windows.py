"""Activity in the last days, weeks and months before the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from custpred.events.columns import MICRO, Gathered, doubled, of_tables
from custpred.events.spans import SomeSpan, days
from custpred.features._names import Columns, idle
from custpred.features.base import Feature
from custpred.task import Suited
from custpred.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import pandas as pd

    from custpred.events.table import EventTable
    from custpred.step import State
    from custpred.target._horizon import Horizon
    from custpred.task import Task


SPANS = ("7d", "30d", "90d", "180d", "365d")
"""Spans that ``auto`` gathers, as far as the history covers them."""


class Windows(Feature):
    """Counts, sums, means, distinct labels and trends of events in spans before the cutoff.

    ``orders_count_90d``, ``orders_amount_sum_90d``, ``orders_amount_mean_90d``,
    ``orders_category_different_90d``, and ``orders_count_trend_90d``, the share of the last 180
    days' events in the last 90.  Gathered before the split; nothing is learned.
    """

    of: Columns = Field((), description="Tables of events; default: all.")
    spans: tuple[SomeSpan, ...] = Field(
        ("7d", "30d", "90d", "365d"), min_length=1, description="Spans before the cutoff, such as [30d, 6mo]."
    )
    trends: bool = Field(True, description="Add the events in a span as a share of those in twice the span.")

    @field_validator("spans")
    @classmethod
    def _different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(dict.fromkeys(value), key=days))

    @classmethod
    def of_events(cls, target: Horizon, tables: Mapping[str, EventTable], *, sequences: bool) -> Suited | None:
        """Return the spec with the spans that the history covers."""
        reach = float("inf") if target.history is None else days(target.history)
        spans = tuple(span for span in SPANS if days(span) <= reach)
        return Suited(place=20, specs=(cls(spans=spans),)) if spans else None

    def gather(self, tables: Mapping[str, EventTable]) -> Iterator[Gathered]:
        """Yield the columns of each table and span."""
        for name, table in of_tables(self.of, tables):
            for span in self.spans:
                yield from self._of_span(name, table, span)

    def _of_span(self, name: str, table: EventTable, span: str) -> Iterator[Gathered]:
        start = f"FILTER (WHERE d._day >= c.{quoted(span)})"
        count = f"sum(d._sales) {start}"
        yield Gathered(f"{name}_count_{span}", name, count, "days", "count", (span,))
        if table.amount:
            yield Gathered(
                f"{name}_amount_sum_{span}", name, f"sum(d._micro) {start} / {MICRO}", "days", "count", (span,)
            )
            mean = f"sum(d._sold) {start} / {MICRO} / nullif(sum(d._priced) {start}, 0)"
            yield Gathered(f"{name}_amount_mean_{span}", name, mean, "days", "number", (span,))
        if self.trends:
            twice = doubled(span)
            before = f"sum(d._sales) FILTER (WHERE d._day >= c.{quoted(twice)})"
            trend = f"coalesce({count}, 0) / nullif({before}, 0)"
            yield Gathered(f"{name}_count_trend_{span}", name, trend, "days", "number", (span, twice))
        for label in table.category:
            column = quoted(f"label {label}")
            different = f"count(DISTINCT e.{column}) FILTER (WHERE e._sale AND e._at >= c.{quoted(span)})"
            yield Gathered(f"{name}_{label}_different_{span}", name, different, "events", "count", (span,))

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn nothing: the columns were gathered before the split."""
        ends = tuple(f"_{span}" for span in self.spans)
        if any(str(name).endswith(ends) for name in X.columns):
            return {}
        return idle("The table was not gathered from events.")
