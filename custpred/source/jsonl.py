"""JSON lines: one object per line; or one array of objects."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING

from pydantic import Field

from custpred.source.base import Source

if TYPE_CHECKING:
    from custpred.source._raw import Raw


class JsonLines(Source):
    """JSON lines, or one array of objects: each has single values; absent ones are missing.

    Files end in .jsonl, .ndjson or .json.
    """

    path: str = Field(
        "customers.jsonl", description="File, or a pattern such as orders/*.jsonl; may be compressed (gz, zip, bz2)."
    )

    def raw(self) -> Raw:
        """Read every object of every file; columns are in the order of first occurrence."""
        from custpred.source._reading.json_lines import read

        return read(self.path)
