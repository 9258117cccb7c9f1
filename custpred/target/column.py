"""A column of the table is the target."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from custpred.target.base import Labelled, Target

if TYPE_CHECKING:
    from custpred.table import Table


def _text(value: object) -> object:
    """Read ``positive: true`` and ``positive: 1`` of YAML as text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, bool | int | float) else value


class Column(Target):
    """A column that holds each customer's label: a class or an amount.

    >>> import pandas as pd
    >>> from custpred.table import Column as Described
    >>> from custpred.table import Table
    >>> left = pd.Categorical(["no", "yes"] * 20)
    >>> frame = pd.DataFrame({"income": [1.0, 2.0] * 20, "left": left})
    >>> table = Table(frame, (Described("income", "number"), Described("left", "category")))
    >>> labelled = Column(column="left").label(table)
    >>> labelled.task.kind, labelled.task.positive, labelled.table.names
    ('binary', 'yes', ['income'])
    """

    column: str = Field("target", min_length=1, description="Name of the column.")
    positive: Annotated[str | None, BeforeValidator(_text, json_schema_input_type=str | float | bool | None)] = Field(
        None, description="The positive label of two; default: inferred and reported."
    )
    task: Literal["auto", "binary", "multiclass", "regression"] = Field(
        "auto", description="Kind of task; auto infers it from the values."
    )
    drop_missing: bool = Field(False, description="Drop customers without a label, instead of an error.")

    def name(self) -> str:
        """Return the column's name."""
        return self.column

    def label(self, table: Table) -> Labelled:
        """Remove the column and encode its labels; rows without one are an error unless dropped."""
        from custpred.target._labels import labelled

        return labelled(table, self)
