"""Cleaning and tokenizing: each text becomes one line of words separated by single blanks."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

from custpred.features._text.morphemes import morphemes, usable
from custpred.features._text.stopwords import LISTS
from custpred.lazy import installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from custpred.features._text.options import Texts
    from custpred.storage.plain import State

BLANK = "\N{LOWER ONE EIGHTH BLOCK}"
"""Symbol for a blank if each character is a word."""
WORD_OPTIONS = ("tokenizer", "stopwords", "tags", "lower", "hangul")
"""The options that determine the words."""
SAMPLE, KOREAN_SHARE = 2000, 0.3
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,500}>")
_NOT_HANGUL = re.compile(r"[^ㄱ-ㅎㅏ-ㅣ가-힣 \n]")
_WORD = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
_HANGUL, _LETTER = re.compile(r"[ㄱ-ㅎㅏ-ㅣ가-힣]"), re.compile(r"[^\W\d_]")


def reading(column: pd.Series, spec: Texts) -> State:
    """Return the options for reading a column, with language, tokenizer and stop words resolved."""
    language = language_of(column) if spec.language == "auto" else spec.language
    tokenizer: str = spec.tokenizer
    if tokenizer == "auto":
        tokenizer = "word" if language == "en" else "kiwi" if installed("kiwipiepy") else "char"
    usable(tokenizer)
    stopwords = LISTS[language] if spec.stopwords == "auto" else [] if spec.stopwords == "none" else spec.stopwords
    flags = {"tags": spec.tags, "lower": spec.lower, "hangul": spec.hangul}
    return {"language": language, "tokenizer": tokenizer, "stopwords": list(stopwords), **flags}


def language_of(column: pd.Series) -> str:
    """Return ``ko`` if enough letters of the first texts are Hangul, ``en`` otherwise."""
    some = " ".join(plain_texts(column.iloc[:SAMPLE]))[:1_000_000]
    letters = len(_LETTER.findall(some))
    return "ko" if letters and len(_HANGUL.findall(some)) >= KOREAN_SHARE * letters else "en"


def plain_texts(column: Iterable[object]) -> list[str]:
    """Return the texts of a column, with empty strings for missing values."""
    return [each if isinstance(each, str) else "" for each in column]


def cleaned(column: Iterable[object], how: State) -> list[str]:
    """Return cleaned texts, with single blanks and without line breaks."""
    texts = plain_texts(column)
    if how["tags"]:
        texts = [html.unescape(text) if "&" in text else text for text in texts]
    whole = unicodedata.normalize("NFC", "\n".join([" ".join(text.split()) for text in texts]))
    if how["tags"] and "<" in whole:
        whole = _TAG.sub(" ", whole)
    if how["hangul"]:
        whole = _NOT_HANGUL.sub("", whole)
    if how["lower"]:
        whole = whole.lower()
    return [" ".join(text.split()) for text in whole.split("\n")] if texts else []


def cut(texts: Sequence[str], how: State) -> list[str]:
    """Return cleaned texts as lines of words, without stop words."""
    found = _cut(texts, how["tokenizer"])
    if not how["stopwords"]:
        return found
    gone = set(how["stopwords"])
    return [" ".join([word for word in line.split() if word not in gone]) for line in found]


def lines(column: Iterable[object], how: State) -> list[str]:
    """Clean the texts of a column and split them into words."""
    return cut(cleaned(column, how), how)


def _cut(texts: Sequence[str], tokenizer: str) -> list[str]:
    if tokenizer == "whitespace":
        return list(texts)
    if tokenizer == "char":
        return [" ".join(text.replace(" ", BLANK)) for text in texts]
    if tokenizer == "word":
        return [" ".join(_WORD.findall(text)) for text in texts]
    return morphemes(texts, tokenizer)
