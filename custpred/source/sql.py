"""Rows of a query to a database."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import Any, Self

from pydantic import Field, field_serializer, field_validator, model_validator

from custpred.source._raw import Raw
from custpred.source._reading.addresses import check, expanded, findings, redacted, split_table
from custpred.source._reading.path import remote
from custpred.source.base import Source


class Sql(Source):
    """Rows of a database, read-only; secrets in the address only as ${ENV:NAME}."""

    url: str = Field(
        "duckdb:///:memory:",
        description="duckdb:///file, sqlite:///file or postgresql://user:${ENV:PASSWORD}@host/database; others, such "
        "as mysql+pymysql:// need SQLAlchemy (extra: sqlalchemy).",
        repr=False,
    )
    path: str | None = Field(
        None, description="An SQLite or DuckDB file, instead of `url`; or ADDRESS::TABLE, such as shop.db::customers."
    )
    table: str | None = Field(
        None, min_length=1, description="A table, optionally with its schema, as in crm.customers."
    )
    query: str | None = Field(
        None, min_length=1, description="One SELECT statement; default: `table`, or the only table of the database."
    )

    @model_validator(mode="before")
    @classmethod
    def _split(cls, options: Any) -> object:
        """Read ``path: ADDRESS::TABLE`` as an address, or a file, and a table."""
        split = split_table(str(options["path"])) if isinstance(options, dict) and options.get("path") else None
        if split is None:
            return options
        place = "url" if "://" in split[0] and not remote(split[0]) else "path"
        return {**{key: value for key, value in options.items() if key != "path"}, place: split[0], "table": split[1]}

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if self.table and self.query:
            raise ValueError("set a table or a query, not both")
        return self

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        return check(value)

    @field_serializer("url", when_used="json")
    def _hidden(self, value: str) -> str:
        return redacted(value)

    def raw(self) -> Raw:
        """Run the query; dropped connections are retried, up to three attempts."""
        from custpred.source._reading import database, database_file

        url = database_file.address(self.path) if self.path else expanded(self.url)
        query = self.query or (database.all_of(url, self.table) if self.table else database_file.whole_table(url))
        frame = database.rows(url, query)
        return Raw(frame, self.path or redacted(self.url), tuple(findings(self.url)))

    def __repr_args__(self) -> Any:
        """Show the address without its password."""
        yield from super().__repr_args__()
        yield "url", redacted(self.url)
