"""Reading text files, with the bad inputs F, S and V."""

from __future__ import annotations

import bz2
import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custpred.errors import DataError
from custpred.source._reading import header_line
from custpred.source._reading.decode import _is_utf8
from custpred.source.base import Source
from custpred.source.csv import Csv
from custpred.table import Table

Write = Callable[..., Path]
ROWS = "".join(f"c{n:03},{n % 7},{n / 4},{'red' if n % 3 else 'blue'}\n" for n in range(40))
TEXT = "customer_id,visits,spend,colour\n" + ROWS


def read(path: Path, **options: Any) -> Table:
    """Read a file, and compare the names of its header with those of the table."""
    source = Source.parse({"path": str(path), **options})
    table = source.read()
    assert [name for name in source.header() or [] if name not in source.drop] == table.names
    return table


def codes(table: Table) -> set[str]:
    return {finding.code for finding in table.findings}


def kinds(table: Table) -> dict[str, str]:
    return {column.name: column.kind for column in table.columns}


def test_csv_plain_file_has_kinds_by_value(write: Write) -> None:
    """A plain file gets a kind for each column from its values."""
    table = read(write(TEXT))
    assert kinds(table) == {"customer_id": "id", "visits": "code", "spend": "number", "colour": "category"}
    assert table.frame["spend"].tolist()[:3] == [0.0, 0.25, 0.5]
    assert len(table) == 40


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   "])
def test_csv_separator_is_detected(write: Write, separator: str) -> None:
    """Every usual separator gives the same table, whatever the file is called."""
    table = read(write(TEXT.replace(",", separator), "customers.txt"))
    pd.testing.assert_frame_equal(table.frame, read(write(TEXT)).frame)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_line_ends_do_not_matter(write: Write, end: str) -> None:
    """Line ends of any system give the same table."""
    table = read(write(TEXT.replace("\n", end)))
    pd.testing.assert_frame_equal(table.frame, read(write(TEXT)).frame)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp949"])
def test_csv_encoding_is_detected(write: Write, encoding: str) -> None:
    """Korean text is read from every usual encoding, and a legacy one is reported."""
    text = "이름,도시\n" + "김하나,서울\n이두리,부산\n박세찬,대구\n" * 5
    table = read(write(text.encode(encoding)))
    assert list(table.frame.columns) == ["이름", "도시"]
    assert set(table.frame["도시"]) == {"서울", "부산", "대구"}
    assert ("D101" in codes(table)) == (encoding == "cp949")


def test_csv_western_text_is_not_taken_for_korean(write: Write) -> None:
    """Latin-1 is the last resort, with a finding."""
    table = read(write("name,town\n" + "José,Köln\nZoë,Málaga\nAnna,Århus\n" * 4, "a.csv"), encoding="utf-8")
    again = read(write(("name,town\n" + "José,Köln\nZoë,Málaga\nAnna,Århus\n" * 4).encode("latin-1"), "b.csv"))
    assert set(again.frame["town"]) == {"Köln", "Málaga", "Århus"}
    pd.testing.assert_frame_equal(again.frame, table.frame)
    assert "D101" in codes(again)


def test_csv_encoding_can_be_given(write: Write) -> None:
    """A given encoding is used, and an unknown one is refused before reading."""
    path = write("a,b\nä,1\n".encode("cp850"))
    assert read(path, encoding="cp850").frame["a"][0] == "ä"
    with pytest.raises(ValueError, match="encoding"):
        Csv(path=str(path), encoding="klingon")


def test_csv_wrong_given_encoding_names_line_and_byte(write: Write) -> None:
    """Bytes that are not in the given encoding are an error with line and byte."""
    with pytest.raises(DataError, match=r"line 3 at byte 8"):
        read(write(b"a,b\n1,2\n\xff,3\n"), encoding="utf-8")


@pytest.mark.parametrize(("most", "one"), [("utf-8", "cp949"), ("cp949", "utf-8")])
def test_csv_mixed_encodings_name_line_and_byte(write: Write, most: str, one: str) -> None:
    """A line in another encoding than the rest is an error that names it."""
    lines = ["도시,수\n", *["서울 강남구,1\n"] * 200]
    data = [line.encode(most) for line in lines]
    data[150] = "부산 해운대구,2\n".encode(one)
    with pytest.raises(DataError, match=r"line 151 at byte") as caught:
        read(write(b"".join(data)))
    assert caught.value.code == "CP2103"


