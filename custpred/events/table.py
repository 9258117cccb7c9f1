"""A table of events in a recipe: a source, and its columns for customer, time, amount and item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_serializer, model_validator

from custpred.source.base import Source
from custpred.spec import OneOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_several = BeforeValidator(lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=object)
_MADE = {"key": "customer_id", "time": "ordered_at", "amount": ["amount"], "category": ["category"]}
"""Columns of the sample table of orders."""
_CUTOFF = "cutoff"
"""The column that gathered rows have."""
_ADDED = ("", "_rows", "_days", " as read", " by days", " by events")
"""Ends of the names of a table's parts in the database, which ignores case."""
_RESERVED = frozenset({"cutoffs", "customers_at"})


class EventTable(BaseModel):
    """A table of events: any source with a key, and its columns for time, amount and item."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    source: Annotated[Source, OneOf(Source)] = Field(description="Where the events come from, with the customer's key.")
    time: str = Field(min_length=1, description="Column with the time of the event.")
    amount: Annotated[list[str], _several] = Field(
        default_factory=list, description="Column with the amount; several are multiplied: [quantity, unit_price]."
    )
    available_at: str | None = Field(
        None, description="Column with the time at which the row became available, if rows arrive late."
    )
    order: str | None = Field(None, description="Column with the order's id: all rows of one order are one event.")
    category: Annotated[list[str], _several] = Field(
        default_factory=list, description="Columns with labels of the event, such as a category or channel."
    )
    item: str | None = Field(None, description="Column with what was bought, for `next`.")
    returns: Literal["subtract", "drop", "count"] = Field(
        "subtract",
        description="Rows with a negative amount: subtract from sums but do not count as events (steps keep them), "
        "drop, or count.",
    )
    duplicates: Literal["keep", "drop"] | Annotated[list[str], Field(min_length=1)] = Field(
        "keep",
        description="Rows that repeat an earlier one: keep, drop (if equal in every column of the source), or columns"
        " by which duplicates are found and dropped.",
    )

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: object) -> object:
        """Accept the source's options next to the table's own."""
        if not isinstance(value, dict) or "source" in value:
            return value
        own = {name: each for name, each in value.items() if name in cls.model_fields}
        rest = {name: each for name, each in value.items() if name not in own}
        if "sample" in rest:
            rest = {**rest, "sample": "orders", "key": rest.get("key", _MADE["key"])}
            own = {**{name: each for name, each in _MADE.items() if name != "key"}, **own}
        return {**own, "source": rest}

    @model_validator(mode="after")
    def _whose(self) -> EventTable:
        if self.source.key is None:
            raise ValueError("expected 'key', the column with the customer's id")
        if self.source.key == _CUTOFF:
            raise ValueError(f"the key cannot be called {_CUTOFF!r}, as the column of cutoffs is. Rename the column")
        return self

    @model_serializer(mode="plain")
    def _plain(self) -> dict[str, object]:
        """Write the source's options next to the table's own, without defaults."""
        usual = {name: field.get_default(call_default_factory=True) for name, field in type(self).model_fields.items()}
        own = {name: getattr(self, name) for name in usual if name != "source"}
        changed = {name: value for name, value in own.items() if name == "time" or value != usual[name]}
        return {**self.source.dump(), **changed}

    @property
    def key(self) -> str:
        """Return the column with the customer's id."""
        return str(self.source.key)

    def columns(self) -> dict[tuple[str | int, ...], str]:
        """Return the columns that the table's keys name, by key and position."""
        found: dict[tuple[str | int, ...], str | None] = {
            ("key",): self.key,
            ("time",): self.time,
            ("available_at",): self.available_at,
            ("order",): self.order,
            ("item",): self.item,
            **{("amount", i): name for i, name in enumerate(self.amount)},
            **{("category", i): name for i, name in enumerate(self.category)},
            **{("duplicates", i): name for i, name in enumerate(self.duplicates) if isinstance(self.duplicates, list)},
        }
        return {place: name for place, name in found.items() if name}

    def labels(self) -> list[str]:
        """Return the columns with labels of events, without repeats."""
        return list(dict.fromkeys([*self.category, *([self.item] if self.item else [])]))


def clashes(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name of a table that cannot be used next to the others, and why.

    >>> [name for name, _ in clashes(["orders", "visits", "Orders", "visits_days", "cutoffs"])]
    ['Orders', 'visits_days', 'cutoffs']
    """
    taken = set(_RESERVED)
    for name in names:
        own = {f"{name}{end}".casefold() for end in _ADDED}
        if name.casefold() in _RESERVED:
            yield name, "this name is reserved; use another one."
        elif own & taken:
            yield name, "there is a table of this name, but for case or an added '_days' or '_rows'; use another one."
        taken |= own
