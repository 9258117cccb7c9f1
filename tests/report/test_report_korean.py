"""A Korean page is entirely Korean: sentences of sections, findings, and reasons of choices."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from custpred.missing.base import Missing
from custpred.report._blocks import Grid
from custpred.report._fallback import fallback
from custpred.report._page import page
from custpred.report._text import Text, catalogue
from custpred.report._words import target_name
from custpred.report.decisions import choices
from custpred.results.record import Decision
from custpred.source._typing import amounts, typing_notes
from custpred.source.base import Source
from custpred.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custpred.results.record import Record

ROOT = Path(__file__).parents[2] / "custpred"
KOREAN = Text("ko")
MESSAGES = json.loads((ROOT / "report" / "theme" / "ko_messages.json").read_text("utf-8"))
GAPS = re.compile(r"\{\w+\}")
GAP = "x7"
OWN = {"id", "{name}", "{label}", ""}
"""Words that are the same in both languages."""
SPOKEN = 14
"""Letters of fixed text from which a message is a sentence of its own."""
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b|\b7 [a-z]{3,}")
"""Two English words in a row: a message, or part of one, that has no translation."""
UNSPOKEN = re.compile(r"`[^`]*`|'[^']*'|\{[^}]*\}")
"""Parts of messages that are the same in both languages: code and quoted values."""
REASONS = ("usual", "suits", "_final", "_metrics", "_features", "_models", "split_of")
"""Functions whose last returned text is the reason of a choice."""
TELLS = re.compile(rf"\b(Finding|Decision|Suited|note|idle|unchanged)\(|def ({'|'.join(REASONS)})\b")
NOTES = {"Decision": 2, "Suited": 0, "unchanged": 0, "note": 0, "idle": 0, "setdefault": 1, "fromkeys": 1}
"""Calls that give a choice's reason or what a step learned, and the text's position."""


def test_every_sentence_of_a_page_is_korean(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """For any record, also texts that sections look up by name have a translation."""
    said: set[str] = set()
    plain = Text.__call__

    def listen(self: Text, template: str, /, **values: object) -> str:
        said.add(template)
        return plain(self, template, **values)

    monkeypatch.setattr(Text, "__call__", listen)
    page(replace(record, recipe={**record.recipe, "report": {"language": "ko"}}))
    own = {*record.data.kinds, *record.task.labels, *(each["label"] for each in record.metrics.values()), *OWN}
    known = {*catalogue("ko"), *catalogue("ko").values(), *MESSAGES.values()}
    missing = {each for each in said - known - own if any(letter.isalpha() for letter in each)}
    assert sorted(missing) == []


def _texts(node: ast.expr, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Yield an expression's possible texts, with a word in each placeholder."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif parts := _parts(node):
        yield from map("".join, product(*([*_texts(part, named)] or [GAP] for part in parts)))
    elif isinstance(node, ast.Name):
        for value in named.get(node.id, ()):
            yield from _texts(value, {key: each for key, each in named.items() if key != node.id})
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body, named), *_texts(node.orelse, named))
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        for each in named.get(node.value.id, ()):
            yield from _chosen(each, node.slice, named)


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return the expressions that a text is joined from."""
    if isinstance(node, ast.JoinedStr):
        return [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "plural":
        return [ast.Constant("7 "), node.args[1], ast.Constant("s")]
    joined = isinstance(node, ast.BinOp) and not isinstance(node.left, ast.Name)
    return [node.left, node.right] if joined else []  # type: ignore[attr-defined]


def _chosen(node: ast.expr, place: ast.expr, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Yield what may be at a place of a tuple, or what a dict may hold."""
    if isinstance(node, ast.IfExp):
        yield from (*_chosen(node.body, place, named), *_chosen(node.orelse, place, named))
    elif isinstance(node, ast.Tuple) and isinstance(place, ast.Constant):
        yield from _texts(node.elts[place.value], named)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value, named)


@cache
def _functions() -> list[tuple[ast.FunctionDef, dict[str, list[ast.expr]]]]:
    """Return the functions that give messages, with the values of their names."""
    found = []
    for text in (path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py"))):
        if not TELLS.search(text):
            continue
        module = ast.parse(text)
        for function in ast.walk(module):
            if isinstance(function, ast.FunctionDef):
                named: dict[str, list[ast.expr]] = {}
                for node in (*module.body, *ast.walk(function)):
                    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                        named.setdefault(node.targets[0].id, []).append(node.value)
                _extend(function.body, {}, named)
                found.append((function, named))
    return found


def _extend(body: list[ast.stmt], now: dict[str, list[ast.expr]], named: dict[str, list[ast.expr]]) -> bool:
    """Put the texts that ``+=`` makes into ``named``; return whether the block goes on.

    ``now`` has the values of the names so far.
    """
    before = {id(each) for values in now.values() for each in values}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            now[node.targets[0].id] = [node.value]
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            name, short = node.target.id, now.get(node.target.id, [])
            now[name] = [ast.BinOp(each, node.op, node.value) for each in short]
            whole = [each for each in named.get(name, []) if each not in short or id(each) in before]
            named[name] = [*whole, *now[name]]
        elif isinstance(node, ast.If):
            ends = [dict(now), dict(now)]
            kept = [end for part, end in zip((node.body, node.orelse), ends, strict=True) if _extend(part, end, named)]
            now.update({name: [each for end in kept for each in end.get(name, [])] for end in kept for name in end})
        elif isinstance(node, ast.For | ast.While | ast.With):
            _extend(node.body, now, named)
        elif isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
            return False
    return True


def _english(texts: set[str]) -> list[str]:
    """Return the texts without a translation, or one that begins with them."""
    known = [GAPS.sub(GAP, english) for english in MESSAGES]
    return sorted(
        text
        for text in texts
        if len(text.replace(GAP, "").strip()) >= SPOKEN
        and ENGLISH.search(UNSPOKEN.sub("", KOREAN.message(text)).replace(GAP, ""))
        and not any(each.startswith(text) and each != text for each in known)
    )


def test_the_headline_counts_people_in_korean() -> None:
    """With and without a campaign, customers are counted as people."""
    words = {"all": "테스트 고객 90명", "left": "24", "positive": "예", "n": "9", "reached": "25%"}
    assert KOREAN("Of {all}, {left} are '{positive}'.", **words) == "테스트 고객 90명 중 24명이 '예'입니다."
    assert "9명 미만이 '예'입니다" in KOREAN("Of {all}, fewer than {n} are '{positive}'.", **words)
    sentences = [each for each in catalogue("ko") if "the 10% with the highest score ({n})" in each.lower()]
    assert len(sentences) == 2
    for sentence in sentences:
        assert "10%(9명)에" in KOREAN(sentence, **words)


def test_every_finding_is_korean() -> None:
    """Each finding of reading, profiling and preparation has a Korean sentence for every code."""
    texts = {
        text
        for function, named in _functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
        for given in node.args[2:3]
        for text in _texts(given, named)
    }
    assert len(texts) > 80
    assert _english(texts) == []


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("12 rows of 90 have no purchase in the horizon and were left out.", "90개 행 중 12개 행은 예측 기간에"),
        ("12 rows of 90 have no known outcome yet and were left out.", "90개 행 중 12개 행은 아직"),
        ("12 rows of 90 belong to customers who are not in the table of customers.", "90개 행 중 12개 행은 고객 표"),
        ("Merged as A: 12 rare items, 3.2% of the rows.", "A에 합침: 드문 항목 12개, 행의 3.2%."),
        ("what customers did before each cutoff, gathered from A", "기준일마다 그 전에 고객이 한 일, A에서 모음"),
        ("Column 'A' is read as dates: seconds since 1970-01-01 in UTC.", "1970-01-01(UTC)부터 센 초."),
        (
            "'A' in the table of customers is on or after the cutoff in 3.2% of the rows; these become missing values,"
            " because they were unknown at the cutoff.",
            "결측치가 됩니다.",
        ),
        (
            "'A' in the table of customers is on or after the cutoff in 3.2% of the rows, mostly in those with later"
            " events: it contains later information. Drop it (customers: {drop: [A]}), or provide its values as of"
            " the cutoffs.",
            "기준일 당시의 값을 주십시오.",
        ),
    ],
)
def test_messages_about_events_are_korean_throughout(text: str, end: str) -> None:
    """Nothing stays English but names and keys, and particles fit the words."""
    made = KOREAN.message(text)
    assert end in made
    assert set(re.findall("[A-Za-z]{2,}", made)) <= {"UTC", "customers", "drop"}


def _called(node: ast.AST) -> list[ast.expr]:
    """Return the text that a call of ``NOTES`` is given."""
    if not isinstance(node, ast.Call):
        return []
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    return node.args[NOTES[name] : NOTES[name] + 1] if name in NOTES else []


def test_every_reason_of_a_choice_is_korean() -> None:
    """Reasons of chosen and omitted kinds, and notes of steps, are Korean."""
    texts = set()
    for function, named in _functions():
        for node in ast.walk(function):
            chosen = isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and function.name in REASONS
            given = node.value.elts[-1:] if chosen else _called(node)  # type: ignore[union-attr]
            if isinstance(node, ast.Assign) and function.name in REASONS:  # parts that a reason is joined from
                given = [node.value]
            texts |= {text for each in given for text in _texts(each, named)}
    assert len(texts) > 50
    assert _english(texts) == []


@pytest.mark.parametrize(
    ("message", "korean"),
    [
        (
            "10 outlying values clipped in training: Tenure 4.",
            "학습 데이터에서 벗어난 값 10개를 한계값으로 잘랐습니다: Tenure 4.",
        ),
        (
            "35 rows repeat an earlier row in every column but the key ID and the target.",
            "35개 행이 고객 번호 ID와 목표를 뺀 모든 열에서 앞의 행과 같습니다.",
        ),
        ("1 row with weight 0 in 'w' was left out.", "'w' 열에서 가중치가 0인 1개 행을 제외했습니다."),
        (
            "135 rows of 541 in 'orders' have no customer and were left out.",
            "'orders' 표의 541개 행 가운데 135개 행은 고객 번호 값이 없어 제외했습니다.",
        ),
        ("2 columns hold ids and are not used: a, b.", "쓰지 않는 2개 열(식별자): a, b."),
        ("90 runs of words and characters, read by kiwi.", "단어와 글자 조각 90개, kiwi로 읽음."),
        (
            "9 missing values in 2 columns: age 8 (median), city 1 (most frequent level).",
            "2개 열에 결측치 9개: age 8 (중앙값), city 1 (최빈 범주).",
        ),
        (
            "families that differ blend best on 2,000 rows and 8 columns",
            "서로 다른 모델을 섞는 것이 가장 좋습니다(2,000개 행, 8개 열)",
        ),
        (
            "12 rows of 3,000 that repeat an earlier one in every column were left out, as the recipe says.",
            "3,000개 행 가운데 모든 열에서 앞의 행과 같은 12개 행을 레시피대로 제외했습니다.",
        ),
        (
            "Column 'paid' holds amounts of money, read as numbers (9 rows), written with a decimal comma; "
            "`decimal` overrides.",
            "'paid' 열의 금액을 소수점이 쉼표인 숫자로 읽었습니다(9개 행). `decimal`로 바꿉니다.",
        ),
        ("Blanks around 7 values of column 'a' were removed.", "'a' 열의 값(7개) 앞뒤 공백을 지웠습니다."),
    ],
)
def test_placeholders_of_messages_are_translated(message: str, korean: str) -> None:
    """Numbers with their nouns, and nested sentences, are Korean too."""
    assert KOREAN.message(message) == korean


def test_no_message_is_taken_by_the_pattern_of_another() -> None:
    """The pattern with the most fixed letters wins, wherever it stands in the file."""
    for english, korean in MESSAGES.items():
        gaps = dict.fromkeys(GAPS.findall(english))
        words = {gap: "7" if gap == "{digits}" else f"q{place}" for place, gap in enumerate(gaps)}
        filled, wanted = (GAPS.sub(lambda gap, words=words: words[gap[0]], text) for text in (english, korean))
        assert KOREAN.message(filled) == KOREAN._fitting(wanted), english


def test_findings_that_are_put_together_are_korean() -> None:
    """Amounts, ways of writing numbers, filled values and the reasons of unused columns."""
    styles = [f"{kind} {way}" for kind in ("amount", amounts.PERCENT) for way in ("plain", *typing_notes._STYLE)]
    found = [typing_notes.money("a", amounts.Style(each, "₩", 9))[0].text for each in styles]
    found += [typing_notes.number_style("a", way, 9)[0].text for way in typing_notes._STYLE]
    frame = pd.DataFrame({"income": [1.0, 2, np.nan], "city": ["a", "a", None], "none": [np.nan] * 3})
    for kind in ("median", "mean", "mode", "knn", "constant"):
        spec = Missing.parse(kind)
        found += [note.text for note in spec.notes(spec.learn(frame, None, None, 0))]
    table = pd.DataFrame({"user_id": range(60), "same": "x", "zero": 0, "hash": [f"{i:08x}-k" for i in range(60)]})
    found += [each.reason for each in Source.parse({"data": table}).read().columns]
    assert [text for text in map(KOREAN.message, found) if re.search("[A-Za-z]{3,} [A-Za-z]{2,}", text)] == []
    assert sum("missing value" in text for text in found) == 5
    assert len(set(found)) > 12


def test_a_column_that_is_not_used_is_named_in_korean() -> None:
    """Decisions about columns have no key of the recipe, and their word is translated."""
    decisions = [Decision("column 지역", "declined", "no row holds a value"), Decision("split", "plain", "")]
    grid = next(block for block in choices(decisions, KOREAN) if isinstance(block, Grid))
    assert grid.rows[0] == ("지역 열", "쓰지 않음", "값이 있는 행이 없습니다")
    assert grid.rows[1][0] == "split"


@pytest.mark.parametrize(
    "reason",
    [
        "the time of the run ended first",
        "it took longer than 12 seconds",
        "it used 900 MB of the 800 MB that all jobs may use",
        "the system killed it for lack of memory",
        "the process was ended by SIGSEGV",
        "the process ended without a reply (exit code 3)",
        "not enough memory",
        "cancelled before it started",
    ],
)
def test_a_run_without_a_model_says_why_in_korean(binary: Record, reason: str) -> None:
    """The reason of the failed model is a part of the headline."""
    rows = [replace(row, kind="rule", name="rule #1", baseline=True) for row in binary.leaderboard[:1]]
    for kind in ("logistic", "lightgbm"):
        lost = {"status": "timeout", "reason": reason, "baseline": False, "score": None, "weight": 0.0}
        rows.append(replace(rows[0], kind=kind, name=f"{kind} #2", **lost))
    text = str(fallback(replace(binary, leaderboard=tuple(rows)), KOREAN))
    assert not ENGLISH.search(text.replace("rule #1", ""))
    assert KOREAN.message(reason) in text


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("no_event", "no orders in 90 days", "90일 동안 orders 없음"),
        ("no_event", "no events in 90 days", "90일 동안 이벤트 없음"),
        ("event", "orders in 90 days", "90일 안의 orders"),
        ("amount", "orders amount in 90 days", "90일 동안의 orders 금액"),
        ("next", "next of orders", "다음 orders"),
        ("no_event", "left", "left"),
    ],
)
def test_targets_from_events_are_korean(kind: str, name: str, shown: str) -> None:
    """Their names are descriptions; any other name is that of a column."""
    data = SimpleNamespace(events={"kind": kind, "table": "orders", "horizon": "90d"})
    record: Any = SimpleNamespace(data=data, task=Task("binary", name, ("no", "yes")))
    assert target_name(record, Text("ko")) == shown
    assert target_name(record, Text()) == name


def test_heads_of_one_english_word_are_translated_by_their_meaning(binary: Record) -> None:
    """What a group's list has found of its positives is not the result of a requirement."""
    korean = replace(binary, recipe={**binary.recipe, "report": {"language": "ko"}})
    grids = [each for part in page(korean, only=["segments"]).parts for each in part.blocks if isinstance(each, Grid)]
    heads = {head for grid in grids for head in grid.columns}
    assert "찾은 해당 고객 비율" in heads and KOREAN("Found") not in heads