def test_csv_decimal_comma_is_read_and_reported(write: Write) -> None:
    """Numbers with a decimal comma become numbers, and the finding names the column."""
    table = read(write("price;n\n" + "1,5;2\n2,25;3\n-3,75;4\n1.234,5;4\n" * 10))
    assert table.frame["price"].tolist()[:4] == [1.5, 2.25, -3.75, 1234.5]
    found = next(finding for finding in table.findings if finding.code == "D104")
    assert found.column == "price"


def test_csv_points_between_thousands_follow_the_decimal_comma(write: Write) -> None:
    """In a file with decimal commas 1.500 is fifteen hundred."""
    table = read(write("price;income\n" + "1,55;1.500\n2,25;2.750\n" * 20))
    assert set(table.frame["income"]) == {1500.0, 2750.0}


def test_csv_thousands_are_read_and_reported(write: Write) -> None:
    """Numbers with commas between thousands become numbers with a finding."""
    table = read(write("income,n\n" + '"1,500",1\n"12,250.75",2\n900,3\n' * 10))
    assert set(table.frame["income"]) == {1500.0, 12250.75, 900.0}
    assert "D105" in codes(table)


@pytest.mark.parametrize(("decimal", "value"), [(",", 1.5), (".", 1500.0)])
def test_csv_decimal_option_resolves_ambiguity(write: Write, decimal: str, value: float) -> None:
    """If 1,500 could be either, the recipe decides."""
    table = read(write("x,n\n" + '"1,500",1\n"2,500",2\n' * 20), decimal=decimal)
    assert table.frame["x"].min() == value


def test_csv_quoted_fields_may_contain_lines_and_separators(write: Write) -> None:
    """A quoted field may hold separators, quotes and line ends."""
    table = read(write("a,b\n" + '"x, ""y""\nz",1\n"p",2\n' * 3))
    assert len(table) == 6
    assert 'x, "y"\nz' in set(table.frame["a"])


def test_csv_unclosed_quote_names_the_line(write: Write) -> None:
    """An unclosed quote is an error with the line where it opens."""
    with pytest.raises(DataError, match="line 3 never closes"):
        read(write('a,b\n1,2\n3,"4\n5,6\n7,8\n'))


def test_csv_quoting_none_reads_quotes_as_text(write: Write) -> None:
    """With quoting none a lone quote is an ordinary character."""
    table = read(write('a\tb\n1\t"so\n2\tso\n', "t.tsv"), quoting="none", types={"b": "category"})
    assert set(table.frame["b"]) == {'"so', "so"}


@pytest.mark.parametrize("bad", ["4,5,6,7", "4,5", "4,5,6,7,8,9", '"4",5'])
def test_csv_ragged_lines_are_named(write: Write, bad: str) -> None:
    """A line with too many or too few fields is an error that names its number."""
    with pytest.raises(DataError, match=rf"line 13 has {bad.count(',') + 1}") as caught:
        read(write("a,b,c\n" + "1,2,3\n" * 11 + bad + "\n" + "1,2,3\n" * 20))
    assert caught.value.code == "CP2107"


def test_csv_short_lines_among_quotes_and_gaps_are_named(write: Write) -> None:
    """Short lines differ from empty last fields, also if quotes contain separators."""
    good = 'a,b,c\n"1,1",2,\n1,2,3\n'
    assert len(read(write(good))) == 2
    with pytest.raises(DataError, match="line 4 has 2"):
        read(write(good + '"1,1",2\n'))


def test_csv_bad_lines_can_be_skipped_and_are_counted(write: Write) -> None:
    """Skipping ragged lines keeps the others and counts the skipped ones."""
    table = read(write("a,b,c\n" + "1,x,3.5\n" * 8 + "1\n1,2,3,4\n" + "2,y,4.5\n" * 4), bad_lines="skip")
    assert len(table) == 12
    assert next(f for f in table.findings if f.code == "D107").numbers["lines"] == 2


def test_csv_quotes_after_blanks_enclose_fields(write: Write) -> None:
    """With blanks before quotes, separators within them divide nothing; no good line is skipped."""
    text = 'id, "full name", city\n' + "".join(f'{n}, "Kim, {n}", Busan\n' for n in range(30))
    table = read(write(text))
    assert table.names == ["id", "full name", "city"]
    assert table.frame["full name"][2] == "Kim, 2"
    assert read(write(text), bad_lines="skip").frame.equals(table.frame)
    skipped = read(write(text + '30, "Lee, J"\n'), bad_lines="skip")
    assert skipped.frame.equals(table.frame)
    assert next(each.numbers["lines"] for each in skipped.findings if each.code == "D107") == 1


