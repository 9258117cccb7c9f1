"""Numbers and words in sentences."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import custpred.report
from custpred.report._reading import interval
from custpred.report._text import GAP, Text, catalogue
from custpred.report.base import Section
from custpred.split.base import Split
from custpred.table import Kind
from custpred.target._horizon import Horizon
from custpred.target.base import Target
from custpred.task import Task, TaskKind
from custpred.text import NOTHING

FOLDER = Path(custpred.report.__path__[0])
TERMINAL = (
    "explain/waterfall.py",
    "explain/event_words.py",
    "explain/reasons.py",
    "explain/words.py",
    "inference/customer_card.py",
    "training/_figures/network_gates.py",
)
SPEAKING = sorted(
    [*FOLDER.glob("*.py"), *(FOLDER.parent / "monitoring").glob("*.py"), *(FOLDER.parent / each for each in TERMINAL)]
)
say = Text()
QUICK = settings(derandomize=True, max_examples=50, deadline=None)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0%"),
        (1, "100%"),
        (1.0, "100%"),
        (0.00001, "< 0.1%"),
        (0.99999, "> 99.9%"),
        (0.999, "99.9%"),
        (0.051, "5.1%"),
        (0.05, "5%"),
        (0.284, "28%"),
        (-0.3, "\N{MINUS SIGN}30%"),
        (12.5, "1,250%"),
        (float("nan"), NOTHING),
        (None, NOTHING),
    ],
)
def test_percent_near_0_and_100(value: float, told: str) -> None:
    """A share is rounded, but never to 0 or 100 % unless it is exactly that."""
    assert say.percent(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"),
        (7, "7"),
        (1234567, "1,234,567"),
        (0.000123, "0.000123"),
        (9.996, "10"),
        (-2.5, "\N{MINUS SIGN}2.5"),
        (float("inf"), NOTHING),
    ],
)
def test_number_has_no_exponent(value: float, told: str) -> None:
    """Numbers have three significant digits, without exponent or trailing zeros."""
    assert say.number(value) == told


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
@QUICK
def test_formatted_numbers_are_accurate(value: float) -> None:
    """Reading the text gives the value to half a percent, or a billionth."""
    back = float(say.number(value).replace(",", "").replace("\N{MINUS SIGN}", "-"))
    assert back == pytest.approx(value, rel=0.006, abs=1e-9)


@given(st.floats(allow_nan=False, min_value=0, max_value=1))
@QUICK
def test_only_all_is_100_percent(share: float) -> None:
    """100 % is only everything, and 0 % only nothing."""
    assert (say.percent(share) == "100%") == (share == 1)
    assert (say.percent(share) == "0%") == (share == 0)


@pytest.mark.parametrize(
    ("currency", "language", "value", "told"),
    [
        ("USD", "en", 12_300_000, "$12.3 M"),
        ("USD", "en", 1234.4, "$1,234"),
        ("KRW", "ko", 12_300_000, "₩1,230만"),
        ("KRW", "ko", 250_000_000, "₩2.5억"),
        ("CHF", "en", -950, "\N{MINUS SIGN}950 CHF"),
        ("", "en", 12.5, "12.50"),
        ("", "en", 0, "0"),
    ],
)
def test_money_is_formatted(currency: str, language: str, value: float, told: str) -> None:
    """Amounts have their currency, are shortened by language, and have the sign first."""
    assert Text(language, currency).money(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 ms"),
        (0.25, "0.25 s"),
        (59.4, "59 s"),
        (60, "1 min 0 s"),
        (3599.9, "1 h 0 min"),
        (3725, "1 h 2 min"),
        (None, NOTHING),
    ],
)
def test_durations_have_two_units(seconds: float, told: str) -> None:
    """Durations have their two largest units."""
    assert say.duration(seconds) == told


def test_bytes_and_points_are_formatted() -> None:
    """Bytes have the largest unit that fits, differences of shares are signed percentage points."""
    assert [say.size(n) for n in (12, 1500, 2_000_000, 8e9)] == ["12 B", "1.5 kB", "2 MB", "8 GB"]
    assert [say.points(v) for v in (0.0123, -0.2)] == ["+1.2 pp", "\N{MINUS SIGN}20.0 pp"]


def test_amounts_read_together_have_equal_decimals() -> None:
    """Those of the largest of each unit, whatever the currency has."""
    assert Text(currency="USD").alike([27.656, 1432.4], "money") == ["$28", "$1,432"]
    assert Text(currency="USD").alike([3, 4.5], "money") == ["$3.00", "$4.50"]
    assert Text(currency="USD").alike([-9_950_000, 12_300_000], "money") == ["\N{MINUS SIGN}$9.9 M", "$12.3 M"]
    assert Text(currency="USD").alike([950_000, 12_340_000], "money") == ["$950,000", "$12.3 M"]
    assert Text("ko", "KRW").alike([12_300_000, 156_000_000], "money") == ["₩1,230만", "₩1.56억"]
    assert Text(currency="KRW").alike([0.4, 7.5], "money") == ["₩0", "₩8"]
    assert interval(Text(currency="USD"), 40.5, 2_000, "money") == "$40\N{EN DASH}$2,000"


def test_zero_has_no_sign() -> None:
    """What rounds to zero is written without a minus or a plus, in every format."""
    assert [say.score(v) for v in (-0.0, 0.0)] == ["0.000", "0.000"]
    assert [say.percent(-0.0), say.points(-0.0001), say.points(0.0)] == ["0%", "0.0 pp", "0.0 pp"]


def test_one_is_singular() -> None:
    """One customer is not 'customers'."""
    assert say.count(1, "customer") == "1 customer"
    assert say.count(0, "customer") == "0 customers"


def test_names_are_joined() -> None:
    """Names are joined as in a sentence; those beyond the limit are counted."""
    assert say.listed([]) == ""
    assert say.listed(["a"]) == "a"
    assert say.listed(["a", "b", "c"]) == "a, b and c"
    assert say.listed("abcdefg", 3) == "a, b, c and 4 more"


def test_values_are_never_templates() -> None:
    """Braces in a value are shown, not filled in."""
    assert say("Nothing to show here: {reason}", reason="{secret} {0}") == "Nothing to show here: {secret} {0}"


def test_cells_of_every_kind() -> None:
    """Text is unchanged, None a dash, and numbers follow their column's format."""
    assert [say.cell(v) for v in (None, "x", True, 3, 0.25)] == [NOTHING, "x", "yes", "3", "0.25"]
    assert say.cell(0.25, "percent") == "25%"
    assert say.cell("n/a", "percent") == "n/a"


