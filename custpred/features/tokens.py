"""Texts as sequences of words."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from custpred.columns.sequence import CODED, Layout, step_name
from custpred.features._names import idle, note, unique
from custpred.features._text.options import Texts, for_short_runs
from custpred.task import Suited
from custpred.text import listed, plural

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.step import State
    from custpred.storage.plain import JSON
    from custpred.task import Setting, Task


class Tokens(Texts):
    """Converts texts to word sequences for networks: ``text#@-k``, with the last word at ``@-0``.

    Each word has a code; 0 is padding of short texts, 1 a rare or unseen word.  Only networks get
    these columns; ``tfidf`` is for the other models.
    """

    serves: ClassVar[Literal["steps", "flat"] | None] = "steps"

    vocabulary: int = Field(20_000, ge=1, le=1_000_000, description="Number of frequent words with their own code.")
    length: Annotated[int, Field(ge=1, le=5000)] | Literal["auto"] = Field(
        "auto", description="Words kept of each text; auto: the 95 % quantile of text lengths, at most 200."
    )
    truncate: Literal["head", "tail"] = Field("head", description="Which end of a long text is cut off.")
    min_rows: int = Field(10, ge=1, description="Words in fewer texts have no code of their own and are not stored.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if there are texts and models that use word order."""
        texts = setting.flat("text") if setting.sequences else []
        reason = f"the words of {listed(texts)} in order, for {listed(setting.sequences)}"
        return Suited(reason, 50, for_short_runs(cls, setting)) if texts else None

    def makes_steps(self, X: pd.DataFrame, *, texts: bool) -> bool:
        """Return whether there are texts."""
        return texts

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Find the common words of each column."""
        return self._learned(X)[0]

    def _learned(self, X: pd.DataFrame) -> tuple[State, list[list[str]]]:
        """Return the state, and the texts as lines of words."""
        from custpred.features._text import cleaning, word_codes

        columns = self.readings(X)
        if not columns:
            return idle("There is no column of free text."), []
        every = [cleaning.lines(X[how["input"]], how) for how in columns]
        made: dict[str, list[str]] = {}
        stems, words, notes = _stems(columns, X), {}, []
        for how, stem, lines in zip(columns, stems, every, strict=True):
            words[stem] = word_codes.vocabulary(lines, self.vocabulary, self.min_rows)
            how["length"] = word_codes.usual_length(lines) if self.length == "auto" else self.length
            made |= {step_name(stem, back): [how["input"]] for back in range(how["length"] - 1, -1, -1)}
            notes.append(_reading_note(how, words[stem], lines))
        return {"columns": columns, "stems": stems, "words": words, "made": made, "notes": notes}, every

    def columnwise(self, state: State) -> ColumnOperation:
        """Replace the texts by codes, as float32."""
        from custpred.features._text import cleaning

        def code(batch: ColumnBatch) -> None:
            every = [cleaning.lines(batch[how["input"]], how) for how in state.get("columns", [])]
            self._coded(state, every)(batch)

        return code

    def learn_apply(
        self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
    ) -> tuple[State, pd.DataFrame]:
        """Learn and apply, reading each text once."""
        from custpred.columns.batch import applied

        state, every = self._learned(X)
        return state, applied(self._coded(state, every), X)

    def _coded(self, state: State, every: list[list[str]]) -> ColumnOperation:
        """Return the operation that replaces texts by the codes of their words."""
        from custpred.columns.batch import add_columns, chained, drop_columns
        from custpred.features._text.word_codes import coded

        learned = zip(every, state.get("stems", []), state.get("columns", []), strict=True)
        head, known = self.truncate == "tail", state.get("words", {})
        made = [row for lines, stem, how in learned for row in coded(lines, known[stem], how["length"], head=head)]
        drop = drop_columns([how["input"] for how in state.get("columns", [])])
        return chained([drop, add_columns(state.get("made", {}), made)])


def _stems(columns: list[State], X: pd.DataFrame) -> list[str]:
    """Return an unused coded stem for each text column."""
    taken = [stem.removesuffix(CODED) for stem in Layout.of(X.columns).stems]
    return [f"{name}{CODED}" for name in unique([how["input"] for how in columns], taken)]


def _reading_note(how: JSON, known: list[str], lines: list[str]) -> JSON:
    """Return the note on what was learned from a column."""
    empty = sum(not line for line in lines)
    text = f"Read by {how['tokenizer']}: the {plural(len(known), 'word')} that the most texts hold"
    text += f", {how['length']} of each text; {plural(len(lines) - len(set(lines)), 'text')} repeat another"
    return note(f"{text}, {empty:,} hold no word.", how["input"], "F103")