def test_csv_cost_of_a_pattern_with_an_empty_file(write: Write, tmp_path: Path) -> None:
    """An empty file among others costs nothing; reading it names the file."""
    write("", "a.csv")
    write(TEXT, "b.csv")
    source = Csv(path=str(tmp_path / "*.csv"))
    assert source.cost().memory == Csv(path=str(tmp_path / "b.csv")).cost().memory
    with pytest.raises(DataError, match=r"a\.csv"):
        source.read()


def test_csv_trailing_separator_moves_no_column(write: Write) -> None:
    """An extra empty field in every row is ignored with a finding, first column kept."""
    table = read(write("a,b\n1,x,\n2,y,\n3,x,\n"))
    assert list(table.frame.columns) == ["a", "b"]
    assert table.frame["a"].tolist() == [1.0, 2.0, 3.0]
    assert "D109" in codes(table)


def test_csv_one_more_value_in_every_row_is_an_error(write: Write) -> None:
    """One more value per row than the header is an error, never an index."""
    with pytest.raises(DataError) as caught:
        read(write("a,b\nr1,1,x\nr2,2,y\nr3,3,x\n"))
    assert caught.value.code == "CP2109"


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "a,b\n", "a,b"])
def test_csv_without_rows_is_an_error(write: Write, text: str) -> None:
    """An empty file and a header alone are errors that name the file."""
    with pytest.raises(DataError, match=r"customers\.csv") as caught:
        read(write(text))
    assert caught.value.code == "CP2110"


def test_csv_without_a_header_is_an_error(write: Write) -> None:
    """A file without a header is an error that says how to read it."""
    path = write("39,State-gov,77516,yes\n50,Private,83311,no\n38,Private,215646,no\n")
    with pytest.raises(DataError, match="header: none") as caught:
        read(path)
    assert caught.value.code == "CP2111"
    assert len(read(path, header="none")) == 3
    assert list(read(path, names=["age", "work", "weight", "left"]).frame.columns) == ["age", "work", "weight", "left"]


@pytest.mark.parametrize("header", ["customer,2019,2020,2021", "0,1,2,3"])
def test_csv_years_and_counts_may_be_names(write: Write, header: str) -> None:
    """Years and consecutive numbers in the first line are names."""
    table = read(write(header + "\n" + "a,10,20,30\nb,11,21,31\n"))
    assert ",".join(table.frame.columns) == header


def test_csv_names_may_replace_a_header(write: Write) -> None:
    """Given names replace the first line if the recipe says that it is a header."""
    assert list(read(write("a,b\n1,2\n3,4\n"), names=["x", "y"], header="first").frame.columns) == ["x", "y"]


def test_csv_duplicate_names_are_an_error_with_positions(write: Write) -> None:
    """A duplicate name is an error with both positions."""
    with pytest.raises(DataError, match="columns 1 and 3") as caught:
        read(write("a,b,a\n1,2,3\n"))
    assert caught.value.code == "CP2112"


def test_csv_blank_names_get_their_position(write: Write) -> None:
    """A blank name becomes its position, with a finding."""
    table = read(write("a,,c\nx,1,2\ny,2,3\n"))
    assert list(table.frame.columns) == ["a", "column_2", "c"]
    assert "D113" in codes(table)


def test_csv_names_are_normalised(write: Write) -> None:
    """Names in decomposed Unicode, as some systems write them, equal composed ones."""
    assert list(read(write("\u1100\u1161,b\n1,2\n2,3\n")).frame.columns) == ["\uac00", "b"]


def test_csv_nul_byte_names_the_line(write: Write) -> None:
    """A NUL byte is an error with its line."""
    with pytest.raises(DataError, match="NUL byte occurs in line 3"):
        read(write("a,b\n1,2\n3,\x004\n"))


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"PK\x03\x04\x14\0", "is an Excel workbook or a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\0", "is an old Excel workbook"),
        (b"PAR1\x15\0", "is a Parquet file"),
    ],
)
def test_csv_that_is_another_kind_of_file(write: Write, start: bytes, message: str) -> None:
    """A workbook or Parquet file with the name of a text file is named, with its own remedy."""
    with pytest.raises(DataError, match=message) as caught:
        read(write(start + b"more\n1,2\n"))
    assert caught.value.code == "CP2115"
    assert "encoding" not in str(caught.value)


