"""Bytes to text: the encoding is detected and reported; bytes that do not fit are an error."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from custpred.errors import DataError
from custpred.table import Finding

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HANGUL = re.compile("[가-힣]+")
_SOME = 1 << 20
_PIECE = 1 << 16
"""Number of bytes whose text fits into the processor cache."""
_BINARY = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Let its name end in .xlsx, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save it as .xlsx or CSV"),
    (b"PAR1", "a Parquet file", "Let its name end in .parquet"),
)
"""First bytes of files that may have the name of a text file, what they are, and a remedy."""


class Decoded(NamedTuple):
    """A file as UTF-8 bytes without a byte order mark, its original encoding, and findings."""

    data: bytes
    encoding: str
    findings: tuple[Finding, ...] = ()


def decode(data: bytes, place: str, encoding: str | None = None, *, whole: bool = True) -> Decoded:
    """Return a file, or its start, as UTF-8.

    Parameters
    ----------
    data
        The file.
    place
        Its name, for errors.
    encoding
        The encoding set in the recipe; None: detected.
    whole
        Whether ``data`` is the whole file; the start of a file may end inside a character.

    Raises
    ------
    DataError
        If the bytes are not in that encoding, mix two encodings, or hold NUL; names line and byte.
    """
    _refuse_binary(data, place)
    found = _given(data, place, encoding, whole) if encoding else _found(data, place, whole)
    if (position := found.data.find(b"\0")) >= 0:
        raise _fault(found.data, position, place, "a NUL byte occurs", "CP2115", "Remove it, or set `encoding`.")
    return found


def _refuse_binary(data: bytes, place: str) -> None:
    """Refuse known binary files, to which the remedies for damaged texts do not apply."""
    for start, what, remedy in _BINARY:
        if data.startswith(start) and b"\0" in data[:_PIECE]:
            message = f"Expected text, but {place} is {what}."
            raise DataError(message, code="CP2115", place=place, found=what, remedy=f"{remedy}.")


def _text(data: bytes, encoding: str, whole: bool) -> str:
    return data.decode(encoding) if whole else codecs.getincrementaldecoder(encoding)().decode(data)


def _given(data: bytes, place: str, encoding: str, whole: bool) -> Decoded:
    try:
        text = _text(data, encoding, whole)
    except UnicodeDecodeError as cause:
        what = f"the bytes are not {encoding}"
        raise _fault(data, cause.start, place, what, "CP2103", "Correct `encoding`.") from cause
    return Decoded(text.lstrip("\ufeff").encode(errors="surrogatepass"), encoding)


def _is_utf8(data: bytes) -> bool:
    """Decode by blocks without keeping the text, which would take up to four times the size."""
    view = memoryview(data)
    start = 0
    while start < len(data):
        try:
            _, used = codecs.utf_8_decode(view[start : start + _PIECE], "strict", start + _PIECE >= len(data))
        except UnicodeDecodeError:
            return False
        start += used
    return True


def _found(data: bytes, place: str, whole: bool) -> Decoded:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return _given(data, place, encoding, whole)
    if data.isascii() or (whole and _is_utf8(data)):
        return Decoded(data, "utf-8")
    try:
        _text(data, "utf-8", whole)
    except UnicodeDecodeError as cause:
        return _not_utf8(data, place, cause.start, whole)
    return Decoded(data, "utf-8")


def _not_utf8(data: bytes, place: str, first: int, whole: bool) -> Decoded:
    """Choose between CP949, Windows-1252 and Latin-1; a mixture is an error."""
    korean = _try(data, "cp949", whole)
    if korean is not None and _is_korean(data):
        return _reported(korean, "cp949")
    if _mostly_fits(data, "utf-8"):
        raise _mixed(data, first, place, "utf-8")
    if korean is None and _is_korean(data) and _mostly_fits(data, "cp949"):
        raise _mixed(data, _first_fault(data, "cp949"), place, "cp949")
    western = _try(data, "cp1252", whole)
    return _reported(western, "cp1252") if western is not None else _reported(data.decode("latin-1"), "latin-1")


def _try(data: bytes, encoding: str, whole: bool) -> str | None:
    try:
        return _text(data, encoding, whole)
    except UnicodeDecodeError:
        return None


def _is_korean(data: bytes) -> bool:
    """Return whether most bytes above 0x7F form pairs of common Hangul (both from 0xA1 on)."""
    some = data if data[:_SOME].isascii() else data[:_SOME]
    high = some.translate(None, bytes(range(0x80)))
    common = len(high.translate(None, bytes(range(0x80, 0xA1))))
    hangul = sum(map(len, _HANGUL.findall(some.decode("cp949", errors="ignore"))))
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
    what = f"the file is {encoding}, but other bytes occur"
    return _fault(data, position, place, what, "CP2103", "Save the whole file in one encoding.")


def _fault(data: bytes, position: int, place: str, what: str, code: str, remedy: str) -> DataError:
    line = data.count(b"\n", 0, position) + 1
    return DataError(
        f"Expected text, but {what} in line {line:,} at byte {position:,}.",
        code=code,
        place=f"{place}:{line}",
        found=f"byte 0x{data[position]:02X}",
        remedy=remedy,
    )
