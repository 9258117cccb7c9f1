"""A sample of a table too large for the memory: whole customers, by hashes of ids."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from custpred.errors import DataError
from custpred.source.base import Source
from custpred.source.csv import Csv
from custpred.source.parquet import Parquet
from custpred.training._rows.sampled import read_part


@pytest.fixture
def frame() -> pd.DataFrame:
    """Return 1,000 customers with three rows each, in turn."""
    ids = [f"C-{i % 1000:04d}" for i in range(3000)]
    return pd.DataFrame(
        {"customer": ids, "row": range(3000), "note": ['a "b",\nc' if i % 7 else "d" for i in range(3000)]}
    )


def _rows(source: Source, share: float) -> list[int]:
    found: list[int] = read_part(source, share, None).frame["row"].astype(int).tolist()
    return found


def test_whole_customers_are_drawn_in_their_order(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Parquet and text give the same whole customers; a larger share adds customers."""
    frame.to_parquet(tmp_path / "c.parquet")
    frame.to_csv(tmp_path / "c.csv", index=False)
    frame.to_csv(tmp_path / "semicolon.csv", index=False, sep=";", encoding="cp949", quoting=1)
    parquet = Parquet(path=str(tmp_path / "c.parquet"), key="customer")
    rows = _rows(parquet, 0.3)
    assert rows == sorted(rows)
    assert len(rows) == pytest.approx(900, abs=120)
    customers = {row % 1000 for row in rows}
    assert len(rows) == 3 * len(customers)
    assert customers < {row % 1000 for row in _rows(parquet, 0.6)}
    for name in ("c.csv", "semicolon.csv"):
        text = Csv(path=str(tmp_path / name), key="customer")
        assert text.cost().divisible
        assert _rows(text, 0.3) == rows
    assert read_part(parquet, 0.3, None).facts["drawn_from"] == 3000
    assert f"{len(rows):,} of 3,000 rows" in read_part(parquet, 0.3, None).findings[0].text


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_for_the_whole_table(frame: pd.DataFrame, tmp_path: Path, end: str) -> None:
    """A carriage return ends a row, as for the parser; within quotes it is text."""
    frame["note"] = frame["note"].str.replace("\n", "\r")
    frame.to_csv(tmp_path / "usual.csv", index=False, quoting=1)
    frame.to_csv(tmp_path / "c.csv", index=False, quoting=1, lineterminator=end)
    usual, source = (Csv(path=str(tmp_path / name), key="customer") for name in ("usual.csv", "c.csv"))
    assert len(source.read()) == 3000
    assert read_part(source, 0.3, None).facts["drawn_from"] == 3000
    assert _rows(source, 0.3) == _rows(usual, 0.3)
    assert 700 < len(_rows(source, 0.3)) < 1100


