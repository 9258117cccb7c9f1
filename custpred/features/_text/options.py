"""Shared by the kinds that read free text: columns, cleaning, language and tokenizer."""

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


WHY_TWINS = "models that do not use word order, including the baselines, get the same texts as one score"


MANY_CLASSES = 10
MAX_MORPHEME_SHARE = 0.25
"""Maximum share of the time for a column's morphemes; beyond it, characters are used."""


class Texts(Feature):
    """Converts columns of free text to words."""

    reads: ClassVar[frozenset[Kind]] = frozenset({"text"})

    of: Columns = Field((), description="Text columns; default: all.")
    language: Literal["auto", "en", "ko"] = Field("auto", description="Language; auto detects it by the letters.")
    tokenizer: Tokenizer = Field(
        "auto",
        description="How words are split: word (letters; each punctuation mark), whitespace, char (each character), "
        "kiwi or okt (Korean morphemes); auto uses kiwi for Korean if it is installed.",
    )
    tags: bool = Field(True, description="Remove HTML tags and decode entities such as &amp;.")
    lower: bool = Field(True, description="Convert to lower case.")
    hangul: bool = Field(
        False, description="Keep Hangul and blanks only; this removes punctuation, which carries sentiment."
    )
    stopwords: Literal["none", "auto"] | list[str] = Field(
        "none", description="Words to remove: none, auto (a short list for the language) or a list."
    )

    def unavailable(self) -> MissingDependency | None:
        """Return the error that says what to install for the recipe's tokenizer, or None."""
        from custpred.features._text.morphemes import usable

        try:
            usable(self.tokenizer)
        except MissingDependency as lack:
            return lack
        return None

    def readings(self, X: pd.DataFrame) -> list[State]:
        """Return each text column's reading options for ``custpred.features._text.cleaning``.

        Raises
        ------
        DataError
            For a named column that does not exist or is not text.
        MissingDependency
            If the recipe's tokenizer is not installed.
        """
        from pandas.api.types import is_bool_dtype

        from custpred.columns.dtypes import texts
        from custpred.features._text.cleaning import reading

        fitting = [name for name in texts(X) if not is_bool_dtype(X[name].dtype)]
        names = chosen(self.of, fitting, list(X.columns), "free text")
        return [{"input": name, **reading(X[name], self)} for name in names]

    def precompute(self, X: pd.DataFrame, folder: Path, threads: int) -> None:
        """Find the morphemes of all texts once for all folds and trials; nothing is learned."""
        from custpred.features._text import morphemes
        from custpred.features._text.cleaning import cleaned

        for how in self.readings(X):
            if how["tokenizer"] in morphemes.MORPHEME_TOKENIZERS:
                path = folder / f"words-{how['tokenizer']}-{len(list(folder.glob('words-*')))}.txt"
                morphemes.leave(cleaned(X[how["input"]], how), how["tokenizer"], path, threads)

    def load_precomputed(self, folder: Path) -> None:
        """Load the stored morphemes of ``precompute``, and share results on texts between folds."""
        from custpred.features._text import morphemes, shared_results

        shared_results.keep_in(folder)
        for path in folder.glob("words-*.txt"):
            morphemes.take(path.name.split("-")[1], path)

    def examples(self, state: State) -> dict[str, list[str]]:
        """Return texts of words that the state contains anyway; empty without words."""
        columns: list[Any] = state.get("columns", [])
        texts: dict[str, list[str]] = {}
        for how, stem in zip(columns, state.get("stems", columns), strict=True):
            words = list(state["words"][stem]) if "words" in state else [word for top in how["top"] for word in top]
            texts[how["input"]] = [" ".join(words[place:64:8]) for place in range(min(8, len(words)))]
        return texts


def for_short_runs(kind: type[Texts], setting: Setting) -> tuple[Texts, ...]:
    """Return the step with Korean texts as characters if their morphemes would take too long.

    None if the defaults are fast enough, which is nearly always the case.
    """
    from custpred.features._text.cleaning import reading
    from custpred.features._text.morphemes import MORPHEME_TOKENIZERS, seconds

    slow, frame, own = [], setting.table.frame, kind()
    names = setting.flat("text")
    if setting.seconds is None:
        return ()
    for name in names:
        takes = seconds(frame[name]) if reading(frame[name], own)["tokenizer"] in MORPHEME_TOKENIZERS else 0.0
        if takes > MAX_MORPHEME_SHARE * setting.seconds:
            slow.append(name)
    rest = [name for name in names if name not in slow]
    specs = [kind(of=tuple(slow), tokenizer="char")] if slow else []
    return tuple([kind(of=tuple(rest)), *specs] if rest and slow else specs)


def twins(features: Sequence[Feature], classes: int = 0, *, baselines: bool = False) -> tuple[Feature, ...]:
    """Return text scores with the options of ``tokens``, for recipes with sequences only.

    Parameters
    ----------
    classes
        Number of classes: each has its own score, and many would take longer than any network.
    baselines
        Whether only baselines would use them, for which many classes take too long.
    """
    read = [spec for spec in features if isinstance(spec, Texts)]
    if any(spec.serves == "flat" for spec in read) or (baselines and classes > MANY_CLASSES):
        return ()
    score = Feature.find("tfidf")
    return tuple(score(**{name: getattr(spec, name) for name in Texts.model_fields}) for spec in read)
