"""Formatting and parsing of durations, sizes and numbers; text safe for a terminal."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from math import floor, inf, log10
from sys import float_info
from typing import TYPE_CHECKING, Annotated, TypeGuard

from pydantic import BeforeValidator, PlainSerializer

from custpred.errors import CustpredError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "JPY": "¥", "INR": "₹"}
_NO_MINOR_UNITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ₩ 원 ¥ 円 엔"
"""Currencies without minor units: ISO 4217, and signs that recipes use in place of the code."""
_WHOLE = frozenset(_NO_MINOR_UNITS.split())
UNITS = ((1e9, 1e9, " bn"), (1e6, 1e6, " M"))
KOREAN_UNITS = ((1e8, 1e8, "억"), (1e6, 1e4, "만"))
"""Units of abbreviated amounts: the least amount, the size and the name of each."""

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_LARGEST = float_info.max
_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)?\s*")


def quoted(name: str) -> str:
    """Return a name as an SQL identifier.

    >>> print(quoted("last order"))
    "last order"
    """
    return '"' + name.replace('"', '""') + '"'


def seconds(value: object) -> float:
    """Read a duration such as ``90s``, ``5m`` or ``1h``; a bare number is seconds.

    >>> seconds("5m"), seconds(60)
    (300.0, 60.0)
    """
    return _amount(value, _SECONDS, "s", "a duration such as 60s, 5m or 1h")


def size(value: object) -> int:
    """Read a size such as ``4GB``; a bare number is bytes.

    >>> size("4GB")
    4000000000
    """
    return int(_amount(str(value).upper(), _BYTES, "B", "a size such as 500MB or 4GB"))


def _amount(value: object, units: dict[str, float] | dict[str, int], bare: str, wanted: str) -> float:
    text = f"{Decimal(str(value)):f}" if finite(value) else str(value)  # no exponent
    match = _AMOUNT.fullmatch(text)
    amount = float(match.group(1)) * units.get(match.group(2) or bare, 0) if match else 0.0
    if not 0 < amount < inf:
        raise ValueError(f"expected {wanted}, got {plain(value, 60)!r}")
    return amount


def duration(value: float) -> str:
    """Write seconds as recipes do, in the largest exact unit up to days; ``seconds`` reads it.

    >>> duration(10540800.0), duration(5400.0), duration(90.5), duration(0.25)
    ('122d', '90m', '90.5s', '250ms')
    """
    for unit in ("d", "h", "m", "s") if value >= 1 else ("ms",):
        count = value / _SECONDS[unit]
        if count.is_integer() and count * _SECONDS[unit] == value:
            return f"{count:.0f}{unit}"
    return f"{Decimal(repr(value)):f}s"


def bytes_text(value: int) -> str:
    """Write bytes as recipes do, in the largest exact unit; ``size`` reads it.

    >>> bytes_text(4_000_000_000), bytes_text(2**30), bytes_text(1_234)
    ('4GB', '1GiB', '1234B')
    """
    whole = [unit for unit, many in _BYTES.items() if value % many == 0]
    unit = max(whole, key=lambda each: _BYTES[each])
    return f"{value // _BYTES[unit]}{unit.replace('IB', 'iB')}"


Seconds = Annotated[
    float,
    BeforeValidator(seconds, json_schema_input_type=str | float),
    PlainSerializer(duration, return_type=str, when_used="json-unless-none"),
]
Bytes = Annotated[
    int,
    BeforeValidator(size, json_schema_input_type=str | int),
    PlainSerializer(bytes_text, return_type=str, when_used="json-unless-none"),
]


def plain(text: object, limit: int = 200) -> str:
    r"""Return text without control characters or escapes, in NFC, at most ``limit`` long.

    >>> plain("a\x1b[31mb\n")
    'a[31mb'
    """
    kept = "".join(c for c in unicodedata.normalize("NFC", str(text)) if unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def describe(error: BaseException) -> str:
    """Return a one-line description of an error.

    >>> describe(ValueError("no rows")), describe(CustpredError("no rows"))
    ('ValueError: no rows', 'CP9000 no rows')
    """
    own = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return plain(error if isinstance(error, CustpredError) else own)


def listed(names: object, most: int = 5) -> str:
    """Join names for a sentence; names beyond ``most`` are counted.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = [plain(name, 60) for name in names]  # type: ignore[attr-defined]
    head, rest = every[:most], len(every) - most
    return f"{', '.join(head)} and {rest} more" if rest > 0 else ", ".join(head)


