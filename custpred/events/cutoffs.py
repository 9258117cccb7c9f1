"""The moments from which features look back and answers look forward."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from custpred.errors import DataError
from custpred.events.spans import Day, SomeSpan, midnight, moved


def _last(value: object) -> str:
    return "auto" if value == "auto" else midnight(value)


class Cutoffs(BaseModel):
    """Midnights: features see ``time < cutoff``, answers ``[cutoff + gap, cutoff + gap + horizon)``."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    every: SomeSpan = Field("1mo", description="Span from one cutoff to the next.")
    count: int = Field(12, ge=1, le=500, description="Number of cutoffs at most; too early ones are left out.")
    last: Annotated[str, BeforeValidator(_last, json_schema_input_type=str)] = Field(
        "auto", description="Last cutoff, such as 2024-06-30; auto: the latest whose answers are known."
    )
    at: list[Day] = Field(default_factory=list, description="Days to use instead, such as [2024-03-31, 2024-06-30].")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        """Read ``auto``, one day, or a list of days."""
        if value == "auto":
            return {}
        if isinstance(value, list | tuple):
            return {"at": list(value)}
        return value if isinstance(value, dict) else {"at": [value]}

    def moments(self, legal: datetime, earliest: datetime) -> tuple[list[datetime], int]:
        """Return the cutoffs, oldest first, and how many were left out as too early.

        Parameters
        ----------
        legal
            The latest cutoff whose answers are known.
        earliest
            Counted cutoffs before it are left out.

        Raises
        ------
        DataError
            CP2220 if a named cutoff's answers are not known yet, CP2221 if none is left.
        """
        named = [datetime.fromisoformat(day) for day in self.at]
        last = legal if self.last == "auto" else datetime.fromisoformat(self.last)
        wanted = named or [moved(last, self.every, -back) for back in range(self.count)]
        late = [moment for moment in wanted if moment > legal]
        if late:
            raise _unripe(max(late), legal)
        kept = sorted(set(wanted if named else [moment for moment in wanted if moment >= earliest]))
        if not kept:
            raise DataError(
                f"Wanted a cutoff with events before it and all its answers after it, but the latest legal cutoff is"
                f" {legal:%Y-%m-%d} and the events begin too late for it.",
                code="CP2221",
                remedy="Give a longer time of events, or a shorter gap and horizon.",
            )
        return kept, len(set(wanted)) - len(kept)


def _unripe(cutoff: datetime, legal: datetime) -> DataError:
    return DataError(
        f"The answers to cutoff {cutoff:%Y-%m-%d} are not known yet: gap and horizon end after the last whole day of"
        f" events. The latest legal cutoff is {legal:%Y-%m-%d}.",
        code="CP2220",
        found=f"{cutoff:%Y-%m-%d}",
        remedy=f"Write `cutoffs: {{last: {legal:%Y-%m-%d}}}` or `last: auto`.",
    )
