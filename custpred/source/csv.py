"""Text files with one customer per line."""

from __future__ import annotations  # light: imports inside functions are deliberate

import codecs
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from custpred.source._reading.cost import Cost, by_lines, cost_of
from custpred.source._reading.header_line import names_of
from custpred.source._reading.path import find_files, matched
from custpred.source.base import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from custpred.source._raw import Raw
    from custpred.source._reading.parse import Parsed

_LINES = {None: "none", False: "none", True: "first", "infer": "auto"}


class Csv(Source):
    """Delimited text; encoding, separator, decimal mark and header are detected, or set.

    >>> Csv(path="customers.csv", drop=["closed_at"]).dump()
    {'kind': 'csv', 'drop': ['closed_at']}
    """

    model_config = ConfigDict(populate_by_name=True)
    text_only: ClassVar[bool] = True

    path: str = Field(
        "customers.csv",
        description="File, pattern such as orders/*.csv, or address (https, s3, gs); may be compressed (gz, zip, bz2).",
    )
    encoding: str | None = Field(None, description="Encoding such as utf-8 or cp949; default: detected.")
    separator: str | None = Field(
        None, min_length=1, max_length=3, description="One character, or ' ' for runs of spaces; default: detected."
    )
    decimal: Literal[",", "."] | None = Field(None, description="Decimal mark; default: detected for each column.")
    header_line: Annotated[
        Literal["auto", "first", "none"],
        BeforeValidator(
            lambda value: _LINES.get(value, value) if isinstance(value, int | str | None) else value,
            json_schema_input_type=str | int | None,
        ),
    ] = Field("auto", alias="header", description="Whether the first line holds names: first, none, or auto.")
    names: list[str] | None = Field(None, description="Column names, for files without a header.")
    quoting: Literal["double", "none"] = Field("double", description="Whether double quotes enclose fields.")
    bad_lines: Literal["error", "skip"] = Field(
        "error", description="How to handle lines with too many or too few fields; skipped ones are counted."
    )
    origin: str | None = Field(
        None,
        min_length=1,
        description="Name of an added column with the text that * matches in the file name of each row.",
    )

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            return value if value is None else codecs.lookup(value).name
        except LookupError as cause:
            raise ValueError(f"expected an encoding such as utf-8 or cp949, got {value!r}") from cause

    @field_validator("separator")
    @classmethod
    def _one(cls, value: str | None) -> str | None:
        tab = {"\\t": "\t", "tab": "\t"}.get(value or "", value)
        if tab is not None and len(tab) != 1 and tab != r"\s+":
            raise ValueError(f"expected one character, got {value!r}")
        return tab

    def raw(self) -> Raw:
        """Read all files, which must have the same columns."""
        from custpred.source._reading import parse

        files = find_files(self.path)
        return self._joined(files, [parse.parse(file, self) for file in files])

    def part(self, share: float, first: float = 0.0) -> Raw:
        """Read all rows of a share of customers; errors name no lines."""
        from custpred.source._reading import parse
        from custpred.source._reading.drawn import facts
        from custpred.source._reading.drawn_text import of_text, unnumbered

        drawn = {file: of_text(file, self, share, first) for file in find_files(self.path)}
        some = {file: each for file, each in drawn.items() if each.rows} or drawn
        read = []
        for file, each in some.items():
            with unnumbered(file):
                read.append(parse.parsed(each.data, file, self))
        raw = self._joined(list(some), read)
        finding, found = facts(len(raw.frame), sum(each.every for each in drawn.values()))
        return replace(raw, findings=(*raw.findings, finding), facts={**raw.facts, **found})

    def _joined(self, files: Sequence[Path], parsed: list[Parsed]) -> Raw:
        """Concatenate the files' rows, with a column for their origin if the recipe names one."""
        from custpred.source._reading import parse

        raw = parse.joined(parsed, self.path)
        if self.origin is None:
            return raw
        rows = [(matched(self.path, file), len(each.frame)) for file, each in zip(files, parsed, strict=True)]
        return parse.with_origin(raw, self.origin, rows)

    def cost(self) -> Cost:
        """Estimate the cost from the sizes and first bytes of the files."""
        files = find_files(self.path)
        return cost_of(files)._replace(divisible=by_lines(files, self.encoding))

    def header(self) -> list[str] | None:
        """Return the column names after reading only the first lines."""
        names = names_of(find_files(self.path)[0], self)
        return names if names is None or self.origin is None else [*names, self.origin]
