"""A score of each text, learned from the target."""

from __future__ import annotations  # light: imports inside functions are deliberate

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from custpred.features._names import idle, made_from, per_class
from custpred.features._text.options import MANY_CLASSES, Texts, for_short_runs
from custpred.spec import Range
from custpred.table import Finding
from custpred.task import Suited
from custpred.text import listed, plural

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.columns.batch import ColumnBatch, ColumnOperation
    from custpred.features._text.text_score import ScoreOptions
    from custpred.step import State
    from custpred.task import Setting, Task


class Tfidf(Texts):
    """Adds scores of each text for the target, one per class: its words weighted by a linear model.

    N-grams of words or characters are counted, weighted by TF-IDF and fitted to the target.
    Training rows get cross-fitted scores, unbiased as those of new rows, which come from a model of
    all rows.  Unknown words are ignored; a text without known words gets the score of an empty
    text.

    References
    ----------
    Wang and Manning (2012), Baselines and bigrams: simple, good sentiment and topic classification.

    For more than ten classes, the ratios of naive Bayes are the weights, unless ``ratio`` or
    ``strength`` is given: a linear model for each class would take a hundred times as long.
    """

    serves: ClassVar[Literal["steps", "flat"] | None] = "flat"

    runs: Literal["auto", "words", "characters", "both"] = Field(
        "auto", description="What to count; auto: words, for Korean also characters."
    )
    word_run: Annotated[int, Field(ge=1, le=5, description="Longest n-gram of words."), Range(1, 3)] = 2
    character_run: Annotated[int, Field(ge=1, le=8, description="Longest n-gram of characters."), Range(2, 6)] = 4
    ratio: bool | Literal["auto"] = Field(
        "auto", description="Classes: scale by naive Bayes ratios first; auto: if only words are counted."
    )
    strength: Annotated[float, Field(gt=0)] | Literal["auto"] = Field(
        "auto", description="Inverse penalty of the weights; auto: 20 with the ratio, 6 without."
    )
    min_rows: int = Field(2, ge=1, description="N-grams in fewer texts are ignored.")
    most: int = Field(500_000, ge=1, description="Maximum number of n-grams, those in the most texts.")
    folds: int = Field(4, ge=2, le=20, description="Number of folds for cross-fitting the training rows.")

    @classmethod
    def suits(cls, setting: Setting) -> Suited | None:
        """Return the reason if there are texts."""
        texts = setting.flat("text")
        reason = f"what the words of {listed(texts)} say about the target, cross-fitted"
        return Suited(reason, 20, for_short_runs(cls, setting)) if texts else None

    def learn(self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int) -> State:
        """Learn the weights from all training rows."""
        return self._learned(X, y, task, None)[0]

    def learn_apply(
        self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int
    ) -> tuple[State, pd.DataFrame]:
        """Learn, and transform training rows with cross-fitted scores."""
        from custpred.columns.batch import add_columns, applied
        from custpred.features._text.cleaning import plain_texts
        from custpred.features._text.shared_results import shared

        texts = [text for how in self.readings(X) for text in plain_texts(X[how["input"]])]
        identity = repr((self.dump(), list(X.columns), task and (task.kind, task.labels), seed))
        state, scores = shared(lambda: self._learned(X, y, task, seed), identity, texts, y)
        return state, applied(add_columns(state["made"], scores), X) if "made" in state else X

    def columnwise(self, state: State) -> ColumnOperation:
        """Add the scores, float32."""
        from custpred.features._text.moving import apply
        from custpred.features._text.text_score import scored

        def score(batch: ColumnBatch) -> None:
            found = [
                scored(apply(batch[how["input"]], how), how["weights"], how["starts"])
                for how in state.get("columns", [])
            ]
            batch.columns.update(zip(state.get("made", {}), [row for rows in found for row in rows], strict=True))

        return score

    def attributions(self, row: pd.DataFrame, state: State) -> dict[str, dict[str, float]]:
        """Return the contribution of each word to each score, for the texts of one customer."""
        from custpred.features._text.moving import moved

        found = [each for how in state.get("columns", []) for each in moved(row[how["input"]].iloc[0], how)]
        return dict(zip(state.get("made", {}), found, strict=True))

    def _learned(
        self, X: pd.DataFrame, y: np.ndarray | None, task: Task | None, seed: int | None
    ) -> tuple[State, np.ndarray]:
        """Return the state and, with a seed for folds, the training rows' cross-fitted scores."""
        import numpy as np

        from custpred.features._means import assigned, goals
        from custpred.features._text import moving
        from custpred.features._text.text_score import fitted, out_of_fold

        nothing = np.empty((0, len(X)), dtype=np.float32)
        if y is None:
            return idle("There is no target to learn from."), nothing
        columns = self.readings(X)
        if not columns:
            return idle("There is no column of free text."), nothing
        aims = goals(y, task)
        scores = [nothing]
        for how in columns:
            how["longest"] = self._longest(how["language"])
            options = self._score_options(how["longest"], task)
            weighed, texts = moving.learn(X[how["input"]], how, self.min_rows, self.most)
            how["weights"], how["starts"] = fitted(weighed, aims, options)
            how["top"] = moving.top(weighed, X[how["input"]], texts, how)
            if seed is not None:
                scores.append(out_of_fold(weighed, aims, assigned(len(X), self.folds, seed), options))
        wanted = [(f"{how['input']}: score{end}", [how["input"]]) for how in columns for end in per_class(task)]
        return {"columns": columns, "made": made_from(wanted, X.columns)}, np.concatenate(scores)

    def _longest(self, language: str) -> dict[str, int]:
        """Return the maximum length of n-grams, by kind."""
        chosen = self.runs if self.runs != "auto" else "both" if language == "ko" else "words"
        longest = {"words": self.word_run, "characters": self.character_run}
        return longest if chosen == "both" else {chosen: longest[chosen]}

    def _score_options(self, longest: dict[str, int], task: Task | None) -> ScoreOptions:
        """Return the model's options; the ratio helps words but not characters (docs/texts.md)."""
        from custpred.features._text.text_score import ScoreOptions

        classes = task is not None and task.kind != "regression"
        ratio = classes and ("characters" not in longest if self.ratio == "auto" else self.ratio)
        many = classes and task is not None and task.classes > MANY_CLASSES
        bayes = many and self.strength == "auto" and self.ratio == "auto"
        return ScoreOptions(
            (20.0 if ratio else 6.0) if self.strength == "auto" else self.strength, ratio, classes, bayes
        )

    def notes(self, state: State) -> list[Finding]:
        """Return notes on what was learned from each column, with its strongest words."""
        found = super().notes(state)
        scores = iter(state.get("made", {}))
        for how in state.get("columns", []):
            counted, many = " and ".join(how["longest"]), plural(len(how["numbers"]), "run")
            text = f"{many} of {counted}, read by {how['tokenizer']}."
            found.append(Finding("F103", "info", text, how["input"]))
            found += [_moving_words(how["input"], next(scores), top) for top in how["top"]]
        return found


def _moving_words(column: str, score: str, top: dict[str, float]) -> Finding:
    """Return the words with the strongest effects as a finding that holds these numbers."""
    up, down = [name for name in reversed(top) if top[name] > 0], [name for name in top if top[name] < 0]
    text = f"{score}: up by {listed(up) or 'no word'}; down by {listed(down) or 'no word'}."
    return Finding("F131", "info", text, column, dict(top))
