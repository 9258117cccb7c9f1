"""Monitoring in production: how new customers, scores and outcomes differ from the test."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from custpred.columns.drift import ROWS
from custpred.errors import DataError
from custpred.inference.incoming import batch, read_new
from custpred.monitoring.comparison import load_run
from custpred.monitoring.indexes import Index, index_of
from custpred.monitoring.watching_page import page, sentence
from custpred.report._later import worse
from custpred.report._page import excerpt
from custpred.report._saved import saved
from custpred.results.evaluation import evaluate
from custpred.results.held_out import HeldOut
from custpred.results.scored_file import MEASURES, age_of, check_rules, limits
from custpred.source._typing.cells import id_texts
from custpred.source._typing.typed_table import named_frame
from custpred.storage.files import append
from custpred.storage.plain import finite, json_text
from custpred.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.columns.drift import Comparison
    from custpred.inference.incoming import Batch
    from custpred.results.evaluation import Evaluation
    from custpred.results.record import Record, Requirement
    from custpred.results.result import Result
    from custpred.storage.plain import JSON
    from custpred.table import Finding

BINS, HISTORY = 10, "monitor.jsonl"
Advice = Literal["retrain", "mend the data", "wait", "keep"]


@dataclass(frozen=True)
class Monitoring:
    """What monitoring found about a run in production.

    Parameters
    ----------
    record
        The run's record.
    comparison
        The new rows compared with the contract of the columns.
    indexes
        The stability index of each column, largest first; empty for fewer than 200 rows.
    scores
        The stability index of the predictions compared with the test; None if they are not known.
    spread
        Share of the new customers in each decile of the test's scores, lowest first.
    expected
        Share of the test's own customers there: a tenth unless many have the same score.
    notes
        Findings about the rows.
    age_days
        With events: days between the newest event and the cutoff.
    later
        The scores on outcomes, if these are known.
    history
        Earlier checks of this run, oldest first, and this one.
    """

    record: Record
    comparison: Comparison
    indexes: tuple[Index, ...]
    scores: Index | None
    spread: tuple[float, ...]
    notes: tuple[Finding, ...]
    age_days: int | None
    later: Evaluation | None
    history: tuple[JSON, ...]
    expected: tuple[float, ...] = ()
    requirements: tuple[Requirement, ...] = ()

    @property
    def advice(self) -> Advice:
        """Return what to do.

        Fix the data if a column lost its values; retrain if scores are worse than in the test
        beyond both intervals; wait for outcomes if only columns or scores moved far; else keep it.
        """
        if any(note.severity == "alarm" for note in self.notes):
            return "mend the data"
        if self.later is not None and worse(self.later.record, self.record):
            return "retrain"
        far = any(each.far for each in (*self.indexes, *((self.scores,) if self.scores else ())))
        if far:
            return "retrain" if self.later is None and self.scores is not None and self.scores.far else "wait"
        return "keep"

    def measures(self) -> dict[str, float | None]:
        """Return the measures that ``require`` can refer to, by name; None if unknown."""
        own: dict[str, float | None] = dict(self.comparison.measures())
        own |= {"rows": float(self.comparison.rows), "age_days": self.age_days}
        own |= {"score_psi": self.scores.psi if self.scores else None, "retrain": float(self.advice == "retrain")}
        later = self.later.record.test if self.later is not None else {}
        return own | {name: later[name].value if name in later else None for name in self.record.metrics}

    def plain(self) -> JSON:
        """Return every number of the page as JSON data."""
        return {
            "run": self.record.run_id,
            "advice": {"choice": self.advice, "text": sentence(self)},
            "contract": self.comparison.plain(),
            "drift": [asdict(each) for each in self.indexes],
            "scores": asdict(self.scores) if self.scores else None,
            "spread": list(self.spread),
            "expected": list(self.expected),
            "age_days": self.age_days,
            "notes": [asdict(note) for note in self.notes],
            "later": self.later.scores().to_dict("records") if self.later is not None else [],
            "history": list(self.history),
            "measures": self.measures(),
            "requirements": [asdict(each) for each in self.requirements],
        }

    def json(self) -> str:
        """Return ``plain`` as JSON text."""
        return json_text(self.plain())

    def report(self, path: str | Path) -> Path:
        """Write the page as HTML, Markdown (``.md``) or JSON (``.json``)."""
        return saved(path, page(self), self.plain())

    def _repr_html_(self) -> str:
        return excerpt(page(self))


def monitor(
    run: Result | str | Path,
    new: object,
    truth: object = None,
    *,
    as_of: str | None = None,
    require: Sequence[str] = (),
    plugins: bool = False,
) -> Monitoring:
    """Monitor a run in production; the result is appended to ``monitor.jsonl`` in the run folder.

    Parameters
    ----------
    new
        New customers, as for ``predict``.
    truth
        Customers with known outcomes, as for ``Result.evaluate``: the columns of training and the
        target; or, if ``new`` is a frame or file with ids, only the id and the target.
    require
        Rules such as ``"psi <= 0.25"``: on the measures of ``predict --require``, ``score_psi``,
        ``retrain`` (1 or 0), and the run's metrics on the outcomes.

    Raises
    ------
    ModelFileError, DataError
        As for ``load``, ``predict`` and ``evaluate``; CP2410 if a rule is malformed.
    """
    own = load_run(run, plugins)
    required = limits(None, require, (*MEASURES, "score_psi", "retrain", *own.record.metrics))
    rows = batch(own.predictor, new, as_of)
    later = None
    if truth is not None:
        later = evaluate(own.record, own.predictor, _with_columns(own, rows, truth), as_of, own.folder)
    scores, spread, expected = _scores(own, rows)
    found = Monitoring(
        own.record,
        rows.comparison,
        _indexes(own, rows),
        scores,
        spread,
        _notes(rows, later),
        age_of(rows),
        later,
        _history(own.folder),
        expected,
    )
    found = replace(found, history=(*found.history, _entry(found)))
    append(own.folder / HISTORY, json.dumps(finite(found.history[-1])))
    return replace(found, requirements=check_rules(required, found.measures()))


def _notes(rows: Batch, later: Evaluation | None) -> tuple[Finding, ...]:
    """Return the notes on the new rows, and those on the outcomes' rows that do not repeat one."""
    known = {(note.code, note.column) for note in rows.notes}
    more = later.notes if later is not None else ()
    return (*rows.notes, *(note for note in more if (note.code, note.column) not in known))


