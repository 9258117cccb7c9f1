"""The recipe key ``columns``: strategies of single columns, with validation and schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from custpred.missing.base import Missing
    from custpred.storage.plain import State


def _family() -> type[Missing]:
    from custpred.missing.base import Missing

    return Missing


def _own(value: object) -> Missing:
    """Parse the strategy of one column, which cannot contain further columns."""
    spec = _family().parse(value)
    if spec.of is not None or spec.own():
        text = "expected a strategy for this one column, without 'of' and further 'columns'"
        raise PydanticCustomError("nested_columns", "{text}", {"text": text})
    return spec


def kinds(schema: State) -> None:
    """Write columns' strategies into a schema; one level deep, as it cannot contain itself."""
    every = {"enum": list(_family().kinds())}
    options = {"type": "object", "required": ["kind"], "properties": {"kind": every}}
    schema["additionalProperties"] = {"anyOf": [every, options]}


OwnStrategies = dict[str, Annotated[Any, PlainValidator(_own), PlainSerializer(lambda spec: spec.dump())]]
