"""Effects and reasons of Korean texts: whole words, not endings."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from custpred.features._text import morphemes, moving
from custpred.features.tfidf import Tfidf
from custpred.task import Task

KIWI = pytest.mark.skipif(find_spec("kiwipiepy") is None, reason="needs Kiwi")


@pytest.mark.parametrize("tokenizer", [pytest.param("kiwi", marks=KIWI), "char"])
@pytest.mark.parametrize("runs", ["words", "both"])
def test_korean_effects_are_of_whole_words(tokenizer, runs):
    """Neither notes nor the reasons of a text name endings; reasons add up to the score."""
    praise = ("배우가 참 좋았다.", "정말 재밌어요! 또 봤다", "여운이 남는다")
    blame = ("시간이 아깝다.", "재미없어요... 왜 봤다 했지", "내용이 하나도 없다")
    texts = pd.DataFrame({"review": [(praise if i % 2 else blame)[i // 2 % 3] for i in range(120)]})
    spec = Tfidf(tokenizer=tokenizer, runs=runs, language="ko", stopwords=["가", "이"])
    state = spec.learn(texts, np.arange(120) % 2, Task("binary", "kind", ("blame", "praise")), 0)
    written = {word.strip(".!") for text in (*praise, *blame) for word in text.split()}
    effects = next(note for note in spec.notes(state) if note.code == "F131").numbers
    assert set(effects) <= written
    assert effects["재미없어요"] < 0 < effects["좋았다"]
    how, scores = state["columns"][0], spec.apply(texts, state)["review: score"]
    for row in range(6):
        moved = moving.moved(texts["review"].iloc[row], how)[0]
        assert set(moved) == {word.strip(".!") for word in texts["review"].iloc[row].split()}
        assert sum(moved.values()) + how["starts"][0] == pytest.approx(scores.iloc[row], abs=1e-4)


@KIWI
def test_morphemes_know_their_word():
    """Contracted forms and repeated blanks do not shift the numbers."""
    texts = ["저는 했다 그랬어요", "", "책을  읽"]
    found = morphemes.within_words(texts, "kiwi")
    assert [" ".join(form for form, _ in line) for line in found] == morphemes.morphemes(texts, "kiwi")
    assert [sorted({at for _, at in line}) for line in found] == [[0, 1, 2], [], [0, 2]]
    assert found[0][0] == ("저", 0)
