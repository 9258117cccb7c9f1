"""Events in DuckDB, out of core: each source is read once into one form, and every statement is kept to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from custpred.errors import DataError
from custpred.events.columns import MICRO, quoted
from custpred.scratch import Scratch
from custpred.table import Finding
from custpred.text import plain, plural

if TYPE_CHECKING:
    from custpred.events.table import EventTable
    from custpred.table import Table

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_AMOUNTS = (*_NUMBERS, "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_OUR_OWN = {"D129", "D132"}
"""Findings about columns that are left out, or are ids, because this table of events asks so."""
_MOST = 9e12
"""Largest amount: its millionths still fit a 64-bit integer."""


@dataclass(frozen=True)
class Log:
    """What an events table holds."""

    name: str
    rows: int
    customers: int
    first: datetime
    last: datetime
    whole_days: bool
    """Whether every event stands at midnight, so that the last day is a whole one."""
    findings: tuple[Finding, ...] = ()
    origin: str = ""

    @property
    def end(self) -> datetime:
        """Return the midnight up to which the events are surely complete."""
        day = datetime.combine(self.last.date(), datetime.min.time())
        return day + timedelta(days=1) if self.whole_days else day


@dataclass
class Database:
    """A DuckDB of its own for one gathering; large tables spill into a folder that goes with it."""

    memory: int | None = None
    threads: int = 1
    statements: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        from custpred.source._duck import connect

        self._folder = Scratch()
        self.connection = connect()
        self.connection.execute(f"SET temp_directory = '{self._folder.path}'")
        self.connection.execute(f"SET threads = {self.threads}")
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute("SET enable_progress_bar = false")
        if self.memory:
            self.connection.execute(f"SET memory_limit = '{self.memory // 2**20}MiB'")
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()
        self._folder.remove()

    def run(self, sql: str) -> None:
        """Execute a statement and keep its text."""
        self.statements.append(sql.strip() + ";")
        self.connection.execute(sql)

    def one(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        # A result that is not read to its end blocks the connection.
        rows: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return rows[0]

    def arrays(self, sql: str) -> dict[str, Any]:
        """Return a query's columns as arrays; the statement is kept."""
        self.statements.append(sql.strip() + ";")
        found: dict[str, Any] = self.connection.execute(sql).fetchnumpy()
        return found

    def weeks(self, name: str) -> list[list[Any]]:
        """Return the events of each week of a loaded table, in time order."""
        sql = f"SELECT date_trunc('week', _at), count(*) FROM {quoted(name)} GROUP BY 1 ORDER BY 1"
        return [[f"{week:%Y-%m-%d}", count] for week, count in self.connection.execute(sql).fetchall()]

    def seen(self, name: str) -> dict[datetime, int]:
        """Return how many customers of a gathered table have events before each cutoff."""
        sql = f"SELECT cutoff, count(*) FROM {quoted(f'{name} by days')} GROUP BY 1"
        return dict(self.connection.execute(sql).fetchall())

    def load(self, name: str, table: EventTable) -> Log:
        """Read a source into ``name`` (events) and ``name_days`` (a row for each customer, day and day seen).

        Raises
        ------
        DataError
            If a column is missing or holds something else, or no event has a customer and a moment.
        """
        origin, findings = self._rows(name, table)
        rows = quoted(f"{name}_rows")
        total, nobody, never, lone = self.one(
            f"SELECT count(*), count(*) FILTER (WHERE customer IS NULL), count(*) FILTER (WHERE moment IS NULL),"
            f" coalesce(max(abs(amount)) FILTER (WHERE isfinite(amount)), 0) FROM {rows}"
        )
        if lone > _MOST:
            raise DataError(
                f"Wanted amounts below {_MOST:.0e} in {name!r}, found a larger one.",
                code="CP2223",
                column=name,
                remedy="Give amounts in a larger unit.",
            )
        again = self._repeats(name, table, total) if total else 0
        self.run(_events(name, table))
        self.run(_days(name))
        kept, customers, first, last, whole = self.one(
            "SELECT count(*), count(DISTINCT _customer), min(_at), max(_at),"
            f" coalesce(bool_and(_at = date_trunc('day', _at)), true) FROM {quoted(name)}"
        )
        if not kept:
            raise DataError(
                f"Wanted events with a customer and a moment in {name!r}, found none in {plural(total, 'row')}.",
                code="CP2222",
                column=name,
                remedy="Correct 'key' and 'time', or give more events.",
            )
        told = (*findings, *_told(name, table, (total, nobody, never, again)))
        return Log(name, kept, customers, first, last, whole, told, origin)

    def _rows(self, name: str, table: EventTable) -> tuple[str, tuple[Finding, ...]]:
        """Make the view ``name_rows`` with the columns of every table of events: customer, at, seen, amount, order."""
        direct = self._parquet(name, table)
        if direct is not None:
            return direct, ()
        read = _read(name, table)
        self.connection.register(f"{name} as read", read.frame)
        self.statements.append(f"-- {quoted(f'{name} as read')} holds the rows of {plain(read.origin)}")
        self.run(_view(name, table, quoted(f"{name} as read"), {}))
        return read.origin, tuple(each for each in read.findings if each.code not in _OUR_OWN)

    def _parquet(self, name: str, table: EventTable) -> str | None:
        """Let DuckDB scan Parquet files themselves, where their types leave nothing to guess."""
        source: Any = table.source
        if source.kind() != "parquet" or source.types or source.missing:
            return None
        from custpred.source._parquet import files_of, relation

        files = files_of(source.path)
        scanned = relation(self.connection, files)
        types = dict(zip(scanned.columns, map(str, scanned.types), strict=True))
        _check(name, table, list(types))
        moments = [types[each] for each in (table.time, table.available_at) if each]
        amounts = [types[each] for each in table.amount]
        if not all(each.startswith(("TIMESTAMP", "DATE")) for each in moments):
            return None
        if not all(each.startswith(_AMOUNTS) for each in amounts):
            return None
        listed = ", ".join("'" + str(file).replace("'", "''").replace("[", "[[]") + "'" for file in files)
        self.run(_view(name, table, f"read_parquet([{listed}])", types))
        return str(source.path)

    def _repeats(self, name: str, table: EventTable, total: int) -> int:
        """Count the rows that repeat another in all columns that are used."""
        if table.duplicates == "keep" and (table.order is not None or not table.amount):
            return 0  # lines of an order, and moments alone, repeat by right
        return int(total - self.one(f"SELECT count(*) FROM (SELECT DISTINCT * FROM {quoted(f'{name}_rows')})")[0])


