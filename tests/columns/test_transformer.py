"""The scikit-learn interface of steps: kinds of columns, the transformer, the row filter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from custpred.columns.dtypes import categories, dates, numbers, texts
from custpred.columns.fitted_step import FittedStep
from custpred.missing.base import Missing
from custpred.outliers.base import Outliers
from custpred.step import Step

X = pd.DataFrame(
    {
        "double": [1.5, np.nan, 2.0, 90.0],
        "single": np.array([1, 2, 3, 4], dtype="float32"),
        "whole": [1, 2, 3, 4],
        "yes": [True, False, True, True],
        "maybe": pd.array([True, None, False, True], dtype="boolean"),
        "plan": pd.Categorical(["b", None, "a", "b"], categories=["a", "b", "c"]),
        "day": pd.to_datetime(["2024-01-01", None, "2024-01-03", "2024-01-04"]),
        "zoned": pd.date_range("2024-01-01", periods=4, tz="Asia/Seoul"),
        "remark": pd.Series(["x", None, "y", "z"], dtype=object),
        "string": pd.Series(["x", None, "y", "z"], dtype="string"),
    }
)


class Truth(Step):
    """Remembers the target it is given."""

    def learn(self, X, y, task, seed):
        """Return the target as the state."""
        return {"y": y}


def test_kinds_of_columns():
    """Every column is number, category, date or text; nullable booleans are numbers."""
    assert numbers(X) == ["double", "single", "whole", "maybe"]
    assert categories(X) == ["plan"]
    assert dates(X) == ["day", "zoned"]
    assert texts(X) == ["yes", "remark", "string"]


def test_frames_and_arrays():
    """A frame gives a frame, an array an array; arrays get columns x0, x1, ..."""
    step = Missing.parse("median").build()
    assert isinstance(step.fit_transform(X), pd.DataFrame)
    out = step.fit_transform(np.array([[1.0, np.nan], [3.0, 4.0]]))
    assert isinstance(out, np.ndarray)
    assert out.tolist() == [[1.0, 4.0], [3.0, 4.0]]
    assert step.get_feature_names_out().tolist() == ["x0", "x1"]


def test_an_unfitted_step_raises():
    """A step that was not fitted says so."""
    with pytest.raises(NotFittedError):
        Missing.parse("median").build().transform(X)


def test_other_columns_are_refused():
    """Rows with other columns than in training are refused by name."""
    step = Missing.parse("median").build().fit(X)
    with pytest.raises(ValueError, match="surplus"):
        step.transform(X.assign(surplus=1.0))


@pytest.mark.parametrize(
    "y",
    [
        ["no", "yes", "no", "yes"],
        [False, True, False, True],
        np.array([[0], [1], [0], [1]]),
        pd.Categorical([0, 1] * 2),
    ],
)
def test_targets_become_codes(y):
    """Text, booleans and column vectors reach a step as class codes (n_rows,)."""
    assert Truth().build().fit(X, y).state_["y"].tolist() == [0, 1, 0, 1]


def test_numeric_targets_are_unchanged():
    """Numbers are passed unchanged, no target as None; another length is refused."""
    assert Truth().build().fit(X, [0.5, 1.5, 2.5, 9.0]).state_["y"].tolist() == [0.5, 1.5, 2.5, 9.0]
    assert Truth().build().fit(X).state_["y"] is None
    with pytest.raises(ValueError, match="4 rows, but y has 3"):
        Truth().build().fit(X, [0, 1, 0])


def test_a_restored_step_is_equal():
    """A step rebuilt from its state and names transforms like the fitted one."""
    fitted = Missing.parse({"kind": "median", "indicator": True}).build().fit(X)
    again = FittedStep(fitted.spec, fitted.state_, fitted.fitted_.names_in, fitted.fitted_.names_out)
    assert_frame_equal(again.transform(X), fitted.transform(X))
    assert again.lineage() == fitted.lineage()


def test_lineage_of_all_columns():
    """Every output column has inputs: itself, unless the step says otherwise."""
    step = Missing.parse({"kind": "median", "indicator": True, "of": ["double"]}).build().fit(X)
    assert step.lineage() == {name: (name,) for name in X.columns} | {"double is missing": ("double",)}


def test_set_output():
    """``set_output`` makes frames of arrays, as for scikit-learn's own transformers."""
    step = Missing.parse("median").build().set_output(transform="pandas")
    assert list(step.fit_transform(np.array([[1.0], [np.nan]])).columns) == ["x0"]


class TestRowFilter:
    """A step that removes rows."""

    X = pd.DataFrame({"x": [*np.linspace(0, 1, 19), 50.0], "z": np.arange(20) / 7}, index=range(100, 120))
    y = np.array(["no", "yes"] * 10)
    step = Outliers.parse({"kind": "iqr", "action": "remove"}).build()

    def test_fit_resample_keeps_rows_and_targets_together(self):
        """Index and types of the rows are kept."""
        step = clone(self.step)
        rows, target = step.fit_resample(self.X, self.y)
        assert list(rows.index) == list(range(100, 119))
        assert target.tolist() == self.y[:19].tolist()
        assert step.sample_indices_.tolist() == list(range(19))
        assert isinstance(clone(self.step).fit_resample(self.X.to_numpy(), self.y)[0], np.ndarray)

    def test_fit_equals_fit_resample(self):
        """``fit`` learns the same as ``fit_resample``."""
        assert clone(self.step).fit(self.X, self.y).state_["removed"] == 1

    @pytest.mark.parametrize(("y", "says"), [(None, "requires y"), (["no"], "20 rows, but y has 1")])
    def test_a_sampler_needs_a_target(self, y, says):
        """A missing target, or one of another length, is refused."""
        with pytest.raises(ValueError, match=says):
            clone(self.step).fit_resample(self.X, y)

    def test_rows_are_removed_only_in_fit(self):
        """In an imbalanced-learn pipeline every new row gets a prediction."""
        model = Pipeline([("rows", clone(self.step)), ("model", LogisticRegression())]).fit(self.X, self.y)
        assert len(model.predict(self.X)) == 20
        assert model["rows"].sample_indices_.tolist() == list(range(19))
