"""The promise of the tree: one new file, or one new line, and it is known everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import custpred

NEW = {
    "models/echo.py": '''"""``models: echo``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from custpred.models.base import Model
from custpred.spec import Range

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from custpred.task import Fit, Rows


class Echo(Model):
    """One number decides: a toy that the test of the tree adds."""

    slope: Annotated[float, Field(gt=0, description="How steep."), Range(0.1, 3)] = 1.0

    def train(self, rows: Rows, valid: Rows | None, fit: Fit) -> float:
        """Learn the sign of the first column."""
        import numpy as np

        return self.slope * float(np.sign(np.corrcoef(rows.X.iloc[:, 0], rows.y)[0, 1]))

    def raw(self, fitted: float, X: pd.DataFrame, fit: Fit) -> np.ndarray:
        """Return the first column, signed."""
        return fitted * X.iloc[:, 0].to_numpy(dtype=float) / 100 - 1

    def pack(self, fitted: float) -> dict[str, Any]:
        """Return the sign."""
        return {"sign": fitted}

    def unpack(self, packed: dict[str, Any], fit: Fit) -> float:
        """Read the sign back."""
        return float(packed["sign"])
''',
    "missing/minimum.py": '''"""Gaps become the column's least value."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from custpred.missing.base import Missing

if TYPE_CHECKING:
    import pandas as pd

    from custpred.step import State


class Minimum(Missing):
    """Fills numbers with the column's least value: a toy that the test of the tree adds."""

    words: ClassVar[dict[str, str]] = Missing.words | {"number": "least value of the column"}

    def fills(self, X: pd.DataFrame, names: list[str], seed: int) -> State:
        """Learn each column's value."""
        import numpy as np

        from custpred.missing._values import Rules, learn_values

        return learn_values(X, names, Rules(np.min))
''',
    "report/greeting.py": '''"""A section that greets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custpred.report._blocks import Prose
from custpred.report.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record


class Greeting(Section):
    """A toy that the test of the tree adds."""

    title = "Greetings from the tree"
    order = 55

    def blocks(self, record: Record) -> Sequence[Block]:
        """Greet."""
        return [Prose(f"Good day to {record.data.rows} customers of {record.name}.")]
''',
    "source/counted.py": '''"""Customers that are counted off."""

from __future__ import annotations

from pydantic import Field

from custpred.source._raw import Raw
from custpred.source.base import Source


class Counted(Source):
    """Customers that are counted off: a toy that the test of the tree adds."""

    rows: int = Field(100, ge=10, description="How many.")

    def raw(self) -> Raw:
        """Count the customers off."""
        import numpy as np
        import pandas as pd

        at = np.arange(self.rows)
        income = np.where(at % 7 == 0, np.nan, (at * 37) % 101 + 0.5)
        left = np.where((at * 37) % 101 + 20 * np.sin(at) > 60, "yes", "no")
        return Raw(pd.DataFrame({"income": income, "plan": np.array(["a", "b"])[at % 2], "left": left}), "counted off")
''',
}
OPTION = (
    '    bins: Annotated[int, Field(ge=2, le=100, description="Bins of a numeric column, at most."), '
    "Range(3, 20)] = 8\n"
)
MORE = '    patience: Annotated[int, Field(ge=1, description="An option that the test adds."), Range(1, 5)] = 2\n'
RECIPE = """name: grown
customers: {kind: counted, rows: 140}
target: left
missing: minimum
models: [echo, {kind: rule, patience: 3}]
ensemble: best
search: none
split: {kind: stratified, folds: 2}
engine: inline
metrics: [roc_auc]
"""
SCRIPT = """
import contextlib, io, json, sys
import custpred as cp
from custpred.cli import main
from custpred.models.rule import OneRule

def said(*words):
    sys.argv = ["custpred", *words]
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main()
    return text.getvalue()

result = cp.run("grown.yaml", out="run")
new = result.record.data
frame = cp.Recipe.model_validate({"customers": {"kind": "counted"}, "target": "left"}).customers.raw().frame
fitted = cp.fit(frame, "left", models=["echo"], missing="minimum", search="none", engine="inline",
                split={"kind": "stratified", "folds": 2}, ensemble="best")
print(json.dumps({
    "package": cp.__file__,
    "origin": result.record.data.origin,
    "board": result.leaderboard()["model"].tolist(),
    "patience": [row.options for row in result.record.leaderboard],
    "notes": [note.text for note in result.record.preparation],
    "member": fitted.predictor.members[0].model.kind(),
    "answers": len(fitted.predict(frame)),
    "again": cp.load("run").predict_proba(frame).shape,
    "lists": {key: said("list", key) for key in ("models", "missing", "customers")},
    "schema": said("schema"),
    "space": list(OneRule.space()),
    "html": result.report("a.html").read_text("utf-8"),
    "md": result.report("a.md").read_text("utf-8"),
}))
"""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Add a model, a strategy, a section, a source and an option to a copy of the package, and use them."""
    home = tmp_path_factory.mktemp("grown")
    package = Path(custpred.__file__).parent
    shutil.copytree(package, home / "custpred", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NEW.items():
        assert not (home / "custpred" / name).exists()
        (home / "custpred" / name).write_text(text, "utf-8")
    rule = home / "custpred" / "models" / "rule.py"
    before = rule.read_text("utf-8")
    assert OPTION in before
    rule.write_text(before.replace(OPTION, OPTION + MORE), "utf-8")
    (home / "grown.yaml").write_text(RECIPE, "utf-8")
    (home / "use.py").write_text(SCRIPT, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(home)}
    line = [sys.executable, "use.py"]
    done = subprocess.run(line, cwd=home, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["package"].startswith(str(home))
    return found


def test_a_model_is_one_file(grown: dict[str, Any]) -> None:
    """A new model is known to YAML, Python, the list, the schema, the leaderboard, and is saved and loaded."""
    assert any(name.startswith("echo #") for name in grown["board"])
    assert (grown["member"], grown["answers"]) == ("echo", 100)
    assert grown["again"] == [100, 2]
    assert "echo: One number decides: a toy that the test of the tree adds." in grown["lists"]["models"]
    assert "    slope = 1.0: How steep." in grown["lists"]["models"]
    assert '"echo"' in grown["schema"]
    assert "echo" in grown["html"]


def test_a_strategy_is_one_file(grown: dict[str, Any]) -> None:
    """A new way to meet gaps is known to YAML, the list and the schema, and the report says what it did."""
    assert "minimum: Fills numbers with the column's least value" in grown["lists"]["missing"]
    assert '"minimum"' in grown["schema"]
    assert any("least value of the column" in note for note in grown["notes"])
    assert "least value of the column" in grown["html"]


def test_a_section_is_one_file(grown: dict[str, Any]) -> None:
    """A new section stands in the page, and the brief Markdown report links to it."""
    assert "Good day to 140 customers of grown." in grown["html"]
    for page in (grown["html"], grown["md"]):
        assert "Greetings from the tree" in page


def test_a_source_is_one_file(grown: dict[str, Any]) -> None:
    """A new source is known to YAML, the list and the schema, and the report names it."""
    assert grown["origin"] == "counted off"
    assert "counted: Customers that are counted off" in grown["lists"]["customers"]
    assert '"counted"' in grown["schema"]


def test_an_option_is_one_line(grown: dict[str, Any]) -> None:
    """A new option is known to YAML, the list, the schema, the search space and the leaderboard."""
    assert {"patience": 3} in grown["patience"]
    assert "    patience = 2: An option that the test adds." in grown["lists"]["models"]
    assert "An option that the test adds." in grown["schema"]
    assert "patience" in grown["space"]
