"""Texts as words: cleaning, tokenizers, coded steps and the cross-fitted score."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import roc_auc_score

from custpred.columns.sequence import Layout
from custpred.errors import MissingDependency
from custpred.features._text import cleaning, morphemes, moving, ngrams, text_score, word_codes
from custpred.features.tfidf import Tfidf
from custpred.features.tokens import Tokens
from custpred.source._samples.reviews import make
from custpred.table import Column, Table
from custpred.target.column import Column as ColumnTarget
from custpred.task import Setting, Task

TASK = Task("binary", "sentiment", ("negative", "positive"))
PLAIN = {"tags": True, "lower": True, "hangul": False, "tokenizer": "word", "stopwords": []}
LETTERS = st.text(alphabet="ab c!가나ㅋ\n<>&'", max_size=30)


def column(*texts: str | None) -> pd.Series:
    return pd.Series(list(texts), dtype=object)


def frame(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"review": column(*texts)})


@pytest.fixture(scope="module")
def reviews() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    made = make(700, 3)
    truth = (made.frame["sentiment"] == "positive").to_numpy().astype(int)
    return made.frame[["review"]], truth, made.truths["sentiment"]


def test_tags_and_entities_are_removed():
    """HTML tags are removed, entities decoded, and text that only looks like a tag stays."""
    found = cleaning.cleaned(["Good<br />film &amp; <b>cast</b>", "a < b and c > d", "I <3 it"], PLAIN)
    assert found == ["good film & cast", "a < b and c > d", "i <3 it"]


def test_hangul_filter_keeps_hangul_and_blanks():
    """What is then empty becomes an empty text."""
    found = cleaning.cleaned(["아 더빙.. 진짜 짜증나네요 ㅋㅋ 100점", "only english!"], {**PLAIN, "hangul": True})
    assert found == ["아 더빙 진짜 짜증나네요 ㅋㅋ 점", ""]


def test_words_keep_marks_and_apostrophes():
    """Words may contain apostrophes; punctuation marks are words, as they carry sentiment."""
    assert cleaning.cut(["don't 'stop'!! 좋아요ㅠㅠ."], PLAIN) == ["don't ' stop ' ! ! 좋아요ㅠㅠ ."]


def test_characters_are_words_with_a_sign_for_blanks():
    """Each character is a word, blanks included."""
    assert cleaning.cut(["가 나"], {**PLAIN, "tokenizer": "char"}) == [f"가 {cleaning.BLANK} 나"]


def test_stop_words_are_left_out():
    """Whole words of the list are removed, never parts of a word."""
    how = {**PLAIN, "stopwords": cleaning.LISTS["ko"]}
    assert cleaning.lines(["이 영화 는 이야기 좀 좋다"], how) == ["영화 이야기 좋다"]


def test_language_is_found_by_letters():
    """Texts with enough Hangul are Korean; punctuation and digits do not count."""
    assert cleaning.language_of(column("재밌다!!! 10/10", None)) == "ko"
    assert cleaning.language_of(column("fine film", "좋다")) == "en"
    assert cleaning.language_of(column("!!!", None)) == "en"


def test_missing_kiwi_says_what_to_install(monkeypatch):
    """The error has the command that installs the tokenizer."""
    monkeypatch.setattr(morphemes, "installed", lambda name: False)
    with pytest.raises(MissingDependency, match=r"pip install 'custpred\[ko\]'"):
        Tokens(tokenizer="kiwi").learn(frame("좋다"), None, None, 0)
    with pytest.raises(MissingDependency, match=r"konlpy is needed for tokenizer: okt.*pip install konlpy"):
        Tokens(tokenizer="okt").learn(frame("좋다"), None, None, 0)


def test_auto_takes_characters_for_korean_without_kiwi(monkeypatch):
    """Without kiwi, Korean is read character by character; English word by word."""
    monkeypatch.setattr(cleaning, "installed", lambda name: False)
    assert cleaning.reading(column("좋다"), Tokens())["tokenizer"] == "char"
    assert cleaning.reading(column("good"), Tokens())["tokenizer"] == "word"


@pytest.mark.skipif(find_spec("kiwipiepy") is None, reason="kiwipiepy is not installed")
def test_kiwi_finds_morphemes_without_blanks():
    """Kiwi splits words that are written together, the same for one text and for many."""
    texts = ["너무재밌었다", "", "배우가 좋다"]
    found = morphemes.morphemes(texts, "kiwi")
    assert len(found[0].split()) > 2
    assert found[1] == ""
    assert morphemes.morphemes(texts[2:], "kiwi") == found[2:]


def test_morphemes_are_found_once(monkeypatch, tmp_path):
    """Stored morphemes in the scratch folder are reused."""
    looked_up: list[str] = []
    monkeypatch.setattr(morphemes, "_known", {"kiwi": {}, "okt": {}})
    monkeypatch.setattr(morphemes, "_found", lambda texts, *_: [looked_up.append(t) or " ".join(t) for t in texts])
    monkeypatch.setattr(morphemes, "usable", lambda name: None)
    monkeypatch.setattr(cleaning, "usable", lambda name: None)
    spec, texts = Tokens(tokenizer="kiwi", language="ko", min_rows=1), frame("좋다", "나쁘다", "좋다", None)
    spec.precompute(texts, tmp_path, 1)
    morphemes._known["kiwi"].clear()
    spec.load_precomputed(tmp_path)
    state = spec.learn(texts, None, None, 0)
    assert sorted(looked_up) == ["", "나쁘다", "좋다"]
    assert state["words"]["review#"] == ["다", "좋", "나", "쁘"]


def test_vocabulary_is_ordered_by_texts():
    """Words of more texts come first, ties by letter; rare and surplus ones have no code."""
    lines = ["b a a a", "b a", "b c", "c d"]
    assert word_codes.vocabulary(lines, most=3, least=1) == ["b", "a", "c"]
    assert word_codes.vocabulary(lines, most=9, least=3) == ["b"]


def test_codes_are_padded_at_the_start():
    """Unknown words are 1, and a long text loses its beginning or its end."""
    lines, known = ["a b", "c a b x", ""], ["a", "b", "c"]
    assert word_codes.coded(lines, known, 3).T.tolist() == [[0, 2, 3], [2, 3, 1], [0, 0, 0]]
    assert word_codes.coded(lines, known, 3, head=True).T.tolist() == [[0, 2, 3], [4, 2, 3], [0, 0, 0]]


def test_tokens_become_steps():
    """Texts become coded steps, the oldest first; new words, empty texts, one row are valid."""
    spec = Tokens(min_rows=1, length=3)
    state, out = spec.learn_apply(frame("good film", "bad film", None), None, None, 0)
    assert list(out.columns) == ["review#@-2", "review#@-1", "review#@-0"]
    assert Layout.of(out.columns).coded == ("review#",)
    words = ["padding", "unseen", *spec.words(state)["review#"]]
    assert [words[int(code)] for code in out.iloc[1]] == ["padding", "bad", "film"]
    assert spec.apply(frame("never heard film"), state).to_numpy().tolist() == [[1, 1, 2]]
    assert spec.lineage(state)["review#@-0"] == ("review",)


def test_length_covers_most_texts():
    """``auto`` keeps what 95 % of the texts have, at most 200 words."""
    state = Tokens().learn(frame(*["a b c d"] * 99, "a " * 500), None, None, 0)
    assert state["columns"][0]["length"] == 4
    assert Tokens().learn(frame(*["a " * 500] * 3), None, None, 0)["columns"][0]["length"] == 200


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), LETTERS), min_size=1, max_size=8))
def test_any_text_is_coded(texts: list[str | None]):
    """Any text becomes a row of vocabulary codes, the same alone and in a batch."""
    spec = Tokens(min_rows=1, length=6, language="en")
    state, out = spec.learn_apply(frame(*texts), None, None, 0)
    codes = out.to_numpy()
    assert codes.shape == (len(texts), 6)
    assert ((codes == 0) | ((codes >= 2) & (codes < 2 + len(state["words"]["review#"])))).all()
    for row, text in enumerate(texts):
        assert (spec.apply(frame(text), state).to_numpy() == codes[row]).all()


@pytest.mark.parametrize(
    ("kind", "longest", "analyzer"), [("words", 3, "word"), ("characters", 4, "char_wb"), ("words", 1, "word")]
)
@settings(derandomize=True, max_examples=30, deadline=None)
@given(texts=st.lists(LETTERS, min_size=1, max_size=10))
def test_ngrams_equal_scikit_learn(kind: str, longest: int, analyzer: str, texts: list[str]):
    """N-grams and counts are those of ``CountVectorizer``, except single blanks."""
    lines = cleaning.cut(cleaning.cleaned(texts, PLAIN), PLAIN)
    counter = CountVectorizer(analyzer=analyzer, token_pattern=r"\S+", ngram_range=(1, longest), lowercase=False)
    count = counter.build_analyzer()
    wanted = [Counter(run for run in count(line) if run != " ") for line in lines]
    found: list[Counter[str]] = [Counter() for _ in lines]
    for each in ngrams.runs(lines, kind, longest):
        for text, run in zip(each.text, each.spelled(np.arange(len(each.text))), strict=True):
            found[text][run] += 1
    assert [_short(each, longest) for each in found] == [_short(each, longest) for each in wanted]
    learned = ngrams.learned({kind: lines}, {kind: longest}, least=1, most=10**6)
    assert learned.counts.sum() == sum(sum(each.values()) for each in found)
    assert len(learned.numbers) == len(set().union(*found))
    assert (ngrams.counted({kind: lines}, {kind: longest}, learned.numbers) != learned.counts).nnz == 0


def _short(counts: Counter[str], longest: int) -> Counter[str]:
    """Leave out words shorter than the run, counted once with both blanks by scikit-learn."""
    return Counter({run: n for run, n in counts.items() if not (run.startswith(" ") and run.endswith(" "))})


def test_chunks_change_nothing(monkeypatch):
    """Texts processed in many small chunks give the same counts."""
    lines = [f"word{i % 7} and {i % 3}" for i in range(50)]
    whole = ngrams.learned({"words": lines}, {"words": 2}, 1, 1000)
    monkeypatch.setattr(ngrams, "CHUNK", 40)
    parts = ngrams.learned({"words": lines}, {"words": 2}, 1, 1000)
    assert (whole.numbers == parts.numbers).all()
    assert (whole.counts != parts.counts).nnz == 0


def test_tfidf_equals_scikit_learn():
    """The logarithm of counts with rows of length 1 is scikit-learn's ``sublinear_tf``."""
    lines = ["a a b", "b c", "c c c a", "d"]
    wanted = TfidfVectorizer(token_pattern=r"\S+", sublinear_tf=True).fit_transform(lines)
    counts = ngrams.learned({"words": lines}, {"words": 1}, 1, 100).counts
    found = text_score.weighed(counts, text_score.rarity(counts))
    assert np.allclose(np.sort(found.toarray(), axis=1), np.sort(wanted.toarray(), axis=1), atol=1e-6)