def test_csv_whose_header_begins_like_parquet(write: Write) -> None:
    """A text file may begin with the mark of Parquet files."""
    assert list(read(write("PAR1,PAR2\n1,2\n2,3\n")).frame.columns) == ["PAR1", "PAR2"]


@pytest.mark.parametrize("value", ["007", "-012", "+4930123", "00.5"])
def test_csv_labels_that_look_like_numbers_stay_text(write: Write, value: str) -> None:
    """A leading zero or plus anywhere makes a column text."""
    table = read(write("code,n\n" + "123,1\n456,2\n" * 30 + f"{value},3\n" * 2))
    assert table.column("code").kind == "category"
    assert set(table.frame["code"]) == {"123", "456", value}


def test_csv_leading_zeros_elsewhere_change_no_other_column(write: Write) -> None:
    """A column of dates with leading zeros does not affect numbers in other columns."""
    table = read(write("day,n\n" + "05.01.2024,0.5\n31.12.2024,10\n" * 10))
    assert kinds(table) == {"day": "date", "n": "number"}


def test_csv_long_digits_keep_every_digit(write: Write) -> None:
    """Integers of 2^53 or more are text, also with missing values."""
    rows = "".join(f"{9007199254740993 + n},{n}\n" for n in range(30))
    table = read(write("card,n\n" + rows + ",3\n"))
    assert table.frame["card"][0] == "9007199254740993"
    assert table.column("card").kind == "id"
    assert "D122" in codes(table)


def test_csv_blanks_are_missing_and_counted(write: Write) -> None:
    """Cells of only blanks are missing, with a finding that has the column and the number."""
    table = read(write("tenure,total\n" + "1,29.85\n2,50.5\n0, \n" * 7))
    assert table.column("total").kind == "number"
    assert int(table.frame["total"].isna().sum()) == 7
    found = next(finding for finding in table.findings if finding.code == "D103")
    assert (found.column, found.numbers["rows"]) == ("total", 7)


def test_csv_common_missing_markers_stay_labels(write: Write) -> None:
    """NA and None are labels unless the recipe lists them, as a finding suggests."""
    text = "region,n\n" + "NA,1\nEU,2\nNone,3\n" * 10
    table = read(write(text))
    assert set(table.frame["region"]) == {"NA", "EU", "None"}
    assert "missing: ['NA', 'None']" in next(f.text for f in table.findings if f.code == "D124")
    again = read(write(text), missing=["NA"])
    assert int(again.frame["region"].isna().sum()) == 10


@pytest.mark.parametrize("mark", ["?", "NULL", "NA", "nan", "N/A", "None"])
def test_csv_missing_markers_among_numbers_are_missing(write: Write, mark: str) -> None:
    """A common marker among numbers becomes missing with a finding."""
    table = read(write("x,n\n" + f"1.5,1\n{mark},2\n2.5,3\n" * 10))
    assert table.column("x").kind == "number"
    assert int(table.frame["x"].isna().sum()) == 10
    assert "D125" in codes(table)


def test_csv_sentinel_numbers_are_only_reported(write: Write) -> None:
    """999 far from all others is kept with a finding; the recipe may declare it missing."""
    text = "pdays,n\n" + "".join(f"{999 if n % 2 else n % 20},{n}\n" for n in range(100))
    table = read(write(text))
    assert table.frame["pdays"].max() == 999
    assert "D124" in codes(table)
    assert read(write(text), missing=[999]).frame["pdays"].max() < 20


def test_csv_infinite_dates_are_missing_and_counted(write: Write) -> None:
    """PostgreSQL's infinity among dates: the column stays one of dates."""
    rows = [f"2024-01-{day:02d}" for day in range(1, 29)]
    table = read(write("until,x\n" + "".join(f"{day},1\ninfinity,2\n" for day in rows)))
    assert table.column("until").kind == "date"
    assert int(table.frame["until"].isna().sum()) == 28
    assert any(each.code == "D125" and "'infinity' in 28 rows" in each.text for each in table.findings)


