"""The course's sentence: a small LSTM learns which word follows 저는 아침에 책을."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custpred.features.tokens import Tokens
from custpred.lazy import installed
from custpred.metrics.hit_rate import HitRate
from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.outliers.base import Outliers
from custpred.preparation import Preparation, transform
from custpred.resample.base import Resample
from custpred.source.sample import Sample
from custpred.target.next import Next
from custpred.task import Fit, Predictions, Rows


@pytest.mark.skipif(not installed("tensorflow"), reason="TensorFlow is not installed")
def test_a_small_lstm_learns_the_next_word() -> None:
    """It predicts 읽습니다 for the course's beginning, and beats the most popular word."""
    table = Sample(sample="sentences", rows=1_000).read(target="sentence")
    korean = table.take(np.flatnonzero(table.frame["language"] == "ko")).drop("language")
    labelled = Next(text="sentence").label(korean)
    model = Model.parse({"kind": "lstm", "units": 16, "epochs": 10, "learning_rate": 1e-2, "batch": 64, "dropout": 0})
    preparation = Preparation(
        columns=("sentence",),
        missing=Missing.parse("leave"),
        outliers=Outliers.parse("leave"),
        features=(Tokens(of=["sentence"], tokenizer="word", min_rows=3),),
        resample=Resample.parse("none"),
        accepts=model.accepts,
    )
    fit, frame = Fit(labelled.task, seed=1), labelled.table.frame[["sentence"]]
    learned = (labelled.table.frame[labelled.table.key].astype(int) % 4 > 0).to_numpy()
    learned = learned | frame["sentence"].str.startswith("저는 아침에").to_numpy()
    made = preparation.fit(frame[learned], labelled.truth[learned], fit.task, 1)
    fitted = model.train(Rows(made.X, made.y), None, fit)

    def answer(rows: pd.DataFrame) -> np.ndarray:
        return fit.task.inverse_link(model.raw(fitted, transform(made.steps, rows), fit))

    notes = pd.DataFrame({"sentence": pd.Series(["저는 아침에 책을"], dtype=object)})
    assert fit.task.labels[int(answer(notes)[0].argmax())] == "읽습니다"
    truth, shares = labelled.truth[~learned], np.bincount(made.y, minlength=fit.task.classes) / len(made.y)
    found = Predictions(fit.task, truth, answer(frame[~learned]))
    popular = Predictions(fit.task, truth, np.tile(shares, (len(truth), 1)))
    assert HitRate(at=5).score(found) > HitRate(at=5).score(popular) + 0.3
