"""Events in DuckDB, out of core: each source is read once; every SQL statement is recorded."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from custpred.errors import DataError
from custpred.events.columns import MICRO
from custpred.events.plausible import day_of, plausible, today
from custpred.events.reading import Rows, called, check_columns, read
from custpred.source._reading.duck import connect
from custpred.source._reading.parquet_files import files_of, relation, undamaged
from custpred.source._typing.typing_notes import zone
from custpred.storage.scratch import Scratch, full
from custpred.table import Finding
from custpred.text import listed, plain, plural, quoted

if TYPE_CHECKING:
    from custpred.events.table import EventTable
    from custpred.storage.plain import JSON
    from custpred.table import Severity

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_AMOUNTS = (*_NUMBERS, "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_MOST = 9e12
"""Upper limit of amounts, so that their millionths fit a 64-bit integer."""


@dataclass(frozen=True)
class Log:
    """Summary of a loaded events table."""

    name: str
    rows: int
    customers: int
    first: datetime
    last: datetime
    whole_days: bool
    """Whether every event is at midnight, so that the last day is complete."""
    findings: tuple[Finding, ...] = ()
    origin: str = ""
    decimal: str | None = None
    """The decimal mark that was detected in a text file."""

    @property
    def end(self) -> datetime:
        """Return the midnight before which the events are known to be complete."""
        day = datetime.combine(self.last.date(), datetime.min.time())
        return day + timedelta(days=1) if self.whole_days else day


@dataclass
class Database:
    """A DuckDB connection to gather one table; large tables spill to a temporary folder."""

    memory: int | None = None
    threads: int = 1
    statements: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._folder = Scratch()
        self.connection = connect()
        self.connection.execute(f"SET temp_directory = '{self._folder.path}'")
        self.connection.execute(f"SET threads = {self.threads}")
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute("SET enable_progress_bar = false")
        if self.memory:
            self.connection.execute(f"SET memory_limit = '{self.memory // 2**20}MiB'")
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        import duckdb

        self.connection.close()
        self._folder.remove()
        if isinstance(error, duckdb.IOException) and "space" in str(error):  # has no error number
            raise full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from error

    def run(self, sql: str) -> None:
        """Execute a statement and record its text."""
        self.statements.append(sql.strip() + ";")
        self.connection.execute(sql)

    def one(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        # A result that is not read completely blocks the connection.
        rows: list[tuple[object, ...]] = self.connection.execute(sql).fetchall()
        return rows[0]

    def arrays(self, sql: str) -> JSON:
        """Return the columns of a query as arrays; the statement is recorded."""
        self.statements.append(sql.strip() + ";")
        found: JSON = self.connection.execute(sql).fetchnumpy()
        return found

    def weeks(self, name: str) -> list[list[object]]:
        """Return the number of events in each week of a loaded table, in order of time."""
        sql = f"SELECT date_trunc('week', _at), count(*) FROM {quoted(name)} GROUP BY 1 ORDER BY 1"
        return [[f"{week:%Y-%m-%d}", count] for week, count in self.connection.execute(sql).fetchall()]

    def seen(self, name: str) -> dict[datetime, int]:
        """Return the customers with earlier events, counted for each cutoff of a gathered table."""
        sql = f"SELECT cutoff, count(*) FROM {quoted(f'{name} by days')} GROUP BY 1"
        return dict(self.connection.execute(sql).fetchall())

    def load(self, name: str, table: EventTable, *, needed: bool = True) -> Log:
        """Read a source into ``name`` (events) and ``name_days`` (rows per customer and day).

        Parameters
        ----------
        needed
            Whether a table without events is an error.

        Raises
        ------
        DataError
            For missing columns, wrong content, or no event with a customer and a plausible time.
        """
        found = self._rows(name, table, needed=needed)
        rows = quoted(f"{name}_rows")
        total, nobody, never, lone = self.one(
            "SELECT count(*), count(*) FILTER (WHERE customer IS NULL),"
            " count(*) FILTER (WHERE moment IS NULL OR NOT isfinite(moment)),"
            f" coalesce(max(abs(amount)) FILTER (WHERE isfinite(amount)), 0) FROM {rows}"
        )
        if lone > _MOST:
            raise DataError(
                f"Expected amounts below {_MOST:.0e} in {called(name, table.source)}, found a larger one.",
                code="CP2223",
                column=name,
                remedy="Use a larger unit of amounts.",
            )
        self.run(_events(name, table))
        outside = self._plausible(name)
        self.run(_days(name))
        kept, customers, first, last, whole = self.one(
            "SELECT count(*), count(DISTINCT _customer), min(_at), max(_at),"
            f" coalesce(bool_and(_at = date_trunc('day', _at)), true) FROM {quoted(name)}"
        )
        if not kept and (needed or total):
            raise _nothing(name, table, (total, nobody, never))
        notes = (*found.findings, *_lost(name, table, (total, nobody, never, found.repeats)), *outside)
        return Log(name, kept, customers, first, last, whole, notes, found.origin, found.decimal)

    def _plausible(self, name: str) -> tuple[Finding, ...]:
        """Remove events in the future or far away from all others; return findings on them."""
        day = "date_diff('day', DATE '1970-01-01', CAST(_at AS DATE))"
        days = self.connection.execute(f"SELECT {day}, count(*) FROM {quoted(name)} GROUP BY 1 ORDER BY 1").fetchall()
        kept = plausible(days, today())
        if kept.outside:
            first, end = day_of(kept.first), day_of(kept.last + 1)
            self.run(f"DELETE FROM {quoted(name)} WHERE _at < DATE '{first}' OR _at >= DATE '{end}'")
        return kept.findings(name)

    def _rows(self, name: str, table: EventTable, *, needed: bool) -> Rows:
        """Create the view ``name_rows`` with columns customer, moment, seen, amount, order."""
        direct = self._parquet(name, table)
        if direct is not None:
            return direct
        found = read(name, table, needed=needed)
        self.connection.register(f"{name} as read", found.frame)
        self.statements.append(f"-- {quoted(f'{name} as read')} holds the rows of {plain(found.origin)}")
        self.run(_view(name, table, quoted(f"{name} as read"), {}))
        return found

    def _parquet(self, name: str, table: EventTable) -> Rows | None:
        """Let DuckDB scan Parquet files if their types are unambiguous; count duplicate rows."""
        source, path = table.source, table.source.scanned()
        if path is None or source.types or source.missing or table.duplicates != "keep":
            return None
        files = files_of(path)
        scanned = relation(self.connection, files)
        types = dict(zip(scanned.columns, map(str, scanned.types), strict=True))
        check_columns(name, table, list(types))
        moments = [each for each in (table.time, table.available_at) if each]
        amounts = [types[each] for each in table.amount]
        if not all(types[each].startswith(("TIMESTAMP", "DATE")) for each in moments):
            return None
        if not all(each.startswith(_AMOUNTS) for each in amounts):
            return None
        listed = ", ".join("'" + str(file).replace("'", "''").replace("[", "[[]") + "'" for file in files)
        self.run(_view(name, table, f"read_parquet([{listed}])", types))
        with undamaged(path):
            again = self.one(f"SELECT count(*) - count(DISTINCT hash(r)) FROM read_parquet([{listed}]) r")[0]
        return Rows(None, path, tuple(zone(each) for each in moments if "ZONE" in types[each]), int(again))


def _view(name: str, table: EventTable, source: str, types: dict[str, str]) -> str:
    """Return the SQL of the view with the common columns of events."""

    def moment(column: str) -> str:
        zoned = "ZONE" in types.get(column, "")
        return f"make_timestamp(epoch_us({quoted(column)}))" if zoned else f"CAST({quoted(column)} AS TIMESTAMP)"

    def text(column: str) -> str:
        return f"nullif(regexp_replace(trim(CAST({quoted(column)} AS VARCHAR)), '^(-?\\d+)\\.0$', '\\1'), '')"

    amount = " * ".join(f"CAST({quoted(each)} AS DOUBLE)" for each in table.amount) or "CAST(NULL AS DOUBLE)"
    seen = moment(table.available_at) if table.available_at else moment(table.time)
    columns = [
        f"{text(table.key)} AS customer",
        f"{moment(table.time)} AS moment",
        f"{seen} AS seen",
        f"{amount} AS amount",
        f'{text(table.order) if table.order else "CAST(NULL AS VARCHAR)"} AS "order"',
        *(f"{text(each)} AS {quoted(f'label {each}')}" for each in table.labels()),
    ]
    return f"CREATE VIEW {quoted(f'{name}_rows')} AS SELECT\n  " + ",\n  ".join(columns) + f"\nFROM {source}"


def _events(name: str, table: EventTable) -> str:
    """Return the SQL of the events table: one row per order and day, amounts in millionths."""
    labels = [quoted(f"label {each}") for each in table.labels()]
    used = ", ".join(["customer", "moment", "greatest(moment, seen) AS seen", "amount", '"order"', *labels])
    known = "customer IS NOT NULL AND isfinite(moment)"
    rows = f"SELECT {used} FROM {quoted(f'{name}_rows')} WHERE {known}"
    whole = f"CASE WHEN isfinite(amount) THEN CAST(round(amount * {MICRO:.0f}) AS BIGINT) END"
    if table.order is None:
        chosen = ["customer AS _customer", "moment AS _at", "seen AS _seen", f"{whole} AS _micro", *labels]
        body = f"SELECT {', '.join(chosen)} FROM ({rows})"
    else:
        most_expensive = [f"max({{'m': coalesce({whole}, 0), 'of': {e}}}).\"of\" AS {e}" for e in labels]
        chosen = ["customer AS _customer", "min(moment) AS _at", "max(seen) AS _seen", f"sum({whole}) AS _micro"]
        chosen += most_expensive
        by = "customer, \"order\", date_trunc('day', moment), date_trunc('day', seen)"
        body = f"SELECT {', '.join(chosen)} FROM ({rows}) GROUP BY {by}"
    sale = "true" if table.returns == "count" else "coalesce(_micro >= 0, true)"
    kept = " WHERE coalesce(_micro >= 0, true)" if table.returns == "drop" else ""
    return f"CREATE TABLE {quoted(name)} AS SELECT *, {sale} AS _sale FROM (\n  {body}\n){kept}"


def _days(name: str) -> str:
    return f"""CREATE TABLE {quoted(f"{name}_days")} AS SELECT
  _customer, date_trunc('day', _at) AS _day, date_trunc('day', _seen) AS _seen,
  count(*) FILTER (WHERE _sale) AS _sales, count(_micro) FILTER (WHERE _sale) AS _priced,
  sum(_micro) AS _micro, sum(_micro) FILTER (WHERE _sale) AS _sold,
  min(_at) FILTER (WHERE _sale) AS _first, max(_at) FILTER (WHERE _sale) AS _last
