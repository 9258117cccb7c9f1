"""Rows of a query to a database."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_serializer, field_validator

from custpred.source._raw import Raw
from custpred.source.base import Source


class Sql(Source):
    """A query to DuckDB, SQLite or PostgreSQL, read-only; secrets in the address only as ${ENV:NAME}."""

    url: str = Field(
        "duckdb:///:memory:",
        description="duckdb:///file, sqlite:///file or postgresql://user:${ENV:PASSWORD}@host/database.",
        repr=False,
    )
    query: str = Field("SELECT 1 AS one", min_length=1, description="One SELECT statement.")

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        from custpred.source._url import check

        return check(value)

    @field_serializer("url", when_used="json")
    def _hidden(self, value: str) -> str:
        from custpred.source._url import redacted

        return redacted(value)

    def raw(self) -> Raw:
        """Run the query; a connection that drops is tried again, three times in all."""
        from custpred.source import _database, _url

        frame = _database.rows(_url.expanded(self.url), self.query)
        return Raw(frame, _url.redacted(self.url), tuple(_url.findings(self.url)))

    def __repr_args__(self) -> Any:
        """Show the address without its password."""
        from custpred.source._url import redacted

        yield from super().__repr_args__()
        yield "url", redacted(self.url)