def test_scores_of_training_rows_do_not_leak_their_labels():
    """Scores of uninformative texts are uninformative, though weights fit them perfectly."""
    draw = np.random.default_rng(0)
    texts = frame(*(" ".join(f"w{each}" for each in draw.integers(0, 300, 30)) for _ in range(400)))
    truth = draw.integers(0, 2, 400)
    spec = Tfidf(strength=100.0)
    state, out = spec.learn_apply(texts, truth, TASK, 0)
    assert roc_auc_score(truth, spec.apply(texts, state)["review: score"]) > 0.95
    assert abs(roc_auc_score(truth, out["review: score"]) - 0.5) < 0.08


def test_score_is_nearly_as_good_as_the_truth(reviews):
    """On sample reviews new texts are ranked nearly as well as by the true probabilities."""
    X, y, known = reviews
    state = Tfidf(tokenizer="word", runs="both").learn(X[:500], y[:500], TASK, 0)
    scores = Tfidf().apply(X[500:], state)["review: score"]
    assert roc_auc_score(y[500:], scores) > roc_auc_score(y[500:], known[500:]) - 0.05


def test_unknown_texts_have_the_score_of_no_text(reviews):
    """Texts of unknown words, empty and missing ones have the same score."""
    X, y, _ = reviews
    state = Tfidf(tokenizer="word", runs="words").learn(X, y, TASK, 0)
    scores = Tfidf().apply(frame("zyx wvu", "", None), state)["review: score"]
    assert np.allclose(scores, state["columns"][0]["starts"][0])


