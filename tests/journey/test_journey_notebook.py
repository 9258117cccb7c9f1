"""A notebook is executed: progress, reprs, plots, later outcomes, a comparison of runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CELLS = (
    "import custpred as cp\n"
    "from custpred.source.base import Source\n"
    "table = Source.parse({'sample': 'telecom', 'rows': 900}).raw().frame\n"
    "later = Source.parse({'sample': 'telecom', 'rows': 400, 'seed': 5}).raw().frame\n"
    "costs = {'value': 300, 'contact_cost': 1, 'offer_cost': 10, 'success_rate': 0.3}\n"
    "keys = dict(key='customer_id', search='none', engine='inline', budget={'work': 2, 'jobs': 1}, business=costs)",
    "old = cp.fit(table, 'churn', models=['logistic'], customers={'drop': ['contract', 'tenure']}, **keys)\nold",
    "new = cp.fit(table, 'churn', models=['logistic'], **keys)",
    "cp.compare(old, new)",
    "new.plot.roc()",
    "new.plot.waterfall(later['customer_id'].iloc[0], later)",
    "found = new.evaluate(later)\nfound",
    "found.plot.calibration().save('calibration.svg')\nfound.report('june.html')\nfound.scores()",
    "new.plot.gains(), new.plot.importance(), new.plot.calibration(), new.plot.profit()",
    "cp.profile(table, target='churn')",
)


def test_the_notebook_makes_every_call_of_its_page() -> None:
    """Each function and method that docs/notebook.md names is called in the executed notebook."""
    text = (Path(__file__).parents[2] / "docs" / "notebook.md").read_text(encoding="utf-8")
    calls = set(re.findall(r"(?:cp|result|found|plot|`)?\.(\w+)\(", text)) | set(re.findall(r"`(\w+)\(", text))
    assert calls >= {"fit", "evaluate", "scores", "report", "save", "waterfall", "roc", "gains", "importance", "profit"}
    assert calls <= set(re.findall(r"(\w+)\(", "\n".join(CELLS)))


@pytest.mark.slow
def test_a_notebook_runs(tmp_path: Path) -> None:
    """Every cell runs; fit shows one bar of plain HTML, and objects show their blocks."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [[out.get("data", {}) for out in cell["outputs"]] for cell in book.cells]
    html = ["".join(data.get("text/html", "") for data in each) for each in shown]
    assert html[1].count("<progress") == 1
    assert "done in" in html[1]
    assert "The verdict" in html[1] or "ROC AUC" in html[1]
    assert "held-out customers of both runs" in html[3]
    assert html[4].startswith("<img ")
    assert html[5].startswith("<img ")
    assert "with known outcome" in html[6]
    assert (tmp_path / "calibration.svg").exists()
    assert "roc_auc" in html[7]
    assert "Scores on later outcomes" in (tmp_path / "june.html").read_text(encoding="utf-8")
    assert "<iframe" in html[9]
    assert not any("widget" in key for each in shown for data in each for key in data)