def _indexes(run: Result, rows: Batch) -> tuple[Index, ...]:
    if len(rows) < ROWS:
        return ()
    found = [
        index_of(each.name, np.asarray(each.shares) * each.rows, _counts(each.bins(rows.frame[each.name]), each.shares))
        for each in run.predictor.intake.columns
        if each.shares
    ]
    return tuple(sorted(found, key=lambda each: -each.psi))


def _counts(bins: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    return np.bincount(bins, minlength=len(shares)).astype(float)


def _scores(run: Result, rows: Batch) -> tuple[Index | None, tuple[float, ...], tuple[float, ...]]:
    """Compare new predictions with those of the test: index, and both shares by its deciles."""
    kept = HeldOut.load(run.folder, run.record.task)
    if kept is None or len(rows) < ROWS or len(kept) < ROWS:
        return None, (), ()
    task = run.record.task
    then, now = task.score(kept.predictions.predicted), task.score(run.predictor.predict(rows.frame))
    edges = np.unique(np.quantile(then, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    counts = [np.bincount(np.searchsorted(edges, each, side="right"), minlength=len(edges) + 1) for each in (then, now)]
    expected, spread = (tuple(map(float, each / each.sum())) for each in counts)
    return index_of("the scores", counts[0].astype(float), counts[1].astype(float)), spread, expected


def _with_columns(run: Result, rows: Batch, truth: object) -> object:
    """Return outcomes with customers' columns: as passed, or joined to new customers by id."""
    intake, target = run.predictor.intake, run.record.task.target
    if intake.events:
        return truth
    later = read_new(intake, truth)[0] if isinstance(truth, str | Path) else named_frame(truth)[0]
    key = intake.key
    if {column.name for column in run.predictor.columns if column.usable} <= set(later.columns):
        return later
    known = named_frame(rows.new)[0]
    if key is None or key not in later.columns or target not in later.columns or key not in known.columns:
        raise DataError(
            "The outcomes have neither the columns of training nor the customer's id and the target.",
            code="CP2419",
            remedy=f"Give a table with {target!r} and the columns of training, or with {key!r} and {target!r} alone.",
        )
    pairs = later[[key, target]].assign(**{key: id_texts(later[key])}).dropna().drop_duplicates()
    if several := int(pairs[key].duplicated().sum()):
        raise DataError(
            f"The outcomes contradict each other: {plural(several, 'row')} with the {key!r} of another and a different"
            f" {target!r}.",
            code="CP2419",
            column=key,
            remedy="Keep one outcome for each customer.",
        )
    rest = known.drop(columns=[name for name in (target,) if name in known.columns])
    rest = rest.assign(**{key: id_texts(rest[key])})
    if len(pairs) and not rest[key].isin(pairs[key]).any():
        raise DataError(
            f"None of the {plural(len(pairs), 'known outcome')} is of one of the {plural(len(rest), 'new customer')}:"
            f" no {key!r} is in both tables.",
            code="CP2419",
            column=key,
            remedy=f"Give outcomes of these customers, with {key!r} written as in the new rows.",
        )
    return rest.merge(pairs, on=key, how="left")


def _history(folder: Path) -> tuple[JSON, ...]:
    """Return earlier checks; lines that cannot be read are skipped."""
    path, found = folder / HISTORY, []
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            each = json.loads(line)
        except ValueError:
            continue
        if isinstance(each, dict) and "at" in each:
            found.append(each)
    return tuple(found)


def _entry(found: Monitoring) -> JSON:
    """Return this check's line: measures, and the first metric on outcomes with interval."""
    name = found.record.metric
    score = found.later.record.test.get(name) if found.later is not None else None
    own = {"value": score.value, "low": score.low, "high": score.high} if score else {}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at, "advice": found.advice, "metric": name, **own, **found.measures()}
