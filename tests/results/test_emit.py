"""Lines on stdout, whatever its encoding."""

from __future__ import annotations

import io
import sys

import pytest

from custpred.results.json_output import emit


@pytest.mark.parametrize(
    ("encoding", "written"), [("cp949", "-1.5"), ("cp1252", "-1.5"), ("utf-8", "\N{MINUS SIGN}1.5")]
)
def test_minus_signs_are_hyphens_where_there_are_none(
    monkeypatch: pytest.MonkeyPatch, encoding: str, written: str
) -> None:
    """Windows' code pages have no minus sign: output gets a hyphen, and no error."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding))
    emit({}, "C1: \N{MINUS SIGN}1.5 points")
    sys.stdout.flush()
    assert out.getvalue().decode(encoding).strip() == f"C1: {written} points"
