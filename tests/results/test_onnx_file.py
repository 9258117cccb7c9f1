"""Results and the command line write an ONNX graph."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from custpred import api
from custpred.cli import app
from custpred.ensemble.base import Ensemble
from custpred.errors import CustpredWarning, DataError, MissingDependency, ModelFault
from custpred.inference.onnx_export import onnx_of
from custpred.inference.predictor import Predictor
from custpred.inference.sql_export import rescaled
from custpred.lazy import installed
from custpred.models._traits import ModelTraits
from custpred.models.lightgbm import LightGBM
from custpred.results import exported
from custpred.results.result import Result

needed = pytest.mark.skipif(
    not all(map(installed, ("onnx", "onnxruntime", "sqlglot"))), reason="onnx is not installed (extra: onnx)"
)


@pytest.fixture(scope="module")
def predictor(search: Callable[..., Any], people: Callable[..., pd.DataFrame], uneven: Ensemble) -> Predictor:
    """Return two models."""
    models = ["logistic", {"kind": "lightgbm", "rounds": 3}]
    keys = {"target": "left", "key": "customer", "models": models, "ensemble": uneven}
    return search(data=people().drop(columns="remark"), **keys).blend.predictor


@pytest.fixture
def result(predictor: Predictor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Result:
    """Return a result that has these models."""
    monkeypatch.setattr(Result, "predictor", predictor)
    found = Result(None, tmp_path)  # type: ignore[arg-type]
    monkeypatch.setattr(api, "load", lambda folder, plugins: found)
    return found


@needed
def test_python_and_the_command_write_the_same(result: Result, tmp_path: Path) -> None:
    """In Python a path that ends in .onnx is enough."""
    one, other = result.export(tmp_path / "one.onnx"), tmp_path / "other"
    done = CliRunner().invoke(app, ["export", "run", "--onnx", str(other)])
    assert done.output.split() == [str(other)]
    assert one.read_bytes() == other.read_bytes()


@needed
def test_the_code_of_the_page_scores_like_predict(
    result: Result, predictor: Predictor, people: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    """Also where texts of the new table have blanks around them, which ``predict`` removes."""
    new = people().drop(columns="remark")
    new["plan"] = new["plan"].map("{} ".format, na_action="ignore")
    page = (Path(__file__).parents[2] / "docs" / "onnx.md").read_text("utf-8")
    [code] = [each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "InferenceSession" in each]
    made = result.export(tmp_path / "churn.onnx")
    own: dict[str, Any] = {"customers": new}
    exec(code.replace("churn.onnx", str(made)), own)
    frame, _ = predictor.conform(new)
    assert own["probabilities"] == pytest.approx(predictor.predict(frame), abs=1e-9)


@needed
def test_omitted_members_are_warned_of(
    result: Result, predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph is compared with the scores of the others."""
    assert len(predictor.members) == 2
    monkeypatch.setattr(LightGBM, "sql", ModelTraits.sql)
    with pytest.warns(CustpredWarning, match="lightgbm #3 is not in the graph: lightgbm: it is neither"):
        assert result.export(tmp_path / "one.onnx", members="onnx").exists()


@needed
def test_a_graph_with_other_scores_is_not_written(
    result: Result, predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph of the first member alone is not that of both."""
    alone = onnx_of(rescaled(predictor, {predictor.members[1].name}))
    monkeypatch.setattr(exported, "onnx_of", lambda *own, **how: alone)
    with pytest.raises(ModelFault, match="CP2449"):
        result.export(tmp_path / "one.onnx")
    assert not (tmp_path / "one.onnx").exists()


def test_another_path_requires_an_engine(result: Result, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(DataError, match="CP2448"):
        result.export(tmp_path / "one.txt")


def test_without_onnx_the_extra_is_named(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the install command."""
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingDependency, match=r"custpred\[onnx\]"):
        result.export(tmp_path / "one.onnx")