def test_ngrams_of_a_text_add_up_to_its_score(reviews):
    """What each run adds, and the start, give the text's score."""
    X, y, _ = reviews
    spec = Tfidf(tokenizer="word", runs="both")
    state = spec.learn(X, y, TASK, 0)
    how, score = state["columns"][0], float(spec.apply(X[:1], state)["review: score"].iloc[0])
    moved = moving.moved(X["review"].iloc[0], how)[0]
    assert sum(moved.values()) + how["starts"][0] == pytest.approx(score, abs=1e-4)
    assert set(X["review"].iloc[0].lower().replace(",", " ").split()) & set(moved)


def test_report_names_words_of_many_texts(reviews):
    """Notes list influential words, praise upwards, blame downwards, no rare ones."""
    X, y, _ = reviews
    texts = X.assign(review=[f"{text} confidential" if row < 9 else text for row, text in enumerate(X["review"])])
    spec = Tfidf(tokenizer="word", runs="words")
    effects = next(note for note in spec.notes(spec.learn(texts, y, TASK, 0)) if note.code == "F131")
    assert effects.numbers["awful"] < 0 < effects.numbers["훌륭하고"]
    assert not any("confidential" in word for word in effects.numbers)


def test_classes_and_values_have_scores():
    """Several classes get a score each, and values a score in their unit."""
    words = ["cat", "dog", "cow"]
    texts, truth = frame(*(f"a {words[i % 3]} ran" for i in range(90))), np.arange(90) % 3
    task = Task("multiclass", "animal", tuple(words))
    _, out = Tfidf().learn_apply(texts, truth, task, 0)
    names = [f"review: score ({word})" for word in words]
    assert (out[names].to_numpy().argmax(axis=1) == truth).all()
    _, out = Tfidf(strength=1000.0).learn_apply(texts, truth * 10.0 + 5, Task("regression", "weight"), 0)
    assert np.abs(out["review: score"] - (truth * 10.0 + 5)).max() < 1.5