def test_csv_infinite_numbers_are_missing_and_counted(write: Write) -> None:
    """Infinite numbers become missing, counted for each column."""
    table = read(write("x,n\n" + "1.5,1\ninf,2\n-Infinity,3\n2.5,4\n" * 5))
    assert int(table.frame["x"].isna().sum()) == 10
    assert next(f for f in table.findings if f.code == "D126").numbers["rows"] == 10


def test_csv_huge_and_tiny_numbers_stay_exact(write: Write) -> None:
    """Numbers at the ends of the float range are read exactly."""
    values = [1e308, -1e-308, 5e-324, 0.1, 123456789.123456789, 1e22]
    table = read(write("x,n\n" + "".join(f"{value!r},1\n" for value in values)))
    assert table.frame["x"].tolist() == values


def test_csv_empty_and_constant_columns_are_named(write: Write) -> None:
    """Columns without values, and with one value, are kept, marked and reported."""
    table = read(write("a,b,c\n" + "1,,x\n2,,x\n" * 5))
    assert kinds(table) == {"a": "code", "b": "empty", "c": "constant"}
    assert {"D130", "D131"} <= codes(table)


def test_csv_wide_and_narrow_tables(write: Write) -> None:
    """Two thousand columns, and one, are both read."""
    wide = ",".join(f"x{n}" for n in range(2000)) + "\n" + (",".join("1" * 2000) + "\n") * 3
    assert read(write(wide)).frame.shape == (3, 2000)
    narrow = read(write("word\nred\n\nblue\nred\n"))
    assert narrow.frame["word"].isna().tolist() == [False, True, False, False]


def test_csv_first_column_is_never_the_index(write: Write) -> None:
    """The frame has a default index."""
    assert read(write(TEXT)).frame.index.equals(pd.RangeIndex(40))


@pytest.mark.parametrize("name", ["c.csv.gz", "c.csv.bz2", "c.csv.zip"])
def test_csv_compressed_files_are_read(write: Write, tmp_path: Path, name: str) -> None:
    """Compressed files give the same table."""
    path = tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("c.csv", TEXT)
    else:
        path.write_bytes({"gz": gzip.compress, "bz2": bz2.compress}[name.rpartition(".")[2]](TEXT.encode()))
    pd.testing.assert_frame_equal(read(path).frame, read(write(TEXT)).frame)


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.csv.zip"])
def test_csv_bombs_are_refused(tmp_path: Path, name: str) -> None:
    """A compressed file that expands far beyond the limit is refused."""
    path, data = tmp_path / name, b"0" * 60_000_000
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("c.csv", data)
    else:
        path.write_bytes(gzip.compress(data, 1))
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.code == "CP2301"


def test_csv_damaged_compressed_file_is_named(write: Write) -> None:
    """A truncated gzip file is an error that names it."""
    packed = gzip.compress(os.urandom(5000))
    with pytest.raises(DataError, match=r"cut\.csv\.gz"):
        read(write(packed[:2000], "cut.csv.gz"))


def test_csv_missing_file_names_the_nearest(write: Write) -> None:
    """A wrong name is an error with the nearest file in the folder."""
    path = write(TEXT, "customers.csv")
    with pytest.raises(DataError, match=r"Did you mean 'customers\.csv'") as caught:
        read(path.with_name("custmers.csv"))
    assert caught.value.code == "CP2122"


def test_csv_folder_pipe_and_device_are_refused(tmp_path: Path) -> None:
    """Anything but a regular file is refused without opening it."""
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "folder.csv", tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(DataError) as caught:
            Csv(path=str(path)).read()
        assert caught.value.code == "CP2122"


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "table.h5"])
def test_csv_files_that_run_code_are_refused(write: Write, name: str) -> None:
    """Pickles and similar formats are refused by name, whether they exist or not."""
    with pytest.raises(DataError) as caught:
        read(write(b"x", name))
    assert caught.value.code == "CP2302"


def test_csv_pattern_reads_all_files(write: Write, tmp_path: Path) -> None:
    """A pattern concatenates files, and refuses files with other columns."""
    write("a,b\n1,x\n2,y\n", "part1.csv")
    write("a,b\n3,x\n", "part2.csv")
    assert read(tmp_path / "part*.csv").frame["a"].tolist() == [1.0, 2.0, 3.0]
    write("a,c\n3,x\n", "part3.csv")
    with pytest.raises(DataError, match=r"part3\.csv"):
        read(tmp_path / "part*.csv")


