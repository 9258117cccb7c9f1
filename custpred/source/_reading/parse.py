"""Read a text file with pandas' parser, and check for faults that the parser silently ignores."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.errors import DataError
from custpred.source._raw import Raw
from custpred.source._reading import faults
from custpred.source._reading.decode import decode
from custpred.source._reading.layout import SPACES, Layout, layout_of
from custpred.source._reading.path import read_bytes
from custpred.source._typing import number_text
from custpred.source._typing.cells import cells_of
from custpred.source._typing.forms import EXACT
from custpred.source._typing.names import clean_name, clean_names
from custpred.table import Finding
from custpred.text import listed, plain, plural

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.source.csv import Csv
    from custpred.storage.plain import JSON

_CHUNK = 1 << 17
"""Bytes processed together: a block fits into the processor cache."""
_LABEL = re.compile(r"^\s*(?:\+|-?0[0-9])", re.M)
_LABEL_KINDS = ("id", "category", "text", "date")


@dataclass(frozen=True)
class Parsed:
    """One file: its values as parsed, and findings."""

    place: str
    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    facts: JSON


def parse(path: Path, options: Csv) -> Parsed:
    """Read one file.

    Raises
    ------
    DataError
        For every fault of the file; the message names the line.
    """
    return parsed(read_bytes(path), path, options)


def parsed(content: bytes, path: Path, options: Csv) -> Parsed:
    """Read the content of a file, or its header and some of its rows; raises as ``parse`` does."""
    place = plain(path.name)
    found = decode(content, place, options.encoding)
    layout = layout_of(found.data, options, place)
    names, findings = clean_names(layout.names, place)
    data = found.data
    skipped: tuple[Finding, ...] = ()
    if options.bad_lines == "skip":
        data, layout, skipped = _skip(data, layout)
    frame, decimal = _values(data, layout, options, place)
    frame.columns = pd.Index(names, dtype=object)
    facts = {
        "encoding": found.encoding,
        "separator": layout.separator,
        "decimal": decimal,
        "header": layout.start > 0,
        "bytes": len(found.data),
    }
    return Parsed(place, frame, (*found.findings, *findings, *skipped, *_trailing(layout)), facts)


def _skip(data: bytes, layout: Layout) -> tuple[bytes, Layout, tuple[Finding, ...]]:
    good, count = faults.good_only(data, layout)
    found = f"{plural(count, 'line')} with too many or too few fields were left out, as the recipe says."
    findings = (Finding("D107", "warning", found, numbers={"lines": count}),) if count else ()
    return good, replace(layout, separator=",", quotes=True, start=0, padded=False), findings


def _trailing(layout: Layout) -> tuple[Finding, ...]:
    text = "Every row ends with a separator; the empty field after it was left out."
    return (Finding("D109", "warning", text),) if layout.trailing else ()


def _values(data: bytes, layout: Layout, options: Csv, place: str) -> tuple[pd.DataFrame, str | None]:
    """Return the values, and the decimal mark if known."""
    labels = {place_ for place_, name in enumerate(layout.names) if _is_label(clean_name(name), options)}
    every = set(range(len(layout.names)))
    frame = _read(data, layout, every if options.decimal == "," else labels, place)
    decimal = options.decimal or _vote(frame, layout)
    if decimal == "," and options.decimal is None and any(frame.dtypes == np.float64):
        # The parser read 1.500 as one and a half, but it means fifteen hundred.
        frame = _read(data, layout, every, place)
    return _labels_back(frame, data, layout), decimal


def _is_label(name: str, options: Csv) -> bool:
    return name == options.key or options.types.get(name, "").startswith(_LABEL_KINDS)


def _vote(frame: pd.DataFrame, layout: Layout) -> str | None:
    """Infer the decimal mark of the file from the columns whose numbers are unambiguous."""
    for place in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[place].dtype):
            cells = cells_of(frame[place].head(5000))
            if number_text.certain_comma(cells.levels[~cells.marks()]):
                return ","
    floats = (frame[place].to_numpy() for place in frame.columns if frame[place].dtype == np.float64)
    if any((values[np.isfinite(values)] % 1 != 0).any() for values in floats):
        return "."
    return "," if layout.separator == ";" else None


_PARSER_FAULTS = (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError)


def _read(data: bytes, layout: Layout, labels: set[int], place: str) -> pd.DataFrame:
    """Read with one extra column, so that no field is lost."""
    try:
        frame = _parser(data, layout, labels, names=list(range(layout.width + 1)))
    except _PARSER_FAULTS as cause:
        raise _fault(data, layout, place, cause) from cause
    return _whole(frame, data, layout, place)


def _parser(data: bytes, layout: Layout, labels: set[int], **options: object) -> pd.DataFrame:
    """Call pandas' parser so that only empty fields are missing, and no column is the index."""
    file = io.BytesIO(data)
    file.seek(layout.start)
    exact = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            file,
            sep=layout.separator,
            header=None,
            index_col=False,
            dtype=dict.fromkeys(labels, object),
            keep_default_na=False,
            na_values=[""],
            quoting=0 if layout.quotes else 3,
            skipinitialspace=layout.padded,
            skip_blank_lines=layout.width > 1,
            low_memory=False,
            encoding="utf-8",
            **exact,
            **options,
        )


def _fault(data: bytes, layout: Layout, place: str, cause: Exception) -> DataError:
    known = faults.unclosed(data, layout, place) or faults.ragged(data, layout, place)
    return known or DataError(
        f"Expected a table in {place}, but it cannot be read ({plain(cause)}).",
        code="CP2107",
        place=place,
        remedy="Set `separator` or `quoting: none`, or save the file again.",
    )


