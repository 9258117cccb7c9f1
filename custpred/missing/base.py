"""The contract of missing-value strategies."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

from custpred.step import Step


def _own(value: object) -> Missing:
    """Read one column's strategy, which cannot hold further columns."""
    spec = Missing.parse(value)
    if spec.of is not None or spec.own():
        text = "wanted a strategy for this one column, without 'of' and further 'columns'"
        raise PydanticCustomError("nested_columns", "{text}", {"text": text})
    return spec


def _kinds(schema: dict[str, Any]) -> None:
    """Tell editors what a column's strategy may be; one level deep, as a schema cannot hold itself."""
    kinds = {"enum": list(Missing.kinds())}
    options = {"type": "object", "required": ["kind"], "properties": {"kind": kinds}}
    schema["additionalProperties"] = {"anyOf": [kinds, options]}


OwnStrategies = dict[str, Annotated[Any, PlainValidator(_own), PlainSerializer(lambda spec: spec.dump())]]


class Missing(Step):
    """How gaps are met; each strategy can add a column that says where they were."""

    indicator: bool = Field(False, description="Add a 0/1 column for each column that had gaps in training.")
    of: tuple[str, ...] | None = Field(None, description="Columns to treat; all where left out.")
    columns: Annotated[OwnStrategies, Field(json_schema_extra=_kinds)] = Field(
        default_factory=dict, description="Columns with a strategy of their own, each a kind or a map with its options."
    )

    def __hash__(self) -> int:
        return hash(json.dumps(self.dump(), sort_keys=True))

    def own(self) -> dict[str, Missing]:
        """Return the columns that have a strategy of their own."""
        return self.columns

    def halves(self) -> tuple[Missing | None, Missing | None]:
        """Return what changes columns and what removes training rows, each as a spec of its own."""
        return self, None

    def parts(self) -> tuple[Missing, ...]:
        """Return the steps to take, in order: one step either changes columns or removes training rows."""
        return (self,)
