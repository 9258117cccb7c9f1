"""Bytes to text that tells the truth: the encoding is found, reported, and never guessed across a fault."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from custpred.errors import DataError
from custpred.table import Finding
from custpred.text import plural

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Decoded(NamedTuple):
    """A file as UTF-8 bytes without a mark at the start, the encoding it had, and what was found."""

    data: bytes
    encoding: str
    findings: tuple[Finding, ...] = ()


def decode(data: bytes, place: str, encoding: str | None = None) -> Decoded:
    """Return the file as UTF-8.

    Parameters
    ----------
    data
        The whole file.
    place
        Its name, for errors.
    encoding
        The encoding that the recipe gives; found where None.

    Raises
    ------
    DataError
        If the bytes are not in that encoding, mix two, or hold NUL; it names line and byte.
    """
    found = _given(data, place, encoding) if encoding else _found(data, place)
    if (position := found.data.find(b"\0")) >= 0:
        raise _fault(found.data, position, place, "a NUL byte stands", "CP2115", "Remove it, or give `encoding`.")
    return found


def _given(data: bytes, place: str, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as cause:
        what = f"the bytes are not {encoding}"
        raise _fault(data, cause.start, place, what, "CP2103", "Correct `encoding`.") from cause
    return Decoded(text.lstrip("\ufeff").encode(errors="surrogatepass"), encoding)


def _found(data: bytes, place: str) -> Decoded:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _given(data, place, encoding)
    if data.isascii():
        return Decoded(data, "utf-8")
    try:
        data.decode()
    except UnicodeDecodeError as cause:
        return _not_utf8(data, place, cause.start)
    return Decoded(data, "utf-8")


def _not_utf8(data: bytes, place: str, first: int) -> Decoded:
    """Choose between CP949, Windows' Western page, Latin-1 and a mixture, which is an error."""
    korean = _try(data, "cp949")
    if korean is not None and _is_korean(data):
        return _reported(korean, "cp949")
    if _mostly_fits(data, "utf-8"):
        raise _mixed(data, first, place, "utf-8")
    if korean is None and _is_korean(data) and _mostly_fits(data, "cp949"):
        raise _mixed(data, _first_fault(data, "cp949"), place, "cp949")
    western = _try(data, "cp1252")
    return _reported(western, "cp1252") if western is not None else _reported(data.decode("latin-1"), "latin-1")


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_korean(data: bytes) -> bool:
    """Tell whether most bytes above 0x7F come in the pairs of common Hangul (both from 0xA1 on)."""
    high = bytes(byte for byte in data[: 1 << 20] if byte > 0x7F) or bytes(byte for byte in data if byte > 0x7F)
    text = data.decode("cp949", errors="ignore")
    hangul = sum("가" <= char <= "힣" for char in text[: 1 << 20] or text)
    common = sum(byte >= 0xA1 for byte in high)
    return hangul * 2 >= 0.6 * len(high) and common >= 0.9 * len(high)


def _mostly_fits(data: bytes, encoding: str) -> bool:
    text = data.decode(encoding, errors="replace")
    bad = text.count("\ufffd")
    good = len(text) - bad - sum(map(len, [text.encode("ascii", errors="ignore")]))
    return good >= 10 * bad or (encoding == "utf-8" and good > bad)


def _first_fault(data: bytes, encoding: str) -> int:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as cause:
        return cause.start
    return 0


def _reported(text: str, encoding: str) -> Decoded:
    message = f"The file is not UTF-8; it was read as {encoding} (detected). `encoding` overrides."
    return Decoded(text.encode(), encoding, (Finding("D101", "warning", message, numbers={"encoding": encoding}),))


def _mixed(data: bytes, position: int, place: str, encoding: str) -> DataError:
    what = f"the file is {encoding}, but other bytes stand"
    return _fault(data, position, place, what, "CP2103", "Save the whole file in one encoding.")


def _fault(data: bytes, position: int, place: str, what: str, code: str, remedy: str) -> DataError:
    line = data.count(b"\n", 0, position) + 1
    return DataError(
        f"Wanted text, but {what} in line {line:,} at byte {position:,} of {plural(len(data), 'byte')}.",
        code=code,
        place=f"{place}:{line}",
        found=f"byte 0x{data[position]:02X}",
        remedy=remedy,
    )