def test_csv_pattern_has_the_decimal_mark_of_any_file(write: Write, tmp_path: Path) -> None:
    """If the first file has whole numbers only, a later one says what 58,500 means."""
    write("n\tp\n" + "".join(f"{n}\t{3 * n}\n" for n in range(1, 30)), "a.csv")
    write("n\tp\n" + "".join(f"{n},{n % 9}5\t{n},500\n" for n in range(30, 59)), "b.csv")
    assert read(tmp_path / "b.csv").frame["p"].iloc[-1] == 58.5
    assert read(tmp_path / "*.csv").frame["p"].iloc[-1] == 58.5


def test_csv_header_reads_only_the_names(write: Write) -> None:
    """The names are known without reading the rows."""
    assert Csv(path=str(write(TEXT))).header() == ["customer_id", "visits", "spend", "colour"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp949", "euc_kr"])
def test_csv_header_may_be_cut_inside_a_character(write: Write, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """Wherever the beginning of a file ends, its names are those of the whole file."""
    text = "이름,도시\n" + "김하나,서울\n이두리,부산\n박세찬,대구\n" * 5
    path = write(text.encode(encoding))
    names = list(read(path).frame.columns)
    for size in range(len(path.read_bytes()) // 2, len(path.read_bytes()) + 2):
        monkeypatch.setattr(header_line, "_START", size)
        assert Csv(path=str(path)).header() == names
        assert Csv(path=str(path), encoding=encoding).header() == names


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp949"])
@pytest.mark.parametrize("packed", [False, True])
def test_csv_header_of_a_long_file(write: Write, encoding: str, packed: bool) -> None:
    """The beginning of a file of many megabytes gives the same names."""
    data = ("이름;도시\n" + "김하나;서울\n이두리;부산\n박세찬, x;대구\n" * 150_000).encode(encoding)
    assert len(data) > header_line._START
    path = write(gzip.compress(data, 1) if packed else data, "long.csv.gz" if packed else "long.csv")
    assert Csv(path=str(path)).header() == ["이름", "도시"]


@pytest.mark.parametrize("text", ["", "1,5\n3,4\n", "a,a\n1,2\n", "a,b\n", "a,b\n1,2,3\n1,2,3\n"])
def test_csv_header_has_the_faults_of_the_first_lines(write: Write, text: str) -> None:
    """An error in the first lines is the same for the header as for the whole file."""
    source = Csv(path=str(write(text)))
    with pytest.raises(DataError) as whole:
        source.read()
    with pytest.raises(DataError) as start:
        source.header()
    assert str(start.value) == str(whole.value)


def test_csv_unknown_names_in_options_are_errors(write: Write) -> None:
    """Keys, types and drops that the table does not have are errors with the nearest name."""
    path = write(TEXT)
    for options in ({"key": "customer"}, {"types": {"spent": "number"}}, {"drop": ["color"]}):
        with pytest.raises(DataError, match="Did you mean") as caught:
            read(path, **options)
        assert caught.value.code == "CP2102"


def test_csv_key_keeps_its_text(write: Write) -> None:
    """A key keeps its exact text, also if it looks like a number."""
    table = read(write("key,n\n1E5,1\n2E5,2\n0012,3\n"), key="key")
    assert table.frame["key"].tolist() == ["1E5", "2E5", "0012"]


CELLS = st.one_of(st.just(""), st.integers(-999, 999).map(str), st.sampled_from(["a", "b c", 'q"', "x,y", "é", "한"]))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["u", "v"])), min_size=1, max_size=20))
def test_csv_round_trips_tables(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    """Any table that is written is read with all its rows and missing values."""
    frame = pd.DataFrame(rows, columns=["first", "second", "last"])
    path = tmp_path / "any.csv"
    frame.to_csv(path, index=False)
    table = read(path, header="first")
    assert len(table) == len(rows)
    for name in frame.columns:
        np.testing.assert_array_equal(table.frame[name].isna(), frame[name].str.strip() == "")


@given(st.one_of(st.binary(max_size=40), st.text(max_size=20).map(lambda text: text.encode(errors="surrogatepass"))))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_utf8_is_detected_exactly(data: bytes) -> None:
    """Bytes count as UTF-8 exactly if Python can decode them."""
    try:
        data.decode("utf-8")
        readable = True
    except UnicodeDecodeError:
        readable = False
    assert _is_utf8(data) == readable
