"""Korean morphemes, found once for each text, as this is the slowest step on a text.

A process caches the results, up to a limit.  In a run, the morphemes of all texts are found in
advance and stored in the run's scratch folder, from which the processes that fit models load them.
"""

from __future__ import annotations

import os
import shutil
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from custpred.errors import MissingDependency
from custpred.lazy import installed, need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

MORPHEME_TOKENIZERS = ("kiwi", "okt")
"""Tokenizers whose words are morphemes."""
MAX_CACHED = 100_000_000
"""Maximum number of characters in the cache of a process."""
MIN_THREADED = 200
"""Minimum number of new texts for more than one thread."""
MIN_RELOADED = 10_000
"""Minimum number of new texts for which it pays to reload Kiwi with more threads."""
SAMPLE = 2_000
"""Number of texts whose length is measured."""
LOADING_SECONDS, CHARACTERS_PER_SECOND = 2.0, 120_000.0
"""Time to load Kiwi, in seconds, and its speed, in characters per second on two cores."""
# Between morphemes of different words, lines in the cache have one more blank.
_known: dict[str, dict[str, str]] = {name: {} for name in MORPHEME_TOKENIZERS}


def usable(tokenizer: str) -> None:
    """Check that the requirements of a tokenizer are installed.

    Raises
    ------
    MissingDependency
        Says what to install.
    """
    if tokenizer == "kiwi" and not installed("kiwipiepy"):
        raise MissingDependency.of("kiwipiepy", "tokenizer: kiwi", "ko")
    if tokenizer == "okt" and not (installed("konlpy") and (shutil.which("java") or os.environ.get("JAVA_HOME"))):
        lacking = "Java" if installed("konlpy") else "konlpy"
        remedy = "Install Java and 'pip install konlpy' (its licence is the GPL), or use tokenizer: kiwi or char."
        raise MissingDependency(f"{lacking} is needed for tokenizer: okt.", code="CP1107", remedy=remedy)


def seconds(texts: pd.Series) -> float:
    """Return the estimated seconds for finding the morphemes, with loading the library."""
    some = texts.iloc[:SAMPLE].dropna().astype(str).str.len()
    return LOADING_SECONDS + len(texts) * float(some.mean() if len(some) else 0.0) / CHARACTERS_PER_SECOND


def morphemes(texts: Sequence[str], tokenizer: str, *, threads: int = 1) -> list[str]:
    """Return each text as a line of morphemes; texts must not contain line breaks."""
    known = _known[tokenizer]
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known.update(zip(new, _found(new, tokenizer, threads if len(new) >= MIN_THREADED else 1), strict=True))
    result = [" ".join(known[text].split()) for text in texts]
    if new and sum(map(len, known)) > MAX_CACHED:
        known.clear()
    return result


def within_words(texts: Sequence[str], tokenizer: str) -> list[list[tuple[str, int]]]:
    """Return the morphemes of cleaned texts, each with the number of the word that holds it."""
    morphemes(texts, tokenizer)
    found = []
    for text in texts:
        pieces = (_known[tokenizer].get(text) or _found([text], tokenizer, 1)[0]).split(" ")
        number = accumulate(int(piece == "") for piece in pieces)
        found.append([(piece, at) for piece, at in zip(pieces, number, strict=True) if piece])
    return found


def leave(texts: Sequence[str], tokenizer: str, path: Path, threads: int) -> None:
    """Find the morphemes of texts and write texts and morphemes to a file, line by line."""
    found = morphemes(texts, tokenizer, threads=threads)
    every = "\n".join(line for pair in zip(texts, found, strict=True) for line in pair)
    path.write_text(every, "utf-8", "surrogatepass", newline="\n")


def take(tokenizer: str, path: Path) -> None:
    """Load the file that ``leave`` wrote into the cache."""
    every = path.read_text("utf-8", "surrogatepass").split("\n")
    _known[tokenizer].update(zip(every[::2], every[1::2], strict=True))


def _found(texts: Sequence[str], tokenizer: str, threads: int) -> list[str]:
    if tokenizer == "okt":
        okt = _okt()
        return [_line(okt.morphs(text, stem=True)) if text else "" for text in texts]
    kiwi = _kiwi(threads if len(texts) >= MIN_RELOADED or not _kiwi.cache_info().currsize else 1)
    every = kiwi.tokenize(list(texts))
    return [_spaced(text, [(each.form, each.start) for each in own]) for text, own in zip(texts, every, strict=True)]


def _line(words: Iterable[str]) -> str:
    return " ".join(["_".join(word.split()) for word in words])


def _spaced(text: str, tokens: Iterable[tuple[str, int]]) -> str:
    """Join morphemes by a blank, and by one more for each blank that the text has between them."""
    parts, last = [], 0
    for form, start in tokens:
        parts += ["" for _ in range(text.count(" ", last, start))]
        parts.append("_".join(form.split()))
        last = max(last, start)
    return " ".join(parts)


@cache
def _kiwi(threads: int) -> Any:
    return need("kiwipiepy", purpose="tokenizer: kiwi", extra="ko").Kiwi(num_workers=threads)


@cache
def _okt() -> Any:
    return need("konlpy.tag", purpose="tokenizer: okt", extra="ko").Okt()