def spoken() -> set[str]:
    """Return the report's fixed texts: first arguments of ``say``, nouns of ``say.count``."""
    found: set[str] = set()
    for path in SPEAKING:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (_is_say(node.func) or _is_count(node.func)):
                place = 1 if _is_count(node.func) else 0
                given_ = node.args[place] if len(node.args) > place else None
                if isinstance(given_, ast.Constant):
                    found.add(str(given_.value))
    return found | {Section.find(kind).title for kind in Section.kinds()} | stated()


def stated() -> set[str]:
    """Return texts of kinds about themselves: what a label is, how the test was chosen."""
    targets = [kind for kind in (Horizon, *Target.every()) if issubclass(kind, Horizon)]
    questions = {text for kind in targets for text in (kind.sentence, kind.title)}
    tasks = (Task("binary", "left", ("no", "yes")), Task("regression", "spend"))
    return questions | {kind.dealt(task) for kind in Split.every() for task in tasks}


def _is_say(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "say"


def _is_count(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "count" and isinstance(function.value, ast.Name)


def test_every_fixed_text_is_translated() -> None:
    """Each sentence, heading and noun of the report has a Korean text."""
    missing = spoken() - catalogue("ko").keys()
    assert not missing


def test_every_translation_is_used() -> None:
    """The Korean catalogue has no text that the report does not use."""
    sources = "".join(path.read_text(encoding="utf-8") for path in [*SPEAKING, *FOLDER.glob("theme/*.j2")])
    plain = re.sub(r'"\s*\n\s*"', "", sources)
    kinds = {*get_args(Kind), *get_args(TaskKind)}
    known = spoken() | kinds | {f"{kind} column" for kind in kinds}
    assert [key for key in catalogue("ko") if key not in known and key.casefold() not in plain.casefold()] == []


def test_translations_have_the_same_placeholders() -> None:
    """A translation names only values that the English sentence has, and loses none of them."""
    for english, korean in catalogue("ko").items():
        gaps, filled = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, korean))
        assert gaps == filled - ({"n"} if "{n}" not in english else set()), english


def test_messages_have_the_same_placeholders() -> None:
    """The translation of a message has the placeholders of the English one."""
    told = json.loads((FOLDER / "theme" / "ko_messages.json").read_text(encoding="utf-8"))
    for english, korean in told.items():
        assert set(GAP.findall(english)) == set(GAP.findall(korean)), english


def _declined() -> list[str]:
    """Return every reason for which a measure declines, with a word in each placeholder."""
    found = []
    for path in (FOLDER.parent / "evaluate").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotApplicable":
                text = node.args[0]
                if isinstance(text, ast.JoinedStr | ast.Constant):
                    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                    found.append("".join(str(getattr(part, "value", "")) if isinstance(part, ast.Constant) else "x"
                                         for part in parts))  # fmt: skip
    return found


def test_every_reason_of_a_measure_is_korean() -> None:
    """No 'Nothing to show here' goes on in English on a Korean page."""
    reasons = _declined()
    assert len(reasons) > 8
    assert [reason for reason in reasons if Text("ko").message(reason) == reason] == []


def test_nested_messages_are_translated() -> None:
    """Placeholders that hold a known message are translated; names of columns are not."""
    text = Text("ko").message(
        "refund is the target in another form. If it is not known yet when predicting, leave it out (customers: drop)."
    )
    assert text.startswith("refund: 다른 모양의 목표입니다.")
    assert Text("en").message("refund is the target in another form.") == "refund is the target in another form."


def test_reasons_joined_by_semicolons_are_translated_one_by_one() -> None:
    """Each kind adds its own reason; a sentence with a semicolon of its own stays whole."""
    reasons = "calendar parts and ages of joined; counts and cross-fitted target means of city, which have many levels"
    text = Text("ko").message(reasons)
    assert text == "joined의 연, 월, 요일과 경과 일수; 값의 종류가 많은 city의 빈도와 교차 적합한 목표 평균"
    whole = "the time does not suffice for more; a larger budget scores them all"
    assert Text("ko").message(whole) == "시간이 부족하며, 예산을 늘리면 모두 계산합니다"


def test_choices_of_rows_are_korean() -> None:
    """How many rows were used reads as a Korean clause."""
    assert Text("ko").message("500 of 150,000 rows") == "150,000행 중 500행"
    assert Text("ko").message("685 of 50,000 customers") == "고객 50,000명 중 685명"
