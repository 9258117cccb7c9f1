"""JSON lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from custpred.errors import DataError
from custpred.source.base import Source
from custpred.table import Table

ROWS: list[dict[str, Any]] = [
    {
        "id": f"C{n:03}",
        "age": 20 + n * 7 % 43,
        "spend": n / 7,
        "city": ["서울", "Zürich"][n % 2],
        "vip": n % 3 == 0,
        "x": None,
    }
    for n in range(60)
]


def lines(rows: list[Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def read(path: Path, **options: Any) -> Table:
    return Source.parse({"path": str(path), **options}).read()


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz"])
def test_objects_become_rows_with_their_types(name: str, tmp_path: Path) -> None:
    """Numbers, texts, booleans and null keep their meaning, also in compressed files."""
    data = lines(ROWS)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    table = read(tmp_path / name, key="id")
    assert {column.name: column.kind for column in table.columns} == {
        "id": "id", "age": "number", "spend": "number", "city": "category", "vip": "category", "x": "empty",
    }  # fmt: skip
    assert table.frame["spend"].tolist() == [row["spend"] for row in ROWS]
    assert table.frame["city"].tolist() == [row["city"] for row in ROWS]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.json.gz"])
def test_an_array_of_objects_is_read_like_lines(name: str, indent: int | None, tmp_path: Path) -> None:
    """Most programs write JSON tables so, in one line or in many."""
    data = json.dumps(ROWS, ensure_ascii=False, indent=indent).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    (tmp_path / "b.jsonl").write_bytes(lines(ROWS))
    assert read(tmp_path / name, key="id").frame.equals(read(tmp_path / "b.jsonl", key="id").frame)


def test_an_array_names_its_wrong_item(tmp_path: Path) -> None:
    """A number, or a map in a value, is said with the number of the item."""
    (tmp_path / "a.json").write_text('[{"a": 1}, 7]', "utf-8")
    with pytest.raises(DataError, match=r"CP2121 .* item 2 does not: it holds int"):
        read(tmp_path / "a.json")
    (tmp_path / "a.json").write_text('[{"a": {"b": 1}}]', "utf-8")
    with pytest.raises(DataError, match="a.json, item 1"):
        read(tmp_path / "a.json")
    (tmp_path / "x, item 9.jsonl").write_text('{"a": 1}\n7\n', "utf-8")
    with pytest.raises(DataError, match=r"x, item 9.jsonl:2.* in each line, but line 2 does not"):
        read(tmp_path / "x, item 9.jsonl")
    (tmp_path / "a.json").write_text('[{"a": 1},\n', "utf-8")
    with pytest.raises(DataError, match="CP2121 .*or all in one array"):
        read(tmp_path / "a.json")


def test_absent_keys_are_missing_and_empty_lines_ignored(tmp_path: Path) -> None:
    """Rows may lack keys and have any order; blank lines are no rows."""
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n\n{"b": "x", "a": 2.5}\n{"b": "y"}\n', "utf-8")
    frame = read(tmp_path / "a.jsonl").frame
    assert list(frame.columns) == ["a", "b"] and len(frame) == 3
    assert frame["a"].isna().tolist() == [False, False, True]


def test_separators_inside_strings_end_no_line(tmp_path: Path) -> None:
    """U+2028 and U+0085 inside strings are ordinary characters."""
    (tmp_path / "a.jsonl").write_bytes(lines([{"t": "one\u2028two", "n": 1}, {"t": "three\u0085", "n": 2}]))
    assert read(tmp_path / "a.jsonl", types={"t": "category"}).frame["t"].tolist()[0] == "one\u2028two"


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ('{"a": [1, 2]}', "CP2120", "'a'"),
        ('{"a": {"b": 1}}', "CP2120", "'a'"),
        ("[1, 2]", "CP2121", "list"),
        ("3", "CP2121", "int"),
        ('{"a": 1', "CP2121", "JSON"),
        ("[" * 100_000, "CP2121", "JSON"),
    ],
)
def test_an_invalid_line_is_named(line: str, code: str, word: str, tmp_path: Path) -> None:
    """Nested values, arrays and broken lines are refused with file and line."""
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n' + line + "\n", "utf-8")
    with pytest.raises(DataError, match=word) as caught:
        read(tmp_path / "a.jsonl")
    assert caught.value.code == code and caught.value.place == "a.jsonl:2"


def test_a_pattern_reads_all_files(tmp_path: Path) -> None:
    """Several files are concatenated."""
    (tmp_path / "a1.jsonl").write_bytes(lines(ROWS[:30]))
    (tmp_path / "a2.jsonl").write_bytes(lines(ROWS[30:]))
    table = read(tmp_path / "a*.jsonl")
    assert len(table) == 60 and table.facts["files"] == 2


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    """It gives the same error as any other source without rows."""
    (tmp_path / "a.jsonl").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.jsonl")
    assert caught.value.code == "CP2110"


def test_jsonl_half_characters_are_replaced(tmp_path: Path) -> None:
    """Half of an emoji, which no file can hold, becomes a mark in levels and texts."""
    rows = [{"t\ud83dag": "a\ud83d" if n % 2 else "b", "note": f"{n} words of \ude00 a text {n}"} for n in range(40)]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)))
    table = Source.parse({"path": str(tmp_path / "c.jsonl")}).read()
    assert table.names == ["tag", "note"]
    assert list(table.frame["tag"].cat.categories) == ["a\ufffd", "b"]
    assert table.frame["note"][1] == "1 words of \ufffd a text 1"