def test_no_target_and_no_text_decline():
    """Without a target, or without a text, the step gives the reason."""
    state, out = Tfidf().learn_apply(frame("a b"), None, None, 0)
    assert list(out.columns) == ["review"]
    assert "no target" in Tfidf().notes(state)[0].text
    state = Tfidf().learn(pd.DataFrame({"n": [1.0, 2.0]}), np.array([0, 1]), TASK, 0)
    assert "no column of free text" in Tfidf().notes(state)[0].text


@pytest.mark.skipif(find_spec("kiwipiepy") is None, reason="needs Kiwi")
def test_a_short_run_reads_the_characters_of_korean_texts() -> None:
    """If morphemes would take too much of the time, characters are used for Korean only."""
    made = make(3000, 1)
    frame = pd.DataFrame({"review": made.frame["review"], "note": "a plain note in English"})
    columns = (Column("review", "text"), Column("note", "text"))
    setting = Setting(Table(frame, columns), Task("binary", "left", ("no", "yes")), ColumnTarget(column="left"))
    short, long = Tfidf.suits(replace(setting, seconds=5.0)), Tfidf.suits(replace(setting, seconds=600.0))
    assert short is not None
    assert long is not None
    assert [(spec.of, spec.tokenizer) for spec in short.specs] == [(("note",), "auto"), (("review",), "char")]
    assert long.specs == ()


def test_parts_of_syllables_are_not_listed():
    """Endings that cannot be read alone move scores, but are not named among the words."""
    bad, good = "영화 나쁘 \u11ab", "영화 좋 \u11af"
    spec = Tfidf(tokenizer="whitespace", runs="words")
    state = spec.learn(frame(*[bad, good] * 30), np.arange(60) % 2, TASK, 0)
    effects = next(note for note in spec.notes(state) if note.code == "F131").numbers
    assert {"좋", "나쁘"} <= set(effects)
    assert not re.search("[\u1100-\u11ff]", " ".join(effects))
