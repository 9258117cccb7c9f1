"""Other spellings of training values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custpred.columns.contract import Expected, Intake, learn
from custpred.columns.spelling import truth_pair
from custpred.source._typing.conform import conform
from custpred.source._typing.typed_table import typed
from custpred.table import Finding

WAYS: dict[str, tuple[Any, Any]] = {
    "bool": (False, True),
    "ints": (0, 1),
    "floats": (0.0, 1.0),
    "digits": ("0", "1"),
    "decimals": ("0.0", "1.0"),
    "words": ("no", "yes"),
    "capitals": ("NO", "YES"),
    "letters": ("N", "Y"),
    "truth": ("FALSE", "TRUE"),
    "short": ("f", "t"),
    "blanks": (" no ", "Yes "),
}


def _trained(values: list[Any], kind: str | None = None) -> tuple[Any, Intake]:
    """Return the columns and the contract of a table with one column and a number."""
    frame = pd.DataFrame({"c": pd.Series(values), "n": np.arange(len(values)) * 1.5})
    table = typed(frame, types={"c": kind} if kind else {})
    return table, Intake(learn(table.frame, table.columns))


def _brought(values: list[Any], trained: tuple[Any, Intake]) -> tuple[pd.Series, list[Finding]]:
    table, intake = trained
    new = pd.DataFrame({"c": pd.Series(values), "n": np.zeros(len(values))})
    frame, notes = conform(new, table.columns, intake=intake)
    return frame["c"], notes


def _texts(series: pd.Series) -> list[Any]:
    return series.astype(object).where(series.notna(), None).tolist()


@pytest.mark.parametrize("was", WAYS)
@pytest.mark.parametrize("now", WAYS)
def test_yes_and_no_are_matched_in_any_spelling(was: str, now: str) -> None:
    """A yes/no column gives the same values however new rows spell it."""
    trained = _trained([WAYS[was][i % 3 == 0] for i in range(60)])
    labels = [1, 0, 0, 1, 1]
    wanted, _ = _brought([WAYS[was][i] for i in labels], trained)
    found, notes = _brought([WAYS[now][i] for i in labels], trained)
    assert _texts(found) == _texts(wanted)
    assert not [note for note in notes if note.code == "D128"]


def test_a_match_is_noted_with_its_rows() -> None:
    """The note has column, both spellings and rows; equal spellings are not noted."""
    trained = _trained([True, False] * 30)
    _, notes = _brought([1, 0, 0], trained)
    assert [(note.code, note.column, note.severity, note.numbers["rows"]) for note in notes] == [
        ("D161", "c", "warning", 3)
    ]
    assert "'0' -> 'False', '1' -> 'True'" in notes[0].text
    assert _brought([True, False], trained)[1] == []


@pytest.mark.parametrize(
    ("levels", "new", "wanted"),
    [
        (["00011", "00012", "A"], "11", "00011"),
        (["2", "B", "A"], "2.0", "2"),
        (["Month-to-month", "One year"], "month-to-month  ", "Month-to-month"),
        (["Month-to-month", "One  year"], "ONE YEAR", "One  year"),
        (["Zürich", "Bern"], "ZÜRICH", "Zürich"),
        (["No", "Yes", "No phone service"], "1", "Yes"),
    ],
)
def test_plain_variants_are_matched(levels: list[str], new: str, wanted: str) -> None:
    """Leading zeros, a zero fraction, case and blanks do not make another level."""
    trained = _trained(levels * 20)
    assert _texts(_brought([new, levels[0]], trained)[0]) == [wanted, levels[0]]


@pytest.mark.parametrize(
    ("levels", "new"),
    [
        (["011", "0011", "A"], "11"),
        (["Basic", "basic", "pro"], "BASIC"),
        (["M", "F"], "0"),
        (["0", "1", "2", "A"], "yes"),
        (["yes", "no", "true", "false"], "1"),
        (["red", "blue"], "green"),
    ],
)
def test_ambiguous_spellings_are_unseen(levels: list[str], new: str) -> None:
    """A spelling that fits two levels, or none, is unchanged."""
    trained = _trained(levels * 20)
    found, notes = _brought([new], trained)
    assert _texts(found) == [new]
    assert notes == []


def test_a_rare_variant_prevents_a_match() -> None:
    """A level is not matched to one that training distinguished, even if that is not stored."""
    trained = _trained(["Basic", "pro"] * 30 + ["basic"] * 3)
    assert trained[1].columns[0].levels == ("Basic", "pro")
    assert _texts(_brought(["basic", "BASIC"], trained)[0]) == ["basic", "BASIC"]


def test_numbers_with_leading_zeros_are_read() -> None:
    """A numeric column reads 0007 as 7; a text in it is still counted as unreadable."""
    trained = _trained([value / 2 for value in range(200)])
    found, notes = _brought(["0007", "8", "x"], trained)
    np.testing.assert_array_equal(found, [7.0, 8.0, np.nan])
    assert [note.code for note in notes] == ["D161", "D128"]
    assert notes[1].numbers == {"rows": 1}


def test_yes_and_no_are_not_numbers_if_training_had_others() -> None:
    """Yes and no stand for 1 and 0 only in a column without other values."""
    found, notes = _brought(["yes", "no"], _trained([0, 1, 2] * 20))
    assert found.isna().all()
    assert [note.code for note in notes] == ["D128"]


@pytest.mark.parametrize(
    ("levels", "wanted"),
    [
        (["Y", "N"], ("N", "Y")),
        (["N", "Y", "U"], None),
        (["yes", "Yes", "no"], None),
        (["on", "off"], ("off", "on")),
        (["no"], ("no", "")),
        (["x"], None),
        ([], None),
    ],
)
def test_pairs_of_yes_and_no(levels: list[str], wanted: tuple[str, str] | None) -> None:
    """Letters and digits are a pair only without other levels; two pairs are none."""
    assert truth_pair(levels) == wanted


def _variants(text: str) -> st.SearchStrategy[str]:
    """Return other spellings of a level."""
    made = [text, text.upper(), text.lower(), f" {text} ", text.title()]
    if text.isdecimal():
        made += [f"0{text}", f"{text}.0"]
    return st.sampled_from(made)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_equivalent_spellings_give_the_same_values(data: st.DataObject) -> None:
    """If levels differ in more than spelling, variants are matched to them."""
    word = st.text("abcdeXYZ -", min_size=1, max_size=6).filter(lambda text: text.strip() == text and "  " not in text)
    number = st.integers(0, 500).map(str)
    levels = data.draw(st.lists(st.one_of(word, number), min_size=2, max_size=6, unique_by=str.casefold))
    trained = _trained(levels * 12, "category")
    picks = data.draw(st.lists(st.sampled_from(levels), min_size=1, max_size=8))
    given_as = [data.draw(_variants(level)) for level in picks]
    assert _texts(_brought(given_as, trained)[0]) == _texts(_brought(picks, trained)[0])


def test_a_contract_round_trips() -> None:
    """Saving and loading keeps every part."""
    import json

    for values in (["a", "b", None] * 20, list(range(100)), [True, False] * 30, [None, *range(50)]):
        _, intake = _trained(values)
        again = Intake.load(json.loads(json.dumps(intake.dump())))
        assert again == intake
        assert all(isinstance(each, Expected) for each in again.columns)