def test_rows_without_ids_are_customers_of_their_own(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Without a key, and where the id is missing, each row is drawn by itself."""
    frame.assign(customer=None).to_parquet(tmp_path / "none.parquet")
    frame.assign(customer="").to_csv(tmp_path / "none.csv", index=False)
    for path in (tmp_path / "none.parquet", tmp_path / "none.csv"):
        for key in (None, "customer"):
            source = Source.parse(
                {"path": str(path), "key": key, "types": {"customer": "category"} if key is None else {}}
            )
            assert 500 < len(_rows(source, 0.2)) < 700


def test_a_sample_of_several_files_keeps_their_origin(tmp_path: Path) -> None:
    """Files without a drawn row are left out, and the column of files fits the rows."""
    for name, rows in (("a", range(200)), ("b", range(200, 400)), ("c", range(400, 401))):
        pd.DataFrame({"row": rows, "x": 1}).to_csv(tmp_path / f"part-{name}.csv", index=False)
    found = read_part(Csv(path=str(tmp_path / "part-*.csv"), origin="file"), 0.5, None)
    assert ((found.frame["row"] < 200) == (found.frame["file"] == "a")).all()
    assert found.facts["drawn_from"] == 401


def test_a_file_without_a_header(tmp_path: Path) -> None:
    """No line is taken for names, so that the first row is drawn like the others."""
    (tmp_path / "plain.csv").write_text("".join(f"{i} {i % 5}\n" for i in range(500)))
    source = Csv(path=str(tmp_path / "plain.csv"), header_line="none", names=["row", "x"], separator=" ")
    assert 60 < len(_rows(source, 0.2)) < 140


def test_what_cannot_be_read_row_by_row_is_not_divisible(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Packed files and encodings of two bytes are read whole, or not at all."""
    frame.to_csv(tmp_path / "c.csv.gz", index=False)
    frame.to_csv(tmp_path / "wide.csv", index=False, encoding="utf-16")
    assert not Csv(path=str(tmp_path / "c.csv.gz")).cost().divisible
    assert not Csv(path=str(tmp_path / "wide.csv")).cost().divisible
    assert not Csv(path=str(tmp_path / "wide.csv"), encoding="utf-16").cost().divisible


def test_faults_of_the_table_are_found(tmp_path: Path) -> None:
    """An open quote and an unknown key are errors, not a shorter sample."""
    (tmp_path / "open.csv").write_text("id,x\n" + "".join(f"{i},1\n" for i in range(50)) + '51,"a\n52,1\n')
    with pytest.raises(DataError, match="CP2106"):
        read_part(Csv(path=str(tmp_path / "open.csv"), key="id"), 0.5, None)
    pd.DataFrame({"id": [1, 2]}).to_parquet(tmp_path / "c.parquet")
    for path in ("open.csv", "c.parquet"):
        with pytest.raises(DataError, match="CP2102"):
            read_part(Source.parse({"path": str(tmp_path / path), "key": "idd"}), 0.5, None)


def test_the_cost_of_parquet_grows_with_cells_and_texts(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Numbers cost less than texts, and rows count in proportion."""
    frame[["row"]].to_parquet(tmp_path / "number.parquet")
    frame[["note"]].to_parquet(tmp_path / "text.parquet")
    number, text = (Parquet(path=str(tmp_path / name)).cost().memory for name in ("number.parquet", "text.parquet"))
    assert number == 40 * 3000
    assert text > 90 * 3000
    assert Parquet(path=str(tmp_path / "number*.parquet")).cost().memory == number


def test_stray_quotes_and_long_fields_do_not_divide_rows(tmp_path: Path) -> None:
    """A quote within a field opens none, and a quoted field may be of any length."""
    for name, note in (("inch", '5" wide'), ("long", f'"{"x" * 200_000} y"'), ("padded", ' "a, b"')):
        (tmp_path / f"{name}.csv").write_text("id,note,row\n" + "".join(f"C{i},{note},{i}\n" for i in range(60)))
        source = Csv(path=str(tmp_path / f"{name}.csv"), key="id", types={"row": "number", "note": "text"})
        rows = _rows(source, 0.5)
        assert rows == sorted(set(rows))
        assert 15 < len(rows) < 45
        assert source.part(0.5).facts["drawn_from"] == 60


def test_no_line_of_a_sample_is_named(tmp_path: Path) -> None:
    """Its lines have other numbers than those of the file."""
    lines = [f"C{i},{i}{',1' if i == 50 else ''}" for i in range(60)]
    (tmp_path / "a.csv").write_text("id,row\n" + "\n".join(lines))
    with pytest.raises(DataError, match="CP2107") as caught:
        for first in (0.0, 0.25, 0.5, 0.75):
            Csv(path=str(tmp_path / "a.csv"), key="id").part(0.25, first)
    assert "equally many fields" in str(caught.value)
    assert "line 5" not in str(caught.value) and ".csv:" not in str(caught.value)


def test_quotes_among_spaces_do_not_move_the_id(tmp_path: Path) -> None:
    """Of a file with runs of spaces, too, all rows of a customer are drawn, or none."""
    lines = [f'"Kim {i}"  C{i % 50}   {i}' for i in range(200)]
    (tmp_path / "c.txt").write_text("\n".join(["name id row", *lines, ""]))
    rows = _rows(Csv(path=str(tmp_path / "c.txt"), key="id", separator=" ", types={"row": "number"}), 0.5)
    customers = {row % 50 for row in rows}
    assert 10 < len(customers) < 40
    assert len(rows) == 4 * len(customers)
