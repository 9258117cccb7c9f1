"""Database addresses: secrets come from the environment and are never shown."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote

from custpred.errors import DataError, did_you_mean, nearest
from custpred.table import Finding

SCHEMES = ("duckdb", "sqlite", "postgresql")
_OTHERS = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9_]+)?")
"""Schemes of other databases, which need SQLAlchemy, such as ``mysql+pymysql``."""
_ENV = re.compile(r"\$\{ENV:([A-Za-z_][A-Za-z0-9_]*)\}")
_PASSWORD = re.compile(r"(?<=://)([^/?#]*?)(:)(.*)(@)(?=[^@]*$)", re.S)
_OPTION = re.compile(r"((?:password|passwd|pwd|secret|token|key|sslpassword|sig|credential)\w*=)([^&\s]+)", re.I)


def check(url: str) -> str:
    """Return the address if its scheme is known; the error message never contains a password."""
    scheme = url.partition("://")[0] if "://" in url else ""
    scheme = "postgresql" if scheme == "postgres" else scheme
    if scheme not in SCHEMES and (not _OTHERS.fullmatch(scheme) or (nearest(scheme, SCHEMES) and "+" not in scheme)):
        hint = did_you_mean(scheme, SCHEMES) if scheme else ""
        raise ValueError(f"expected an address that starts with one of {', '.join(f'{s}://' for s in SCHEMES)}.{hint}")
    return url


def split_table(text: str) -> tuple[str, str] | None:
    """Return address and table of ``ADDRESS::TABLE``; None if the text names no table.

    >>> split_table("shop.duckdb::crm.customers"), split_table("shop.csv")
    (('shop.duckdb', 'crm.customers'), None)
    """
    where, mark, name = text.rpartition("::")
    return (where, name.strip()) if mark else None


def named(place: str) -> str:
    """Return a table's name by its place: the file's without ending, the table's without schema.

    >>> named("data/shop.csv"), named("postgresql://host/shop::crm.june")
    ('shop', 'june')
    """
    found = split_table(place)
    return found[1].rpartition(".")[2] if found else Path(place).stem


def moved(place: str, home: Path) -> str:
    """Resolve a place named in a file: paths are relative to its folder, addresses unchanged."""
    if "://" in place:
        return place
    found = split_table(place)
    path, table = (found[0], f"::{found[1]}") if found else (place, "")
    return os.path.relpath(Path(path).resolve(), home) + table


def quoted_table(name: str) -> str:
    """Quote a table name, with an optional schema before a dot, for standard SQL.

    >>> quoted_table("crm.customers")
    '"crm"."customers"'
    """
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def expanded(url: str, *, verbatim: bool = False) -> str:
    """Replace ``${ENV:NAME}`` with values of the environment, verbatim or quoted for an address.

    Raises
    ------
    DataError
        If a variable is not set; the message names it.
    """
    for name in _ENV.findall(url):
        if name not in os.environ:
            raise DataError(
                f"Expected the environment variable {name} for an address, but it is not set.",
                code="CP2130",
                remedy=f"Set it, such as with: export {name}=...",
            )
    # A secret may hold any character; in a server's address some would end the password.
    safe = "" if url.startswith("postgres") else "/:"
    return _ENV.sub(lambda at: os.environ[at[1]] if verbatim else quote(os.environ[at[1]], safe=safe), url)


def redacted(url: str) -> str:
    """Return the address without secrets; references to the environment stay.

    >>> redacted("postgresql://me:pw@host/shop"), redacted("postgresql://me:${ENV:PW}@host/shop")
    ('postgresql://me:***@host/shop', 'postgresql://me:${ENV:PW}@host/shop')
    """
    plain = _OPTION.sub(lambda match: _hide(match, 2, 1), url)
    return _PASSWORD.sub(lambda match: _hide(match, 3, 1, 2, 4), plain)


def _hide(match: re.Match[str], secret: int, *around: int) -> str:
    kept = match.group(secret) if _ENV.fullmatch(match.group(secret)) else "***"
    before = "".join(match.group(place) for place in around if place < secret)
    return before + kept + "".join(match.group(place) for place in around if place > secret)


def without_secrets(text: str, url: str) -> str:
    """Remove the secrets of an address from a text such as a driver's message."""
    found = [match.group(2) for match in _OPTION.finditer(url)]
    found += [match.group(3) for match in _PASSWORD.finditer(_OPTION.sub(r"\1***", url))]
    pieces = [piece for secret in found for piece in (secret, unquote(secret), *secret.split("@"))]
    for secret in (url, *sorted(filter(None, pieces), key=len, reverse=True)):
        text = text.replace(secret, "***")
    return text


def findings(url: str) -> list[Finding]:
    """Warn about a password in the recipe itself."""
    if redacted(url) == url:
        return []
    text = "The database password is in the recipe; use ${ENV:NAME} to keep it out of files."
    return [Finding("D134", "warning", text)]