def finite(value: object) -> TypeGuard[float]:
    """Return whether a value is a number that can be shown; integers beyond all floats cannot.

    >>> finite(10**300), finite(10**400), finite(inf)
    (True, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def unsigned(text: str) -> str:
    """Return a written number with a minus sign, or without a sign if it is zero.

    >>> unsigned("-2.50") == MINUS + "2.50", unsigned("-0.0")
    (True, '0.0')
    """
    return text.lstrip("+-") if reads_zero(text) else text.replace("-", MINUS)


def reads_zero(text: str) -> bool:
    """Return whether a written number has no digit but 0.

    >>> reads_zero("0.0"), reads_zero("+0.1")
    (True, False)
    """
    return not text.strip("+-0.,")


def number(value: object, digits: int = 3) -> str:
    """Return a number with the given significant digits, never an exponent.

    >>> number(1234.5), number(0.01234), number(-2.5) == MINUS + "2.5"
    ('1,234', '0.0123', True)
    """
    if not finite(value):
        return NOTHING
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}".replace("-", MINUS)
    places = min(max(digits - 1 - floor(log10(abs(value))), 0), 9)
    text = f"{value:,.{places}f}"
    return unsigned(text.rstrip("0").rstrip(".") if "." in text else text)


def signed(value: object) -> str:
    """Return a number with its sign.

    >>> signed(11.2), signed(0.0)
    ('+11.2', '0')
    """
    return ("+" if finite(value) and value > 0 else "") + number(value)


def decimal(value: object, *, sign: bool = False) -> str:
    """Return a number with one decimal, so that sums can be checked.

    >>> decimal(17.04, sign=True), decimal(-0.01, sign=True)
    ('+17.0', '0.0')
    """
    if not finite(value):
        return NOTHING
    return unsigned(f"{value:+,.1f}" if sign else f"{value:,.1f}")


def part(amount: float, unit: str) -> str:
    """Return a signed contribution: one decimal for points, three digits for amounts.

    >>> part(0.123, "points"), part(0.123, "")
    ('+0.1', '+0.123')
    """
    return decimal(amount, sign=True) if unit else signed(amount)


def share_of_100(value: object) -> str:
    """Return a share in percent with one decimal, never rounded to 0 % or 100 %.

    >>> share_of_100(60.04), share_of_100(0.01), share_of_100(99.99), share_of_100(0.0)
    ('60.0%', '< 0.1%', '> 99.9%', '0.0%')
    """
    if finite(value) and 0 < value < 0.05:
        return "< 0.1%"
    return "> 99.9%" if finite(value) and 99.95 <= value < 100 else f"{decimal(value)}%"


def minor_digits(currency: str) -> int:
    """Return the decimals of small amounts in a currency.

    >>> minor_digits("KRW"), minor_digits("USD"), minor_digits("")
    (0, 2, 2)
    """
    return 0 if currency.upper() in _WHOLE else 2


def money(
    value: object, currency: str = "", units: Sequence[tuple[float, float, str]] = (), beside: Sequence[float] = ()
) -> str:
    """Return an amount with its currency; decimals below 100 if the currency has them.

    Parameters
    ----------
    units
        For abbreviated amounts: the least amount of each unit, its size, and its name.
    beside
        Amounts that are read together with it: those of one unit have the decimals of the largest.

    >>> money(27.656, "KRW"), money(27.656, "USD"), money(950, "CHF"), money(-0.2, "JPY")
    ('₩28', '$27.66', '950 CHF', '¥0')
    >>> [money(each, "USD", UNITS, [27.656, 142.4, 9.95e6, 1.23e7]) for each in (27.656, 9.95e6)]
    ['$28', '$9.9 M']
    """
    if not finite(value):
        return NOTHING
    unit = _unit(value, units)
    _, scale, name = unit
    every = [abs(each) / scale for each in (value, *beside) if finite(each) and _unit(each, units) == unit]
    if name:
        places = len(number(max(every)).partition(".")[2])
    else:
        places = 0 if max(every) >= 100 or all(each == int(each) for each in every) else minor_digits(currency)
    text = f"{abs(value) / scale:,.{places}f}{name}"
    sign = MINUS if value < 0 and text.strip("0.,") else ""
    mark = _SIGNS.get(currency)
    return f"{sign}{mark}{text}" if mark else f"{sign}{text} {currency}".rstrip()


def _unit(value: float, units: Sequence[tuple[float, float, str]]) -> tuple[float, float, str]:
    return next((unit for unit in units if abs(value) >= unit[0]), (0.0, 1.0, ""))


def four(value: float) -> str:
    """Format a number with four significant digits; no exponent below a billion.

    >>> four(19130.4), four(0.05321), four(-2.5)
    ('19,130', '0.05321', '-2.5')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:,.4g}"


def digits(value: float) -> float:
    """Round a number to nine significant digits, whatever its scale.

    >>> digits(0.8512345678912), digits(1.23456789123e-7)
    (0.851234568, 1.23456789e-07)
    """
    return float(f"{value:.9g}")


def score_text(value: float) -> str:
    """Format a score with four decimals, or four significant digits if it is small or large.

    >>> score_text(0.85), score_text(1.234e-7), score_text(19130.4)
    ('0.8500', '1.234e-07', '19,130')
    """
    return f"{value:.4f}" if value == 0 or 0.01 <= abs(value) < 1000 else four(value)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "row"), plural(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
