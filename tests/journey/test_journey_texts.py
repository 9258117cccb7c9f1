"""Reviews in English and Korean, from the recipe to the report and back from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.source.base import Source


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> cp.Result:
    """Return a run on synthetic reviews, with default features and models."""
    return cp.fit(
        Source.parse({"sample": "reviews", "rows": 500}).raw().frame[["review", "sentiment"]],
        {"column": "sentiment", "positive": "positive"},
        out=tmp_path_factory.mktemp("texts") / "run",
        split={"kind": "stratified", "folds": 2},
        features=[{"kind": "tfidf", "tokenizer": "word", "runs": "both"}],
        models=["logistic"],
        metrics=["roc_auc"],
        budget={"work": 3},
    )


@pytest.mark.filterwarnings("ignore")
def test_reviews_are_ranked_well(made: cp.Result) -> None:
    """The model learns from the reviews: it ranks test customers far better than chance."""
    assert made.score > 0.8


@pytest.mark.filterwarnings("ignore")
def test_new_reviews_are_scored_from_disk(made: cp.Result, tmp_path: Path) -> None:
    """A saved model scores new, unknown, empty and missing texts as the one in memory."""
    new = pd.DataFrame({"review": ["정말 훌륭하고 아주 마음에 들어요.", "was awful, what a waste.", "漢字", "", None]})
    made.save(tmp_path / "kept")
    answers = made.predict_proba(new).to_numpy()
    assert np.allclose(cp.load(tmp_path / "kept").predict_proba(new).to_numpy(), answers)
    assert answers[0, 1] > 0.5 > answers[1, 1]
    assert answers[2, 1] == pytest.approx(answers[3, 1]) == pytest.approx(answers[4, 1])


@pytest.mark.filterwarnings("ignore")
def test_report_shows_lengths_and_words(made: cp.Result, tmp_path: Path) -> None:
    """The report shows lengths of texts and influential words, Hangul as written."""
    page: Any = made.report(tmp_path / "report.html").read_text("utf-8")
    assert "How long the texts of &#39;review&#39; are" in page or "How long the texts of 'review' are" in page
    assert "훌륭하고" in page
    assert "review: score" in page
    assert "Dropped: no step has made numbers of it" not in page
