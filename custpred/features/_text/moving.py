"""N-grams with the strongest effects on scores: in one text, and in all texts."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import vstack

from custpred.features._text import cleaning, ngrams
from custpred.features._text.text_score import rarity, weighed
from custpred.features._text.whole_words import SPLITTING, bare, split, strongest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from scipy.sparse import csr_matrix

    from custpred.storage.plain import State

MAX_SHOWN, MIN_ROWS = 20, 10
"""Maximum n-grams shown in each direction, and minimum training texts of each."""
PART = re.compile("[\u1100-\u11ff]")
"""Parts of syllables, as endings of Korean words have: alone they cannot be read."""
CHUNK = 25_000
"""Texts processed together, whose n-grams are cached for the next fold; limits memory."""
SAMPLE = 2000
"""Number of texts searched for the spelling of n-grams: frequent ones occur in the first texts."""
WORDS_SAMPLE = 5_000
"""Number of texts in which the effects of whole words are measured."""


def read(column: Iterable[object], how: State) -> dict[str, Sequence[str]]:
    """Return the texts of a column as lines, by the kind of n-gram that is counted in them."""
    texts = cleaning.cleaned(column, how)
    return {kind: cleaning.cut(texts, how) if kind == "words" else texts for kind in how["longest"]}


def learn(column: Iterable[object], how: State, least: int, most: int) -> tuple[csr_matrix, Any]:
    """Select n-grams, store them in ``how``; return their TF-IDF weights and the texts."""
    texts = read(column, how)
    found = ngrams.learned(texts, how["longest"], least, most)
    how["numbers"], how["rarity"] = found.numbers, rarity(found.counts)
    return weighed(found.counts, how["rarity"]), texts


def apply(column: Iterable[object], how: State) -> csr_matrix:
    """Return the TF-IDF weights of the learned n-grams in texts, shape (n_texts, n_runs)."""
    options = json.dumps({name: how[name] for name in (*cleaning.WORD_OPTIONS, "longest")})
    texts = cleaning.plain_texts(column)
    parts = [tuple(texts[first : first + CHUNK]) for first in range(0, max(1, len(texts)), CHUNK)]
    counts = [_found(part, options).counted(how["numbers"]) for part in parts]
    return weighed(counts[0] if len(counts) == 1 else vstack(counts, "csr"), how["rarity"])


@lru_cache(maxsize=2)
def _found(texts: tuple[str, ...], options: str) -> ngrams.Found:
    """Return the n-grams of texts, cached in parts because each fold needs the same texts."""
    how = json.loads(options)
    return ngrams.found(read(texts, how), how["longest"])


def moved(text: str | None, how: State) -> list[dict[str, float]]:
    """Return, for each score, the contribution of each word or n-gram of a text, strongest first.

    The contribution of an n-gram of characters or morphemes goes to the words that contain it.
    The contributions and the column's ``starts`` add up to the score.
    """
    texts = read([text], how)
    row = weighed(ngrams.counted(texts, how["longest"], how["numbers"]), how["rarity"])
    if how["tokenizer"] in SPLITTING:
        found = split(row, cleaning.cleaned([text], how), texts, how)
        return [_summed(found.words, own) for own in found.added.T]
    row.sort_indices()
    words, places = _standing(texts, how, how["numbers"][row.indices])
    often = np.bincount(places, minlength=len(row.indices))[:, None]
    added = (row.data[:, None] * how["weights"][row.indices] / np.maximum(often, 1))[places]
    return [_summed(words, own) for own in added.T]


def _summed(words: Sequence[str], added: np.ndarray) -> dict[str, float]:
    """Return the sum for each word, as words may repeat, strongest first."""
    total: dict[str, float] = {}
    for word, part in zip(words, added.tolist(), strict=True):
        total[word] = total.get(word, 0.0) + part
    return dict(sorted(total.items(), key=lambda each: -abs(each[1])))


def _standing(texts: dict[str, Sequence[str]], how: State, known: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the words with known n-grams, one per occurrence, and indices of these n-grams."""
    words, places = [], [np.empty(0, dtype=np.int32)]
    for kind, lines in texts.items():
        for each in ngrams.runs(lines, kind, how["longest"][kind]):
            found = ngrams.placed(each.number, known)
            there = np.flatnonzero(found >= 0)
            start, stop = each.start[there], each.stop[there]
            if kind == "characters":
                blank = np.flatnonzero(np.array(list(each.whole)) == " ")
                after = np.searchsorted(blank, start, side="right")  # maybe the blank before
                start, stop = blank[after - 1] + 1, blank[after]
            found_in = [each.whole[first:last] for first, last in zip(start.tolist(), stop.tolist(), strict=True)]
            words += found_in if kind == "words" else [bare(word) for word in found_in]
            places.append(found[there])
    return words, np.concatenate(places)


def top(X: csr_matrix, column: pd.Series, texts: dict[str, Sequence[str]], how: State) -> list[dict[str, float]]:
    """Return, for each score, the n-grams with the strongest effects, and their weights.

    The effect of an n-gram is its weight times its variation; rare n-grams are left out.
    """
    if how["tokenizer"] in SPLITTING:
        first = cleaning.cleaned(column.iloc[:WORDS_SAMPLE], how)
        own = {kind: lines[:WORDS_SAMPLE] for kind, lines in texts.items()}
        return strongest(split(X[: len(first)], first, own, how), len(first), MIN_ROWS, MAX_SHOWN)
    rows = X.shape[0]
    held = np.bincount(X.indices, minlength=X.shape[1])
    size = np.sqrt(np.bincount(X.indices, weights=np.square(X.data), minlength=X.shape[1]) / max(rows, 1))
    kind = next(iter(texts))  # words, if counted, read best
    some, there = {kind: texts[kind][:SAMPLE]}, np.zeros(X.shape[1], dtype=bool)
    there[ngrams.counted(some, how["longest"], how["numbers"]).indices] = True
    effect = how["weights"] * (size * there * (held >= MIN_ROWS) * (held < rows))[:, None]
    ends = [np.concatenate([np.argsort(own)[:MAX_SHOWN], np.argsort(-own)[:MAX_SHOWN]]) for own in effect.T]
    names = _spelled(some, how, np.unique(np.concatenate(ends)))
    found = []
    for own, places in zip(effect.T, ends, strict=True):
        shown = [place for place in places if place in names and not PART.search(names[place])]
        effects = {names[place]: float(own[place]) for place in shown if own[place] != 0}
        found.append(dict(sorted(effects.items(), key=lambda each: each[1])))
    return found


def _spelled(texts: dict[str, Sequence[str]], how: State, places: np.ndarray) -> dict[int, str]:
    """Return the spelling of n-grams, as far as they occur in the texts."""
    names: dict[int, str] = {}
    order = np.sort(places)
    known = how["numbers"][order]
    for kind, lines in texts.items():
        for each in ngrams.runs(lines, kind, how["longest"][kind]):
            found, first = np.unique(ngrams.placed(each.number, known), return_index=True)
            there = found >= 0
            names |= dict(zip(order[found[there]].tolist(), each.spelled(first[there]), strict=True))
    return names
