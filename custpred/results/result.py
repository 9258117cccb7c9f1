"""Results of a run or a profile: scores, predictions, reasons, reports."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
from dataclasses import dataclass, field
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from custpred.errors import DataError, ModelFileError
from custpred.results.packed import packed, unpacked
from custpred.results.record import Record, twin
from custpred.spec import Plugins
from custpred.storage.run_folder import copied
from custpred.text import plural, score_text

if TYPE_CHECKING:
    import pandas as pd

    from custpred.inference.incoming import Batch
    from custpred.inference.predictor import Predictor
    from custpred.results.evaluation import Evaluation
    from custpred.results.plots import ResultPlots
    from custpred.results.record import Data
    from custpred.storage.plain import JSON
    from custpred.table import Finding
    from custpred.task import Task

    Members = Literal["all", "sql", "onnx"]


@dataclass(frozen=True)
class Result:
    """A finished run: scores, predictions, reasons, the report.

    Parameters
    ----------
    record
        Every number of the report, as plain data.
    folder
        The run folder; the model is loaded from it on first use.
    plugins
        Whether the model may use user-defined modules.
    """

    record: Record = field(repr=False)
    folder: Path
    plugins: bool = False
    _keep: Any = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        score = self.record.test.get(self.record.metric) if self.record.metrics else None
        rows = self.record.data.scored_rows or self.record.data.test_rows
        shown = f": {self.record.metric} {score_text(score.value)} on {plural(rows, 'row')}" if score else ""
        return f"Result({self.record.name!r}{shown}, {str(self.folder)!r})"

    @cached_property
    def predictor(self) -> Predictor:
        """Return the model, loaded from the folder with the hash of every file checked."""
        from custpred.budget import Budget

        with Plugins.may(self.plugins):
            return _model(self.folder / "model", Budget().cores)

    @property
    def score(self) -> float:
        """Return the first metric on the test; nan if undefined, as with a single class."""
        found = self.record.test.get(self.record.metric)
        return found.value if found else math.nan

    @property
    def plot(self) -> ResultPlots:
        """Return the plots: ``result.plot.roc()``, ``gains``, ``importance``, ``waterfall(id)``."""
        from custpred.results.plots import ResultPlots

        return ResultPlots(self.record, self)

    def evaluate(self, new: object, *, as_of: str | None = None) -> Evaluation:
        """Return scores with intervals on customers with known outcomes.

        ``new`` has the target; with events: those to the end of the horizon after ``as_of``, by
        default the latest.  D170 counts rows that the model (a refit: test rows too) learned from.
        """
        from custpred.results.evaluation import evaluate

        return evaluate(self.record, self.predictor, new, as_of, self.folder)

    def leaderboard(self) -> pd.DataFrame:
        """Return model, score with interval, seconds (of 1,000 predictions), weight, reason."""
        import pandas as pd

        rows = []
        for row in self.record.leaderboard:
            score = row.score
            rows.append(
                {
                    "model": row.name,
                    "score": score.value if score else None,
                    "low": score.low if score else None,
                    "high": score.high if score else None,
                    "weight": row.weight,
                    "tied": row.tied,
                    "fit_seconds": row.fit_seconds,
                    "predict_seconds_per_1000": row.predict_seconds,
                    "status": row.status,
                    "reason": row.reason,
                }
            )
        return pd.DataFrame(rows)

    def predict(self, new: object, *, as_of: str | None = None) -> pd.Series:
        """Return the policy's decision, or the predicted value, of each row; an index is kept.

        Two classes: with a value or a capacity in the recipe, the rows of one call are one scoring
        round, and those that pay off and fit the capacity are chosen; otherwise the first metric's
        threshold decides.  Several classes: the likeliest label.  Labels have the type of the
        target column, without blanks around them, as all texts (D116).

        ``new`` is a frame of pandas, polars, Arrow or DuckDB, or a path, read like the training
        table.  A ``ScoringWarning`` reports differences from training; ``act`` returns all notes.

        If the target is computed from events, ``new`` holds events (a frame, a path, or a mapping
        of tables).  Predictions are for customers eligible at ``as_of``, by default the end of the
        events (of the run's, if ``new`` has only some customers); ``attrs["cutoff"]`` is the day.
        """
        import pandas as pd

        from custpred.inference.scored import decided

        rows, task = self._rows(new, as_of), self.predictor.task
        predicted = self.predictor.predict(rows.frame)
        if task.kind == "regression":
            return rows.dated(pd.Series(predicted, index=rows.index, name=task.target))
        code: Any = decided(self.predictor, rows.new, rows.frame, predicted)[0].code
        return rows.dated(task.predictions(code, rows.index))

    def predict_proba(self, new: object, *, as_of: str | None = None) -> pd.DataFrame:
        """Return probabilities of labels, (n_customers, n_labels); ``new`` as for ``predict``.

        The columns are the labels in the type of the target; they can also be selected by text.
        """
        from custpred.results.probabilities import probabilities

        if self.predictor.task.kind == "regression":
            raise DataError("A regression has no probabilities.", code="CP2401", remedy="Call predict instead.")
        rows = self._rows(new, as_of)
        return rows.dated(probabilities(self.predictor.task, self.predictor.predict(rows.frame), rows.index))

    def explain(self, new: object, *, as_of: str | None = None) -> pd.DataFrame:
        """Return each customer's reasons: ``start`` plus all columns sums to ``answer``.

        ``new`` as for ``predict``.  Classes: in percentage points of the probability (of the
        positive label, or the most likely one); regression: in units of the target.
        """
        from custpred.inference.explanations import reasons

        rows = self._rows(new, as_of)
        return reasons(self.predictor, rows.frame).set_index(rows.index)

    def words(self, new: object, *, as_of: str | None = None) -> pd.DataFrame:
        """Return each word's contribution in a customer's texts; ``new`` holds only that one.

        Columns: ``column``, ``word`` (None: the text without its words) and ``part``, in the units
        of ``explain``; the parts of a text add up to its reason.

        Raises
        ------
        DataError
            CP2407 if ``new`` does not hold one customer.
        """
        from custpred.inference.explanations import words

        rows = self._rows(new, as_of)
        if len(rows) != 1:
            raise DataError(f"Expected 1 customer, got {len(rows)}.", code="CP2407", remedy="Call it for each one.")
        return words(self.predictor, rows.frame)[0]

    def act(
        self, new: object, *, reasons: int | str = "chosen", as_of: str | None = None
    ) -> tuple[pd.DataFrame, list[Finding]]:
        """Return the action list, in the order of ``new``, and notes about the new rows.

        Columns: key, cutoff (events), rank, probabilities or prediction, value, expected gain,
        decision, and reasons in the report's language: for ``chosen``, ``all``, ``none``, or a
        number.
        """
        from custpred.inference.action_list import action_list, requested_reasons
        from custpred.inference.scored import Reporting
        from custpred.report._text import Text

        count, whom = requested_reasons(str(reasons))
        say = Text.of(self.record)
        return action_list(self._rows(new, as_of), count=count, whom=whom, reporting=Reporting(say=say))

    def report(self, path: str | Path) -> Path:
        """Write the report to a file: HTML, Markdown for ``.md``, JSON for ``.json``."""
        from custpred.report._markdown import markdown
        from custpred.report._page import html
        from custpred.report._saved import EVERY, written_as

        makers = (partial(each, self.record) for each in (html, markdown, twin))
        return written_as(path, dict(zip(EVERY, makers, strict=True)))

    def export(
        self, path: str | Path, *, sql: str | None = None, table: str = "customers", members: Members = "all"
    ) -> Path:
        """Write the model as SQL that scores a table, or to a path ``*.onnx``, as an ONNX graph.

        ``sql`` is the engine, such as ``duckdb``; ``table`` is its name, as written here.  One
        SELECT, or statements that make the table ``custpred_scores`` if it would be too long.

        Raises
        ------
        DataError
            CP2421 for an unknown engine, CP2448 for no engine and another path; CP2422 for members
            without formula; unless ``members`` is "all", they are left out with a warning, and the
            others are blended again.
        """
        from custpred.results.exported import write_onnx, write_sql

        if sql is None and Path(path).suffix != ".onnx":
            raise DataError("Expected sql=ENGINE, or a path that ends in .onnx.", code="CP2448", place=str(path))
        return write_sql(self, Path(path), sql, table, members) if sql else write_onnx(self, Path(path), members)

    def save(self, folder: str | Path) -> Path:
        """Copy the run folder, which ``load`` reads, to a new or empty folder."""
        return copied(self.folder, Path(folder))

    def _rows(self, new: object, as_of: str | None) -> Batch:
        """Return new rows conformed to the model, and warn once if they differ from training."""
        from custpred.inference.incoming import batch

        rows = batch(self.predictor, new, as_of)
        rows.warn()
        return rows

    def _repr_html_(self) -> str:
        from custpred.report._page import summary_html

        return summary_html(self.record)

    def __reduce__(self) -> tuple[object, ...]:
        return _unpacked, (packed(self.folder), self.record, self.plugins)  # the folder may be gone


@dataclass(frozen=True)
class Profile:
    """The profile of a table: ``findings`` to read, and ``facts`` by check as data."""

    name: str
    data: Data
    facts: dict[str, JSON]
    findings: tuple[Finding, ...]
    task: Task | None = None

    def __repr__(self) -> str:
        size, found = plural(self.data.rows, "row"), plural(len(self.findings), "finding")
        return f"Profile({self.name!r}: {size}, {plural(self.data.columns, 'column')}, {found})"

    def report(self, path: str | Path) -> Path:
        """Write the profile as one HTML file."""
        from custpred.report._saved import PAGE, written_as

        return written_as(path, dict.fromkeys(PAGE, self._html))

    def _html(self) -> str:
        from custpred.report._page import profile_html

        return profile_html(Record.of_profile(self.name, self.data, self.facts, self.findings, self.task))

    def _repr_html_(self) -> str:
        """Show the page in an iframe, so that its style does not affect the notebook."""
        style = "width:100%;height:40rem;border:0"
        return f'<iframe title="profile" style="{style}" srcdoc="{escape(self._html())}"></iframe>'


def _model(folder: Path, threads: int) -> Predictor:
    """Load a model; retries if a run in progress replaces it meanwhile."""
    from custpred.inference.model_folder import load

    while True:
        before = _stamp(folder)
        try:
            return load(folder, threads=threads)
        except ModelFileError:
            if _stamp(folder) == before:
                raise


def _stamp(folder: Path) -> int:
    """Return a stamp of the model in the folder; 0 if there is none."""
    return folder.stat().st_ino if folder.exists() else 0


def _unpacked(content: bytes, record: Record, plugins: bool) -> Result:
    keep = unpacked(content)
    return Result(record, keep.path / "run", plugins, keep)