FROM {quoted(name)} GROUP BY ALL"""


def _lost(name: str, table: EventTable, counts: tuple[int, int, int, int]) -> list[Finding]:
    total, nobody, never, again = counts
    total += again if table.duplicates != "keep" else 0
    found = []
    for count, column, what in ((nobody, table.key, "customer"), (never, table.time, "time")):
        if count:
            gone = f"has no {what} and was" if count == 1 else f"have no {what} and were"
            text = f"{plural(count, 'row')} of {total:,} in {name!r} {gone} left out."
            severity: Severity = "warning" if count > 0.01 * total else "info"
            found.append(Finding("D150", severity, text, column, {"rows": count}))
    if again:
        verb = "repeats" if again == 1 else "repeat"
        counted = f"{plural(again, 'row')} of {total:,} in {name!r}"
        if table.duplicates == "keep":
            where = "in every column of the source; they were kept"
        elif table.duplicates == "drop":
            where = "in every column of the source; they were left out"
        else:
            where = f"in {listed(table.duplicates)}; they were left out"
        found.append(Finding("D151", "info", f"{counted} {verb} an earlier one {where}.", None, {"rows": again}))
    return found


def _nothing(name: str, table: EventTable, counts: tuple[int, int, int]) -> DataError:
    total, nobody, never = counts
    late = total - max(nobody, never)
    why = f"{nobody:,} without a customer, {never:,} without a time"
    why += f", {late:,} in the future (after {day_of(today())})" if late else ""
    return DataError(
        f"Expected events with a customer and a time in table {called(name, table.source)}, found none in"
        f" {plural(total, 'row')}: {why}.",
        code="CP2222",
        column=name,
        remedy="Correct 'key' and 'time', or provide more events.",
    )
