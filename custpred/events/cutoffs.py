"""The cutoffs: features look back from them and labels look forward."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from custpred.errors import DataError
from custpred.events.spans import Day, SomeSpan, days, midnight, moved
from custpred.text import plural

if TYPE_CHECKING:
    from custpred.events.database import Log
    from custpred.events.gather import Window


def _last(value: object) -> str:
    return "auto" if value == "auto" else midnight(value)


class Cutoffs(BaseModel):
    """Midnights; features use ``time < cutoff``, labels ``[cutoff + gap, cutoff + gap + horizon)``.

    >>> Cutoffs().model_dump(exclude_defaults=True)
    {}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    every: SomeSpan = Field("1mo", description="Span from one cutoff to the next.")
    count: int = Field(12, ge=1, le=500, description="Maximum number of cutoffs; those too early are dropped.")
    last: Annotated[str, BeforeValidator(_last, json_schema_input_type=str)] = Field(
        "auto", description="Last cutoff, such as 2024-06-30; auto: the latest whose labels are known."
    )
    at: list[Day] = Field(default_factory=list, description="Days to use instead, such as [2024-03-31, 2024-06-30].")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: object) -> object:
        """Read ``auto``, one day, or a list of days."""
        if value == "auto":
            return {}
        if isinstance(value, list | tuple):
            return {"at": list(value)}
        return value if isinstance(value, dict) else {"at": [value]}

    def moments(self, legal: datetime, earliest: datetime) -> tuple[list[datetime], int]:
        """Return the cutoffs, oldest first, and the number dropped because they are too early.

        Parameters
        ----------
        legal
            The latest cutoff whose labels are known.
        earliest
            Cutoffs before it are dropped, unless they are listed in ``at``.

        Raises
        ------
        DataError
            CP2220 if the labels of a cutoff are not known yet, CP2221 if no cutoff is left.
        """
        named = [datetime.fromisoformat(day) for day in self.at]
        last = legal if self.last == "auto" else datetime.fromisoformat(self.last)
        wanted = named or [moved(last, self.every, -back) for back in range(self.count)]
        late = [moment for moment in wanted if moment > legal]
        if late:
            raise _too_late(max(late), legal)
        kept = sorted(set(wanted if named else [moment for moment in wanted if moment >= earliest]))
        if not kept:
            raise DataError(
                f"Expected a cutoff with a horizon of events before it, but all are before {earliest:%Y-%m-%d}, the"
                f" earliest such day; the latest possible cutoff is {legal:%Y-%m-%d}.",
                code="CP2221",
                remedy=f"Write `cutoffs: {{last: {legal:%Y-%m-%d}}}` or `last: auto`.",
            )
        return kept, len(set(wanted)) - len(kept)


def _too_late(cutoff: datetime, legal: datetime) -> DataError:
    return DataError(
        f"The labels of cutoff {cutoff:%Y-%m-%d} are not known yet: gap and horizon end after the last complete day of"
        f" events. The latest possible cutoff is {legal:%Y-%m-%d}.",
        code="CP2220",
        found=f"{cutoff:%Y-%m-%d}",
        remedy=f"Write `cutoffs: {{last: {legal:%Y-%m-%d}}}` or `last: auto`.",
    )


def latest(log: Log, window: Window, called: str) -> datetime:
    """Return the latest cutoff whose labels are known; ``called`` names the table and its file.

    Raises
    ------
    DataError
        CP2221 if the events do not cover gap and horizon.
    """
    length, gap = max(0, (log.end - log.first).days), days(window.gap)
    if length > gap + days(window.horizon) and (legal := window.latest(log.end)) > log.first:
        return legal
    room = int(length - gap) // 2
    shorter = "Write a shorter gap, and provide" if gap else "Provide"
    if room > 0:
        shorter = f"Write `target: {{horizon: {room}d}}` or less, or provide"
    raise DataError(
        f"Expected more days of events than gap and horizon ({window.gap} and {window.horizon}), but table {called} has"
        f" {plural(length, 'day')}, from {log.first:%Y-%m-%d} to {log.last:%Y-%m-%d}.",
        code="CP2221",
        found=plural(length, "day"),
        remedy=f"{shorter} events over a longer time.",
    )
