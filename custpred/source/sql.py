"""Rows of a query to a database."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import Any

from pydantic import Field, field_serializer, field_validator

from custpred.source._raw import Raw
from custpred.source.base import Source


class Sql(Source):
    """Rows of DuckDB, SQLite or PostgreSQL, read-only; secrets in the address only as ${ENV:NAME}."""

    url: str = Field(
        "duckdb:///:memory:",
        description="duckdb:///file, sqlite:///file or postgresql://user:${ENV:PASSWORD}@host/database.",
        repr=False,
    )
    path: str | None = Field(None, description="A file of SQLite or DuckDB, instead of `url`.")
    query: str | None = Field(
        None, min_length=1, description="One SELECT statement; all of the one table of the database where not given."
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        from custpred.source._reading.addresses import check

        return check(value)

    @field_serializer("url", when_used="json")
    def _hidden(self, value: str) -> str:
        from custpred.source._reading.addresses import redacted

        return redacted(value)

    def raw(self) -> Raw:
        """Run the query; a connection that drops is tried again, three times in all."""
        from custpred.source._reading import addresses, database, database_file

        url = database_file.address(self.path) if self.path else addresses.expanded(self.url)
        frame = database.rows(url, self.query or database_file.whole_table(url))
        return Raw(frame, self.path or addresses.redacted(self.url), tuple(addresses.findings(self.url)))

    def __repr_args__(self) -> Any:
        """Show the address without its password."""
        from custpred.source._reading.addresses import redacted

        yield from super().__repr_args__()
        yield "url", redacted(self.url)
