"""SQL dialects: names, literals, types, and expressions that read a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from custpred.errors import DataError, NotApplicable, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST = 1.7976931348623157e308
SINGLE = 3.4028234663852886e38
"""The largest 64-bit and 32-bit floats."""
MOST_LISTED = 4
"""Maximum number of constants in a list that DuckDB does not plan as a join."""


@dataclass(frozen=True)
class Dialect:
    """The SQL dialect of an engine; texts with ``{x}`` are templates for one expression.

    Parameters
    ----------
    quote
        The quote character of names.
    double, timestamp
        Types of 64-bit floats and of timestamps.
    single
        The type of 32-bit floats; None: the engine has none, and numbers are rounded by arithmetic.
    typed
        Suffix of a literal that makes it a 64-bit float instead of a decimal.
    escaped
        Whether a backslash in a text is an escape character.
    number, text, folded
        Templates of a cell as a number or NULL, as a trimmed text, as a text to compare.
    moment, days, of_year
        Templates of a cell as a timestamp, and of the fractional days since 1970 and the day of the
        year of a timestamp.
    listed
        Template of one of several constants, by its position from 1.
    match
        Template of the part of a text that matches a regular expression, empty or NULL if none
        does; an empty template: the engine has no regular expressions.
    fence
        The end of a statement's part, which keeps the engine from inlining it into the next.
    most_bytes, part_bytes, most_columns
        Maximum bytes of a single statement, of one of several, and maximum columns; None: too high
        to matter.  DuckDB's limits are set by its planning time, which grows faster than the text.
    most_listed
        Maximum constants of one ``IN``; None: any number.  DuckDB plans longer lists as joins, one
        for each list.
    """

    name: str
    number: str
    text: str
    folded: str
    moment: str
    days: str
    of_year: str = "EXTRACT(DOY FROM {x})"
    listed: str = "CAST('[{items}]' AS DOUBLE[])[{x}]"
    match: str = "REGEXP_EXTRACT({x}, {pattern})"
    quote: str = '"'
    double: str = "DOUBLE"
    timestamp: str = "TIMESTAMP"
    single: str | None = None
    typed: str = ""
    escaped: bool = False
    fence: str = ""
    most_bytes: int | None = None
    part_bytes: int = 750_000
    most_columns: int | None = None
    most_listed: int | None = None

    def named(self, name: str) -> str:
        """Quote the name of a column or table.

        >>> DIALECTS["duckdb"].named('a "b'), DIALECTS["spark"].named("a b")
        ('"a ""b"', '`a b`')
        """
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def of(self, what: Literal["number", "text", "folded", "moment", "days", "of_year"], x: str) -> str:
        """Return a template filled with an expression.

        >>> DIALECTS["duckdb"].of("number", "age")
        'TRY_CAST(age AS DOUBLE)'
        """
        template: str = getattr(self, what)
        return template.replace("{x}", x)

    def literal(self, value: float) -> str:
        """Return a 64-bit float with an exponent, as engines read other literals as decimals.

        >>> DIALECTS["duckdb"].literal(0.1), DIALECTS["postgres"].literal(-2)
        ('0.1e0', '-2.0e0::float8')
        """
        return f"{_number(value)}{self.typed}"

    def chosen(self, values: Iterable[float], x: str) -> str:
        """Return the expression that picks one of several numbers by index, from 1.

        >>> DIALECTS["duckdb"].chosen([0.5, 2], "leaf")
        "CAST('[0.5e0, 2.0e0]' AS DOUBLE[])[leaf]"
        """
        items = ", ".join(_number(value) for value in values)
        return self.listed.replace("{items}", items).replace("{x}", x)

    def quoted(self, text: str) -> str:
        r"""Quote a text.

        >>> DIALECTS["duckdb"].quoted("it's"), DIALECTS["bigquery"].quoted("it's")
        ("'it''s'", "'it\\'s'")
        """
        if self.escaped:
            plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
            return f"'{plain}'"
        return "'" + text.replace("'", "''") + "'"

    def among(self, x: str, constants: Sequence[str]) -> str:
        """Return the condition that an expression is one of several constants.

        >>> DIALECTS["duckdb"].among("plan", ["'a'", "'b'", "'c'", "'d'", "'e'"])
        "(plan IN ('a', 'b', 'c', 'd') OR plan IN ('e'))"
        """
        most = self.most_listed or len(constants)
        lists = [", ".join(constants[i : i + most]) for i in range(0, len(constants), most)]
        found = " OR ".join(f"{x} IN ({each})" for each in lists)
        return found if len(lists) == 1 else f"({found})"

    def matched(self, x: str, pattern: str) -> str:
        """Return the part of a text that matches a regular expression without groups.

        >>> DIALECTS["postgres"].matched("car", "^[^ ]+")
        "SUBSTRING(car FROM '^[^ ]+')"

        Raises
        ------
        NotApplicable
            If the engine has no regular expressions.
        """
        if not self.match:
            raise NotApplicable(f"{self.name} has no regular expressions, so words cannot be separated")
        return self.match.replace("{pattern}", self.quoted(pattern)).replace("{x}", x)

    def rounded(self, x: str) -> str:
        """Return a 64-bit float rounded to 32 bits, as models read it, no infinity."""
        most = self.literal(SINGLE)
        kept = f"CASE WHEN {x} > {most} THEN {most} WHEN {x} < -{most} THEN -{most} ELSE {x} END"
        if self.single:
            return f"CAST(CAST({kept} AS {self.single}) AS {self.double})"
        split = f"({x} * {self.literal(2**29 + 1)})"  # Veltkamp 1968: the upper 24 bits
        return f"CASE WHEN ABS({x}) > {self.literal(1e30)} THEN {kept} ELSE {split} - ({split} - {x}) END"

    def finite(self, x: str) -> str:
        """Return a number; NULL for infinite values and NaN.

        >>> DIALECTS["duckdb"].finite("x")
        'CASE WHEN x >= -1.7976931348623157e+308 AND x <= 1.7976931348623157e+308 THEN x END'
        """
        most = self.literal(LARGEST)
        return f"CASE WHEN {x} >= -{most} AND {x} <= {most} THEN {x} END"


def _number(value: float) -> str:
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


_BLANKS = r"E' \t\r\n'"
_DAY = (
    r"[0-9]{4}-(02-(0[1-9]|1[0-9]|2[0-8])|(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30))"
    r"|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
)
_CLOCK = r"(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?|24:00(:00)?)"
_ZONE = r"(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?(:[0-5][0-9])?)"
_ISO = rf"^(?!0000)({_DAY})([ T]{_CLOCK}{_ZONE}?)?\s*$"
_PLAIN = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\s*$"
_TEXT = "CAST({x} AS TEXT)"
_CHARS = "CAST({x} AS VARCHAR)"
_IN_RANGE = f"LENGTH({_TEXT}) < 200 AND {_TEXT} !~ '[eE].*[0-9]{{3}}'"
"""PostgreSQL refuses a whole statement for one cast out of range, and has no cast that does not."""
_CHECKED = (
    f"CASE WHEN {_IN_RANGE} THEN CAST({_TEXT} AS FLOAT8) WHEN ABS(CAST({_TEXT} AS NUMERIC)) < 4.95e-324 THEN 0.0"
    f" WHEN ABS(CAST({_TEXT} AS NUMERIC)) <= {LARGEST} THEN CAST({_TEXT} AS FLOAT8) END"
)
_AT_ZONE = ":[0-9][0-9]([.][0-9]+)? ?([Zz]|[+-][0-9][0-9](:?[0-9][0-9])*)[ ]*$"
"""The end of a time with its zone, which a cast to a timestamp without one ignores."""
_TIME = "EXTRACT(HOUR FROM {x}) * 3600 + EXTRACT(MINUTE FROM {x}) * 60 + EXTRACT(SECOND FROM {x})"

DIALECTS = {
    each.name: each
    for each in (
        Dialect(
            "duckdb",
            number="TRY_CAST({x} AS DOUBLE)",
            text=f"NFC_NORMALIZE(TRIM(CAST({{x}} AS VARCHAR), {_BLANKS}))",
            folded=r"LOWER(REGEXP_REPLACE({x}, '\s+', ' ', 'g'))",
            moment=f"CASE WHEN REGEXP_MATCHES({_CHARS}, '{_AT_ZONE}') THEN TRY_CAST({_CHARS} AS TIMESTAMPTZ)"
            " AT TIME ZONE 'UTC' ELSE TRY_CAST({x} AS TIMESTAMP) END",
            days="(EPOCH_MS({x}) / 86400000.0e0)",
            single="FLOAT",
            most_bytes=2_000_000,
            part_bytes=250_000,
            most_listed=MOST_LISTED,
        ),
        Dialect(
            "postgres",
            number=f"CASE WHEN {_TEXT} ~ '{_PLAIN}' THEN {_CHECKED} END",
            text=f"NORMALIZE(BTRIM(CAST({{x}} AS TEXT), {_BLANKS}), NFC)",
            folded=r"LOWER(REGEXP_REPLACE(NORMALIZE({x}, NFKC), '\s+', ' ', 'g'))",
            moment=f"CASE WHEN {_TEXT} !~ '{_ISO}' THEN NULL WHEN {_TEXT} ~ '{_AT_ZONE}'"
            f" THEN CAST({_TEXT} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE CAST({_TEXT} AS TIMESTAMP) END",
            days="(CAST(FLOOR(EXTRACT(EPOCH FROM {x}) * 1000) AS FLOAT8) / 86400000.0e0::float8)",
            listed="(CAST('{{items}}' AS FLOAT8[]))[{x}]",
            match="SUBSTRING({x} FROM {pattern})",
            double="FLOAT8",
            single="FLOAT4",
            typed="::float8",
            fence="OFFSET 0",
            most_columns=1600,
        ),
        Dialect(
            "spark",
            number="TRY_CAST({x} AS DOUBLE)",
            text="TRIM(CAST({x} AS STRING))",
            folded=r"LOWER(REGEXP_REPLACE({x}, '\\s+', ' '))",
            moment=f"CASE WHEN CAST({{x}} AS STRING) RLIKE '{_AT_ZONE}' THEN TO_UTC_TIMESTAMP("
            "TRY_CAST({x} AS TIMESTAMP), CURRENT_TIMEZONE()) ELSE TRY_CAST({x} AS TIMESTAMP) END",
            days=f"(UNIX_DATE(CAST({{x}} AS DATE)) + ({_TIME}) / 86400.0e0)",
            listed="ELEMENT_AT(ARRAY({items}), {x})",
            match="REGEXP_EXTRACT({x}, {pattern}, 0)",
            quote="`",
            single="FLOAT",
            escaped=True,
        ),
        Dialect(
            "snowflake",
            number="COALESCE(AS_DOUBLE(TO_VARIANT({x})), TRY_TO_DOUBLE(TO_VARCHAR({x})))",
            text="TRIM(TO_VARCHAR({x}))",
            folded=r"LOWER(REGEXP_REPLACE({x}, '\\s+', ' '))",
            moment=f"CASE WHEN REGEXP_LIKE(TO_VARCHAR({{x}}), '.*{_AT_ZONE}') THEN CAST(CONVERT_TIMEZONE('UTC', "
            "TRY_TO_TIMESTAMP_TZ(TO_VARCHAR({x}))) AS TIMESTAMP_NTZ) ELSE TRY_TO_TIMESTAMP_NTZ(TO_VARCHAR({x})) END",
            days="(DATE_PART(EPOCH_MILLISECOND, {x}) / 86400000.0e0)",
            of_year="DAYOFYEAR({x})",
            listed="CAST(GET(ARRAY_CONSTRUCT({items}), {x} - 1) AS DOUBLE)",
            match="REGEXP_SUBSTR({x}, {pattern})",
            timestamp="TIMESTAMP_NTZ",
            escaped=True,
            most_bytes=1_000_000,
        ),
        Dialect(
            "bigquery",
            number="SAFE_CAST({x} AS FLOAT64)",
            text="NORMALIZE(TRIM(CAST({x} AS STRING)), NFC)",
            folded=r"LOWER(REGEXP_REPLACE({x}, r'\s+', ' '))",
            moment="DATETIME(SAFE_CAST(CAST({x} AS STRING) AS TIMESTAMP))",
            days="(UNIX_MILLIS(TIMESTAMP({x})) / 86400000.0e0)",
            of_year="EXTRACT(DAYOFYEAR FROM {x})",
            listed="[{items}][ORDINAL({x})]",
            quote="`",
            double="FLOAT64",
            timestamp="DATETIME",
            escaped=True,
            most_bytes=1_000_000,
            most_columns=10_000,
        ),
    )
}


def dialect_of(name: str) -> Dialect:
    """Return a dialect by its name.

    Raises
    ------
    DataError
        CP2421 for an unknown name; the message suggests the nearest.
    """
    if name in DIALECTS:
        return DIALECTS[name]
    raise DataError(
        f"Expected SQL of {', '.join(DIALECTS)}, got {name[:40]!r}.{did_you_mean(name, DIALECTS)}",
        code="CP2421",
        remedy="Name one of them with --sql.",
    )
