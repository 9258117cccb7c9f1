"""A column with the file that each row came from."""

from __future__ import annotations

import pytest

from custpred.errors import DataError
from custpred.source.base import Source


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "ratings_train.txt").write_text('id\tdocument\n1\t좋은 "영화\n2\t\n', "utf-8")
    (tmp_path / "ratings_test.txt").write_text("id\tdocument\n3\t그저 그런\n", "utf-8")
    return str(tmp_path / "ratings_*.txt")


def test_origin_is_the_text_of_the_wildcard(parts):
    """A column has the text that ``*`` matched; the header has it too."""
    source = Source.parse({"path": parts, "separator": "tab", "quoting": "none", "origin": "part"})
    raw = source.raw()
    assert raw.frame["part"].tolist() == ["test", "train", "train"]
    assert source.header() == ["id", "document", "part"]


def test_origin_of_one_file_is_its_name(parts):
    """Without a wildcard the column has the file's name."""
    one = parts.replace("*", "test")
    assert Source.parse({"path": one, "separator": "tab", "origin": "part"}).raw().frame["part"].tolist() == [
        "ratings_test"
    ]


def test_origin_must_be_a_new_column(parts):
    """A name that the files already have is an error that names it."""
    with pytest.raises(DataError, match="'document'.*already|have a column of that name"):
        Source.parse({"path": parts, "separator": "tab", "quoting": "none", "origin": "document"}).raw()