def _whole(frame: pd.DataFrame, data: bytes, layout: Layout, place: str) -> pd.DataFrame:
    """Refuse rows with too many or too few fields; drop the extra columns."""
    edge = layout.width
    if frame[edge].notna().any() or _may_be_short(frame, data, layout):
        wrong = faults.ragged(data, layout, place)
        if wrong is not None:
            raise wrong
    if layout.trailing and frame[edge - 1].notna().any():
        line = int(frame[edge - 1].notna().to_numpy().argmax()) + 1
        raise DataError(f"Row {line} has a value after its last column.", code="CP2109", place=place)
    return frame[list(range(len(layout.names)))]


def _may_be_short(frame: pd.DataFrame, data: bytes, layout: Layout) -> bool:
    """Return whether some row may lack fields, which the parser silently fills."""
    if layout.width == 1 or not frame[layout.width - 1].isna().any():
        return False
    if layout.separator == SPACES or (layout.quotes and b'"' in data):
        return True
    body = data.count(layout.separator.encode(), layout.start)
    return body != len(frame) * (layout.width - 1)


def _labels_back(frame: pd.DataFrame, data: bytes, layout: Layout) -> pd.DataFrame:
    """Read columns again as text if the parser's numbers lost zeros, a plus sign or digits."""
    numeric = [place for place in frame.columns if pd.api.types.is_numeric_dtype(frame[place].dtype)]
    zeros = bool(numeric) and _has_labels(data, layout)
    again = [place for place in numeric if zeros or _lost_digits(frame[place])]
    if not again:
        return frame
    texts = _texts(data, layout, again)
    kept = {place for place in again if _lost_digits(frame[place]) or _LABEL.search("\n".join(texts[place].dropna()))}
    return pd.DataFrame({place: (texts if place in kept else frame)[place] for place in frame.columns}, copy=False)


def _texts(data: bytes, layout: Layout, places: list[int]) -> pd.DataFrame:
    try:
        return _parser(data, layout, set(places), names=list(range(layout.width)), usecols=places)
    except _PARSER_FAULTS:  # some rows end with an extra empty field; then all fields must be read
        return _parser(data, layout, set(places), names=list(range(layout.width + 1)))


def _lost_digits(series: pd.Series) -> bool:
    return bool(series.dtype == np.float64 and (np.abs(series.to_numpy()) >= EXACT).any())


def _has_labels(data: bytes, layout: Layout) -> bool:
    """Return whether a field starts with a plus, or a zero before a digit (300 MB per second)."""
    edges = {*b'\n\r" \t', *(b"" if layout.separator == SPACES else layout.separator.encode()[-1:])}
    edges = {byte for byte in edges if bytes([byte]) in data}
    signs = [sign for sign in b"+-" if bytes([sign]) in data]
    whole = np.frombuffer(data, dtype=np.uint8)
    for start in range(layout.start, len(whole), _CHUNK):
        part = whole[max(start - 1, 0) : start + _CHUNK + 2]
        edge = np.zeros(len(part), dtype=bool)
        for byte in edges:
            edge |= part == byte
        edge[0] |= start in {0, layout.start}
        zero = (part[:-1] == 48) & (part[1:] - np.uint8(48) < 10)
        if (edge[:-2] & zero[1:]).any() or (start == 0 and len(zero) and zero[0]):
            return True
        if any(_signed(part, edge, zero, sign) for sign in signs):
            return True
    return False


def _signed(part: np.ndarray, edge: np.ndarray, zero: np.ndarray, sign: int) -> bool:
    """Return whether a plus, or a minus before a zero and a digit, starts a field."""
    at_edge = edge[:-1] & (part[1:] == sign)
    return bool(at_edge.any() if sign == 43 else (at_edge[:-2] & zero[2:]).any())


def joined(files: list[Parsed], origin: str) -> Raw:
    """Concatenate the files; all must have the same columns."""
    first = files[0]
    for each in files[1:]:
        if list(each.frame.columns) != list(first.frame.columns):
            other = listed(sorted(set(each.frame.columns) ^ set(first.frame.columns)) or ["their order"])
            raise DataError(
                f"Expected the same columns in all files, but {each.place} differs from {first.place}: {other}.",
                code="CP2119",
                place=each.place,
                remedy="Pass files with the same columns.",
            )
    frame = first.frame if len(files) == 1 else pd.concat([each.frame for each in files], ignore_index=True)
    decimal = next((each.facts["decimal"] for each in files if each.facts["decimal"]), None)
    size = sum(each.facts["bytes"] for each in files)
    facts = {**first.facts, "decimal": decimal, "files": len(files), "bytes": size}
    findings: list[Finding] = []
    for each in files:
        findings += [finding for finding in each.findings if finding not in findings]
    return Raw(frame, origin, tuple(findings), facts)


def with_origin(raw: Raw, name: str, rows: list[tuple[str, int]]) -> Raw:
    """Add a column with the origin of each row.

    Parameters
    ----------
    rows
        For each file, its value in the column and its number of rows.
    """
    if name in raw.frame.columns:
        raise DataError(
            f"Cannot add the column {name!r} with each row's file: the files have a column of that name.",
            code="CP2101",
            column=name,
            remedy="Choose another name for `origin`.",
        )
    origins = np.repeat(np.array([each for each, _ in rows], dtype=object), [count for _, count in rows])
    return replace(raw, frame=raw.frame.assign(**{name: origins}))
