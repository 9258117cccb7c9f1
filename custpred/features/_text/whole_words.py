"""Contributions of whole words where the counted n-grams are of morphemes or of characters.

A morpheme or an ending, such as the Korean 다, cannot be read alone.  The contribution of an n-gram
is shared equally by the tokens that it spans, and the tokens' shares go to the words, as written
between blanks, that hold them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from custpred.features._text import cleaning, morphemes, ngrams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_matrix

    from custpred.storage.plain import State

SPLITTING = ("kiwi", "char")
"""Tokenizers whose tokens are parts of words, and that know of which."""
MARKS = ".,:;!?\"'()[]…“”"
"""Characters stripped from the ends of a word with n-grams, so that it is listed once."""


class WholeWords(NamedTuple):
    """Words of texts, one per occurrence: each one's text and its term in each score."""

    words: list[str]
    text: np.ndarray
    added: np.ndarray


def bare(word: str) -> str:
    """Return a word without marks at its ends, unless it has nothing else."""
    return word.strip(MARKS) or word


def split(X: csr_matrix, texts: Sequence[str], lines: dict[str, Sequence[str]], how: State) -> WholeWords:
    """Return the words of cleaned texts with their terms, which add up to the scores of the texts.

    Parameters
    ----------
    X : csr_matrix of shape (n_texts, n_runs)
        TF-IDF weights of the n-grams in these texts.
    lines
        By kind of n-gram, the lines in which it is counted.
    """
    words = [text.split() for text in texts]
    first = np.cumsum([0, *map(len, words)])  # each text's first word
    where: list[np.ndarray] = [np.empty((3, 0), dtype=np.int64)]
    for kind, own in lines.items():
        holders = _holders(texts, how) if kind == "words" else None
        found = ngrams.runs(own, kind, how["longest"][kind])
        where += [_occurrences(each, ngrams.placed(each.number, how["numbers"]), holders, first) for each in found]
    text, place, word = np.concatenate(where, axis=1)
    X.sort_indices()
    row = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    at = np.searchsorted(row * X.shape[1] + X.indices, text * X.shape[1] + place)
    share = X.data[at] / np.bincount(at, minlength=len(X.data))[at]
    added = [np.bincount(word, share * weight[place], first[-1]) for weight in how["weights"].T]
    flat = [bare(each) for every in words for each in every]
    return WholeWords(flat, np.repeat(np.arange(len(words)), np.diff(first)), np.column_stack(added))


def _occurrences(
    each: ngrams.Runs, place: np.ndarray, holders: list[list[int]] | None, first: np.ndarray
) -> np.ndarray:
    """Return text, n-gram and word of each token of the known n-grams, shape (3, n_tokens)."""
    known = np.flatnonzero(place >= 0)
    text, start, stop = each.text[known].astype(np.int64), each.start[known], each.stop[known]
    points = np.frombuffer(each.whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    blank, end = np.flatnonzero(points == ord(" ")), np.flatnonzero(points == ord("\n"))
    begin = np.append(0, end + 1)[np.searchsorted(end, start)]  # of the line
    token = np.searchsorted(blank, start, side="right") - 1 - np.searchsorted(blank, begin)
    if holders is None:  # characters: the line's words are the text's; n-grams stay within one
        return np.stack([text, place[known], first[text] + token])
    size = np.searchsorted(blank, stop) - np.searchsorted(blank, start) + 1
    many = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    text, token, place = np.repeat(text, size), np.repeat(token, size) + many, np.repeat(place[known], size)
    begins = np.cumsum([0, *map(len, holders)])
    flat = np.fromiter((word for line in holders for word in line), dtype=np.int64)
    return np.stack([text, place, first[text] + flat[begins[text] + token]])


def _holders(texts: Sequence[str], how: State) -> list[list[int]]:
    """Return, for each token of each text that is no stop word, the number of its word."""
    if how["tokenizer"] == "char":
        pairs = [[(c, text.count(" ", 0, i)) for i, c in enumerate(text)] for text in texts]
        pairs = [[(cleaning.BLANK if c == " " else c, word) for c, word in line] for line in pairs]
    else:
        pairs = morphemes.within_words(texts, how["tokenizer"])
    gone = set(how["stopwords"])
    return [[word for token, word in line if token not in gone] for line in pairs]


def strongest(found: WholeWords, texts: int, least: int, most: int) -> list[dict[str, float]]:
    """Return, for each score, the words with the strongest effects in both directions, in order.

    The effect is the mean term in the texts with the word, times the root of their share.

    Parameters
    ----------
    texts
        Number of texts.
    least
        Minimum number of texts with the word.
    most
        Maximum number of words in each direction.
    """
    code, names = pd.factorize(np.array(found.words, dtype=object))
    pairs = np.unique(found.text * max(len(names), 1) + code)
    held = np.bincount(pairs % max(len(names), 1), minlength=len(names))
    shown = []
    for own in found.added.T:
        total = np.bincount(code, own, len(names)) * (held >= least)
        effect = total / np.sqrt(np.maximum(held, 1) * max(texts, 1))
        order = np.argsort(effect, kind="stable")
        ends = [at for at in dict.fromkeys([*order[:most], *order[-most:]]) if effect[at]]
        shown.append({str(names[at]): float(effect[at]) for at in ends})
    return shown
