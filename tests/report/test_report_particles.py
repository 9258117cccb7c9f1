"""Korean particles follow the sound of the word before them."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from custpred.report._particles import particles
from custpred.report._text import Text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("고객은(는)", "고객은"),
        ("나이은(는)", "나이는"),
        ("서울(으)로", "서울로"),
        ("부산(으)로", "부산으로"),
        ("대구(으)로", "대구로"),
        ("'0'(으)로", "'0'으로"),
        ("'1'(이)라고", "'1'이라고"),
        ("1(으)로", "1로"),
        ("1,200을(를)", "1,200을"),
        ("0.762이(가)", "0.762가"),
        ("50%이(가)", "50%가"),
        ("ROC AUC은(는)", "ROC AUC는"),
        ("F1은(는)", "F1은"),
        ("PR을(를)", "PR을"),
        ("data_gb과(와)", "data_gb와"),
        ("total_charges은(는)", "total_charges는"),
        ("joined과(와) tenure은(는)", "joined와 tenure는"),
        ("channel(으)로", "channel로"),
        ("region(으)로", "region으로"),
        ("time을(를)", "time을"),
        ("internet은(는)", "internet은"),
        ("contract은(는)", "contract는"),
        ("정확도(0.733)이(가)", "정확도(0.733)가"),
        ("'yes'(이)었습니다", "'yes'였습니다"),
        ("'이탈'(이)며", "'이탈'이며"),
    ],
)
def test_particles_follow_the_final_sound(text: str, written: str) -> None:
    """Hangul and digits are read as such, Latin words as Korean spells them."""
    assert particles(text) == written


@pytest.mark.parametrize("word", ["group", "bag", "ㅋ", "→", ""])
def test_both_forms_remain_where_the_sound_is_uncertain(word: str) -> None:
    """Both forms are correct after any word."""
    assert particles(f"{word}은(는)") == f"{word}은(는)"


def test_sentences_and_messages_are_fitted_and_other_languages_are_not() -> None:
    """Values in a sentence or a message decide; English keeps its brackets."""
    assert Text("ko")("Columns most related to '{target}'", target="이탈") == "'이탈'과 가장 관련이 큰 열"
    message = "age and tenure have nearly the same information (1.000)."
    assert Text("ko").message(message) == "age와 tenure는 거의 같은 정보입니다(1.000)."
    assert Text()("{name}은(는)", name="age") == "age은(는)"


def test_a_placeholder_of_any_word_has_a_particle_that_fits() -> None:
    """No name stands before one fixed form; counts and shares, which end alike, may."""
    alike = "n|a|b|c|d|share|found|right|missed|wrong|ten|quarter|was|guess|rate|after|many|numbers|train|test|measured"
    alike += "|own|last|rows|reached|best|after|span|mean|name|label|left|others|all|when|power|what|where|of|before"
    name = rf"\{{(?!(?:{alike})\}})\w+\}}['\"]?(은|는|이|가|을|를|과|와|으로|로|라고|이라고)(?![가-힣(])"
    folder = files("custpred.report") / "theme"
    for file in ("ko.json", "ko_messages.json"):
        texts = json.loads((folder / file).read_text("utf-8")).values()
        assert [text for text in texts if re.search(name, text)] == []
