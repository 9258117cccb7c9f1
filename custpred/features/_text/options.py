"""Shared by the kinds that read free text: their columns, cleaning, language, tokenizer and stop words."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from custpred.errors import MissingDependency
from custpred.features._names import Columns, chosen
from custpred.features.base import Feature

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from custpred.step import State
    from custpred.table import Kind
    from custpred.task import Setting

Tokenizer = Literal["auto", "word", "whitespace", "char", "kiwi", "okt"]


WHY_TWINS = "models that do not read words in their order, the baselines among them, read the same texts as one score"


MANY_CLASSES = 10
HURRIED = 0.25
"""Share of the time in which the morphemes of a column should be found; else its characters are read."""


class Texts(Feature):
    """Reads columns of free text as words."""

    reads: ClassVar[frozenset[Kind]] = frozenset({"text"})

    of: Columns = Field((), description="Text columns; all of them where left out.")
    language: Literal["auto", "en", "ko"] = Field("auto", description="Language; auto decides by the letters.")
    tokenizer: Tokenizer = Field(
        "auto",
        description="What a word is: word (letters, and each mark), whitespace, char (each character), kiwi or okt "
        "(Korean morphemes); auto takes kiwi for Korean where it is installed.",
    )
    tags: bool = Field(True, description="Take out HTML tags, and decode entities such as &amp;.")
    lower: bool = Field(True, description="Convert to lower case.")
    hangul: bool = Field(
        False, description="Keep Hangul and blanks only; it removes punctuation, which carries sentiment."
    )
    stopwords: Literal["none", "auto"] | list[str] = Field(
        "none", description="Words to leave out: none, auto (a short list of the language) or a list."
    )

    def unavailable(self) -> MissingDependency | None:
        """Return what to install if the recipe's tokenizer is not available."""
        from custpred.features._text.morphemes import usable

        try:
            usable(self.tokenizer)
        except MissingDependency as lack:
            return lack
        return None

    def readings(self, X: pd.DataFrame) -> list[State]:
        """Return how each text column is read, as plain data that ``custpred.features._text.cleaning`` takes.

        Raises
        ------
        DataError
            For a named column that does not exist or holds no text.
        MissingDependency
            If the tokenizer that the recipe names is not installed.
        """
        from pandas.api.types import is_bool_dtype

        from custpred.columns.dtypes import texts
        from custpred.features._text.cleaning import reading

        fitting = [name for name in texts(X) if not is_bool_dtype(X[name].dtype)]
        names = chosen(self.of, fitting, list(X.columns), "free text")
        return [{"input": name, **reading(X[name], self)} for name in names]

    def precompute(self, X: pd.DataFrame, folder: Path, threads: int) -> None:
        """Find the morphemes of all texts once; it learns nothing, so folds, trials and the test may share them."""
        from custpred.features._text import morphemes
        from custpred.features._text.cleaning import cleaned

        for how in self.readings(X):
            if how["tokenizer"] in morphemes.FOUND:
                path = folder / f"words-{how['tokenizer']}-{len(list(folder.glob('words-*')))}.txt"
                morphemes.leave(cleaned(X[how["input"]], how), how["tokenizer"], path, threads)

    def load_precomputed(self, folder: Path) -> None:
        """Load the morphemes that ``precompute`` stored, and share what folds learn of texts with others."""
        from custpred.features._text import morphemes, shared_results

        shared_results.keep_in(folder)
        for path in folder.glob("words-*.txt"):
            morphemes.take(path.name.split("-")[1], path)

    def examples(self, state: State) -> dict[str, list[str]]:
        """Return texts put together from words that the state keeps anyway; none where it keeps no word."""
        columns: list[Any] = state.get("columns", [])
        texts: dict[str, list[str]] = {}
        for how, stem in zip(columns, state.get("stems", columns), strict=True):
            words = list(state["words"][stem]) if "words" in state else [word for top in how["top"] for word in top]
            texts[how["input"]] = [" ".join(words[place:64:8]) for place in range(min(8, len(words)))]
        return texts


def hurried(kind: type[Texts], setting: Setting) -> tuple[Texts, ...]:
    """Return the kind with the characters of Korean texts where finding their morphemes takes too much of the time.

    Nothing where the defaults suit, which is nearly always.
    """
    from custpred.features._text.cleaning import reading
    from custpred.features._text.morphemes import FOUND, seconds

    slow, frame, own = [], setting.table.frame, kind()
    names = setting.flat("text")
    if setting.seconds is None:
        return ()
    for name in names:
        takes = seconds(frame[name]) if reading(frame[name], own)["tokenizer"] in FOUND else 0.0
        if takes > HURRIED * setting.seconds:
            slow.append(name)
    rest = [name for name in names if name not in slow]
    specs = [kind(of=tuple(slow), tokenizer="char")] if slow else []
    return tuple([kind(of=tuple(rest)), *specs] if rest and slow else specs)


def twins(features: Sequence[Feature], classes: int = 0, *, baselines: bool = False) -> tuple[Feature, ...]:
    """Return the scores that read the same texts in the same words, where only sequences of words are asked for.

    Parameters
    ----------
    classes
        Each has a score of its own: of many, they take longer than any network.
    baselines
        Whether only baselines would read them; for these, many classes cost too much.
    """
    read = [spec for spec in features if isinstance(spec, Texts)]
    if any(spec.serves == "flat" for spec in read) or (baselines and classes > MANY_CLASSES):
        return ()
    score = Feature.find("tfidf")
    return tuple(score(**{name: getattr(spec, name) for name in Texts.model_fields}) for spec in read)