def _check(name: str, table: EventTable, header: list[str]) -> None:
    missing = [each for each in dict.fromkeys(table.columns().values()) if each not in header]
    if missing:
        raise DataError.missing_columns(missing, header)


def _read(name: str, table: EventTable) -> Table:
    """Read a source through its own typing, only the columns that are used."""
    source, header = table.source, table.source.header()
    used = set(table.columns().values())
    if header is not None:
        _check(name, table, header)
        source = source.with_(drop=[each for each in header if each not in used])
    types = dict.fromkeys(table.labels(), "category") | ({table.order: "id"} if table.order else {})
    read = source.with_(types=types | source.types).read()
    _check(name, table, read.names)
    for column, kinds, what in (
        *((each, {"date"}, "dates") for each in (table.time, table.available_at) if each),
        *((each, {"number", "code", "constant", "empty"}, "numbers") for each in table.amount),
    ):
        found = read.column(column).kind
        if found not in kinds and not (found == "constant" and what == "dates"):
            raise DataError(
                f"Wanted {what} in column {column!r} of {name!r}, but it is of kind {found!r}.",
                code="CP2224",
                column=column,
                found=found,
                remedy=f"Name another column, or set events: {{{name}: {{types: {{{column}: {what[:-1]}}}}}}}.",
            )
    return read


def _view(name: str, table: EventTable, source: str, types: dict[str, str]) -> str:
    """Return the view that gives every table of events the same columns."""

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
    """Return the events table: rows of one order on one day are one event; amounts are whole millionths."""
    labels = [quoted(f"label {each}") for each in table.labels()]
    distinct = "DISTINCT " if table.duplicates == "drop" else ""
    used = ", ".join(["customer", "moment", "greatest(moment, seen) AS seen", "amount", '"order"', *labels])
    rows = f"SELECT {distinct}{used} FROM {quoted(f'{name}_rows')} WHERE customer IS NOT NULL AND moment IS NOT NULL"
    whole = f"CASE WHEN isfinite(amount) THEN CAST(round(amount * {MICRO:.0f}) AS BIGINT) END"
    if table.order is None:
        chosen = ["customer AS _customer", "moment AS _at", "seen AS _seen", f"{whole} AS _micro", *labels]
        body = f"SELECT {', '.join(chosen)} FROM ({rows})"
    else:
        dearest = [f"max({{'m': coalesce({whole}, 0), 'of': {e}}}).\"of\" AS {e}" for e in labels]
        chosen = ["customer AS _customer", "min(moment) AS _at", "max(seen) AS _seen", f"sum({whole}) AS _micro"]
        chosen += dearest
        by = "customer, \"order\", date_trunc('day', moment), date_trunc('day', seen)"
        body = f"SELECT {', '.join(chosen)} FROM ({rows}) GROUP BY {by}"
    sale = "true" if table.returns == "count" else "coalesce(_micro >= 0, true)"
    kept = " WHERE coalesce(_micro >= 0, true)" if table.returns == "drop" else ""
    return f"CREATE TABLE {quoted(name)} AS SELECT *, {sale} AS _sale FROM (\n  {body}\n){kept}"


def _days(name: str) -> str:
    return f"""CREATE TABLE {quoted(f"{name}_days")} AS SELECT
  _customer, date_trunc('day', _at) AS _day, date_trunc('day', _seen) AS _seen,
  count(*) FILTER (WHERE _sale) AS _sales, sum(_micro) AS _micro, sum(_micro) FILTER (WHERE _sale) AS _sold,
  min(_at) FILTER (WHERE _sale) AS _first, max(_at) FILTER (WHERE _sale) AS _last
FROM {quoted(name)} GROUP BY ALL"""


def _told(name: str, table: EventTable, counts: tuple[int, int, int, int]) -> list[Finding]:
    total, nobody, never, again = counts
    found = []
    for count, column, what in ((nobody, table.key, "customer"), (never, table.time, "moment")):
        if count:
            text = f"{plural(count, 'row')} of {total:,} in {name!r} have no {what} and were left out."
            severity: Any = "warning" if count > 0.01 * total else "info"
            found.append(Finding("D150", severity, text, column, {"rows": count}))
    if again:
        kept = "kept" if table.duplicates == "keep" else "left out"
        counted = f"{plural(again, 'row')} of {total:,} in {name!r}"
        text = f"{counted} repeat another in all columns that are used; they were {kept}."
        found.append(Finding("D151", "info", text, None, {"rows": again}))
    return found
