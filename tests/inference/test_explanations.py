"""Reasons in shown units: of columns, of words in texts, and at the floor of amounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.inference.customer_card import explained, lines
from custpred.inference.explanations import ENDS, both, reasons, words
from custpred.inference.predictor import Predictor
from custpred.source._samples.reviews import make

READ = [{"kind": "tfidf", "tokenizer": "word", "runs": "both"}]
MODELS = ["logistic", {"kind": "lightgbm", "rounds": 12}]


def _reviews() -> pd.DataFrame:
    return make(300, 1).frame[["review", "sentiment"]].assign(id=[f"c{n}" for n in range(300)])


@pytest.fixture(scope="module")
def reading(search: Callable[..., Any]) -> Predictor:
    """Return a blend of a linear model and trees that read reviews."""
    from custpred.ensemble.base import Ensemble

    class Both(Ensemble):
        def weigh(self, library: Any, seed: int = 0) -> np.ndarray:
            return np.full(len(library), 1 / len(library))

    found = search(
        data=_reviews(), target={"column": "sentiment", "positive": "positive"}, key="id", features=READ, models=MODELS,
        ensemble=Both(),
    )  # fmt: skip
    return found.blend.predictor


def _row(predictor: Predictor, text: str | None) -> pd.DataFrame:
    return predictor.conform(pd.DataFrame({"review": [text], "id": ["x"]}, dtype=object))[0]


@pytest.mark.parametrize("text", ["was awful, what a waste.", "정말 훌륭하고 아주 마음에 들어요.", "漢字", "", None])
def test_words_add_up_to_the_contribution_of_their_column(reading: Predictor, text: str | None) -> None:
    """The words and the rest of a text add up to its contribution, in points."""
    row = _row(reading, text)
    [told] = words(reading, row)
    if len(told):
        assert told["part"].sum() == pytest.approx(reasons(reading, row)["review"].iloc[0], abs=1e-6)
        assert told["word"].iloc[-1] is None
    else:
        assert text in {"漢字", "", None}


def test_praise_is_positive_and_blame_negative(reading: Predictor) -> None:
    """Words of praise have positive contributions, blame negative ones, Hangul as written."""
    praise = words(reading, _row(reading, "정말 훌륭하고 좋아요."))[0].set_index("word")["part"]
    blame = words(reading, _row(reading, "was awful and awful"))[0].set_index("word")["part"]
    assert praise["훌륭하고"] > 0 > blame["awful"]
    assert praise["훌륭하고"] == praise.drop(index=[None]).max()


def test_words_of_several_customers_are_those_of_each(reading: Predictor) -> None:
    """A customer's words do not depend on the others; one without a text has none."""
    texts = ["was awful, what a waste.", None, "정말 훌륭하고 좋아요.", "漢字"]
    rows = [_row(reading, text) for text in texts]
    together = words(reading, reading.conform(pd.DataFrame({"review": texts, "id": list("abcd")}, dtype=object))[0])
    for row, found in zip(rows, together, strict=True):
        pd.testing.assert_frame_equal(found, words(reading, row)[0])


def test_columns_and_words_share_one_explanation(reading: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are those of their own functions, and the model is explained once."""
    row, kind, asked = _row(reading, "was awful, what a waste."), type(reading), []
    own = kind.reasons
    by_column, by_word = reasons(reading, row), words(reading, row)[0]
    monkeypatch.setattr(kind, "reasons", lambda *given: asked.append(1) or own(*given))
    found = both(reading, row)
    pd.testing.assert_frame_equal(found[0], by_column)
    pd.testing.assert_frame_equal(found[1][0], by_word)
    assert len(by_word) and len(asked) == 1


def test_one_customers_words_are_listed(reading: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """One customer's output lists the words after the columns, and no other's words."""
    from custpred.inference import customer_card as cards

    row = pd.DataFrame({"review": ["was awful, 훌륭하고"], "id": ["x"]}, dtype=object)
    monkeypatch.setattr(cards, "found", lambda *_: (row, 0))
    told = list(lines(explained(reading, "x")))
    assert next(line for line in told if "words up" in line).startswith("review, words up: ")
    assert "awful \N{MINUS SIGN}" in next(line for line in told if "words down" in line)
    assert told[-1].startswith("review, without words: ")


def test_words_without_effect_are_not_listed(world: Any, people: Any) -> None:
    """If every text has the same words, none affects a prediction, and none is listed."""
    predictor = world.blend.predictor
    assert words(predictor, predictor.conform(people(1))[0])[0].empty


@pytest.fixture(scope="module")
def spending(search: Callable[..., Any]) -> Any:
    """Search amounts that are mostly 0 with a linear model, whose scores can be negative."""
    draw = np.random.default_rng(0)
    visits = draw.normal(0, 1, 300)
    frame = pd.DataFrame({"visits": visits, "age": draw.normal(40, 9, 300), "spend": np.maximum(100 * visits, 0.0)})
    found = search(data=frame, target="spend", models=["linear"])
    task = found.labelled.task.bounded(found.labelled.truth)
    return replace(found.blend.predictor, task=task), frame


def test_reasons_of_an_amount_add_up_at_zero(spending: Any) -> None:
    """If the linear score is below 0, the prediction is 0, and start plus all columns is 0."""
    predictor, frame = spending
    rows = predictor.conform(frame)[0]
    assert (predictor.raw(rows) < 0).any()
    why = reasons(predictor, rows)
    assert why["answer"].min() == 0
    assert np.allclose(why["answer"], predictor.predict(rows))
    assert np.allclose(why.drop(columns=list(ENDS)).sum(axis=1) + why["start"], why["answer"], atol=1e-6)
