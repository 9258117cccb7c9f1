"""Labels with the target's own type."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custpred as cp
from custpred.labels import LabelType, inferred
from custpred.results.probabilities import probabilities
from custpred.source._typing.label_type import label_type
from custpred.source.base import Source
from custpred.target.base import Target
from custpred.task import Task

TARGETS: dict[str, pd.Series] = {
    "int64": pd.Series([0, 1, 1, 0]),
    "int8": pd.Series([3, 7, 7, 3], dtype="int8"),
    "bool": pd.Series([True, False, False, True]),
    "float64": pd.Series([0.0, 1.0, 1.0, 0.0]),
    "fractions": pd.Series([0.5, 1.5, 1.5, 0.5]),
    "Int64": pd.Series([1, 2, 2, 1], dtype="Int64"),
    "boolean": pd.Series([True, False, False, True], dtype="boolean"),
    "str": pd.Series(["no", "yes", "yes", "no"]),
    "numbers as text": pd.Series(["0", "1", "1", "0"]),
    "object": pd.Series(["no", "yes", "yes", "no"], dtype=object),
    "objects": pd.Series([True, False, False, True], dtype=object),
    "zeros before": pd.Series(["00011", "00012", "00012", "00011"]),
    "string": pd.Series(["no", "yes", "yes", "no"], dtype="string"),
    "category": pd.Series(["no", "yes", "yes", "no"]).astype(pd.CategoricalDtype(["yes", "perhaps", "no"])),
    "ordered": pd.Series([2, 1, 1, 2]).astype(pd.CategoricalDtype([2, 1], ordered=True)),
}


def _labelled(y: pd.Series) -> tuple[Task, np.ndarray]:
    frame = pd.DataFrame({"x": range(len(y)), "y": y})
    table = Source.parse({"kind": "frame", "data": frame}).read(target="y")
    found = Target.parse({"kind": "column", "column": "y", "task": "binary"}).label(table)
    return Task.load(json.loads(json.dumps(asdict(found.task)))), found.truth


@pytest.mark.parametrize("name", TARGETS)
def test_labels_round_trip(name: str) -> None:
    """Labels of any pandas dtype keep values and dtype after coding, JSON and decoding."""
    y = TARGETS[name]
    task, truth = _labelled(y)
    pd.testing.assert_series_equal(task.predictions(truth), y, check_names=False)


@pytest.mark.parametrize("name", TARGETS)
def test_probabilities_are_found_by_label_and_by_its_text(name: str) -> None:
    """Columns have the target's type; a label's text also selects one; copies are plain."""
    task, truth = _labelled(TARGETS[name])
    shares = probabilities(task, np.eye(2)[truth], None)
    for code, (value, text) in enumerate(zip(task.values, task.labels, strict=True)):
        np.testing.assert_array_equal(shares[value], truth == code)
        np.testing.assert_array_equal(shares[text], truth == code)
    assert type(shares.head(1)) is pd.DataFrame
    with pytest.raises(KeyError):
        shares["no such label"]


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [(["0", "1"], [0, 1]), (["False", "True"], [False, True]), (["0.5", "2.5"], [0.5, 2.5])],
)
def test_text_labels_get_their_inferred_type(texts: list[str], wanted: list[Any]) -> None:
    """Labels of a CSV have the type that pandas would infer."""
    assert inferred(texts).native(texts) == wanted


@pytest.mark.parametrize("texts", [["00", "01"], ["no", "yes"], ["0", "yes"], ["True", "1"], []])
def test_other_texts_stay_text(texts: list[str]) -> None:
    """Leading zeros, words, and mixtures are text."""
    assert inferred(texts) == LabelType()


def test_intervals_are_ordered_categories_of_their_texts() -> None:
    """Intervals keep their order; each is named by its text."""
    bands = pd.cut(pd.Series([1, 5, 9]), [0, 4, 8, 12])
    assert label_type(bands) == LabelType("category", "text", ("(0, 4]", "(4, 8]", "(8, 12]"), ordered=True)


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow", "csv"])
def test_predictions_are_comparable_with_the_target(library: str, tmp_path: Any) -> None:
    """Predictions for any library's table, or a file, compare directly with the target."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=120)})
    frame["y"] = (frame["a"] > 0).astype(int)
    data: Any = frame
    if library == "polars":
        data = pytest.importorskip("polars").DataFrame(frame.to_dict("list"))
    elif library == "arrow":
        data = pytest.importorskip("pyarrow").Table.from_pandas(frame)
    elif library == "csv":
        frame.to_csv(data := tmp_path / "a.csv", index=False)
    lean: dict[str, Any] = {"engine": "inline", "search": "none", "split": {"kind": "stratified", "folds": 2}}
    result = cp.fit(data, target="y", models=["logistic"], budget={"work": 3}, out=tmp_path / "run", **lean)
    for found in (result, cp.load(tmp_path / "run")):
        assert (found.predict(frame) == frame["y"]).mean() > 0.9
        assert found.predict_proba(frame).columns.tolist() == [0, 1]
