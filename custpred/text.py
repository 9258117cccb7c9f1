"""Formatting and parsing of durations, sizes and numbers, and text that is safe to print on a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)?\s*")


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
    match = _AMOUNT.fullmatch(str(value))
    unit = (match.group(2) or bare) if match else ""
    if match is None or unit not in units or float(match.group(1)) <= 0:
        raise ValueError(f"expected {wanted}, got {str(value)!r}")
    return float(match.group(1)) * units[unit]


Seconds = Annotated[float, BeforeValidator(seconds, json_schema_input_type=str | float)]
Bytes = Annotated[int, BeforeValidator(size, json_schema_input_type=str | int)]


def plain(text: object, limit: int = 200) -> str:
    r"""Return text without control characters or terminal escapes, in NFC, at most ``limit`` characters.

    >>> plain("a\x1b[31mb\n")
    'a[31mb'
    """
    kept = "".join(c for c in unicodedata.normalize("NFC", str(text)) if unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def listed(names: object, most: int = 5) -> str:
    """Join names for a sentence; names beyond ``most`` are counted.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = [plain(name, 60) for name in names]  # type: ignore[attr-defined]
    head, rest = every[:most], len(every) - most
    return f"{', '.join(head)} and {rest} more" if rest > 0 else ", ".join(head)


def four(value: float) -> str:
    """Format a number with four significant digits and thousands separators, without an exponent below a billion.

    >>> four(19130.4), four(0.05321), four(-2.5)
    ('19,130', '0.05321', '-2.5')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:,.4g}"


def digits(value: float, most: int = 9) -> float:
    """Round a number to significant digits, whatever its scale.

    >>> digits(0.8512345678912), digits(1.23456789123e-7)
    (0.851234568, 1.23456789e-07)
    """
    return float(f"{value:.{most}g}")


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
