"""Comparison of two finished runs: data, recipe, scores on shared customers, and the verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from custpred.api import load
from custpred.errors import DataError
from custpred.inference.model_folder import load_intake
from custpred.metrics.base import Metric
from custpred.monitoring.comparison_page import page, sentence
from custpred.monitoring.differences import Change, Shift, changes, columns, shifts
from custpred.monitoring.pairing import Paired, TopTenth, agreement, paired_scores, shared, top_tenth
from custpred.recipe.keys import rewritten
from custpred.report._light import light
from custpred.report._page import excerpt
from custpred.report._reading import findings
from custpred.report._saved import saved
from custpred.report._text import Text
from custpred.results.held_out import HeldOut
from custpred.results.scored_file import check_rules, limits
from custpred.spec import Plugins
from custpred.storage.plain import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.results.record import Record, Requirement
    from custpred.results.result import Result
    from custpred.storage.plain import JSON
    from custpred.task import Task

FORMAT = 1
MEASURES = ("lead", "lead_low", "lead_high", "overlap", "psi", "rows")
"""Measures that rules (``require``) can refer to."""
Pair: TypeAlias = tuple[HeldOut, HeldOut]
Verdict = Literal["keep the old", "take the new", "cannot tell"]


@dataclass(frozen=True)
class Ahead:
    """The old run ``learned`` outcomes up to a day after the first label of the test ``starts``."""

    learned: str
    starts: str


@dataclass(frozen=True)
class RunComparison:
    """What two runs with the same target share, and where they differ; ``str``: the verdict.

    Parameters
    ----------
    old, new
        The records of both runs.
    recipe
        Recipe keys whose values differ.
    chosen
        Further keys that differ after ``auto`` is resolved.
    columns
        Columns that only one run has, or whose kind differs.
    rows
        Number of held-out rows that both runs predicted without training on them.
    scores
        Each metric on these rows; the metric of the old run's recipe comes first.
    lost
        After retraining: columns that the old run cannot read in the new rows.
    ahead
        After retraining on events: outcomes that the old run knows, which favours it.
    """

    old: Record
    new: Record
    recipe: tuple[Change, ...]
    chosen: tuple[Change, ...]
    columns: tuple[Change, ...]
    shifts: tuple[Shift, ...]
    rows: int
    scores: tuple[Paired, ...]
    top: TopTenth | None
    agreement: float | None
    requirements: tuple[Requirement, ...] = ()
    lost: tuple[str, ...] = ()
    ahead: Ahead | None = None

    @property
    def same_customers(self) -> bool:
        """Return whether both runs saw the same table, value by value."""
        return bool(self.old.data.sha256) and self.old.data.sha256 == self.new.data.sha256

    @property
    def verdict(self) -> Verdict:
        """Return which run to keep.

        Take the new run if it is significantly better on the same rows in the first metric.  Keep
        the old run if the new one is significantly worse, if only the new one's report is red, or
        if it has an alarm about its data, such as a leak, that the old one has not.
        """
        if self.refused:
            return "keep the old"
        lead = self.scores[0].lead if self.scores else None
        if lead is None or not lead.low < lead.high:
            return "cannot tell"
        return "take the new" if lead.low > 0 else "keep the old" if lead.high < 0 else "cannot tell"

    @property
    def refused(self) -> tuple[str, ...]:
        """Return why the new run must not be used; empty if it may, or if the old is no better."""
        say = Text.of(self.new)
        old, new = light(self.old, say), light(self.new, say)
        alarms = [
            {(each.code, each.column) for each in findings(run) if each.severity == "alarm"}
            for run in (self.old, self.new)
        ]
        worse = old.colour != "alarm" or alarms[1] - alarms[0]
        return new.reasons if new.colour == "alarm" and worse else ()

    def measures(self) -> dict[str, float | None]:
        """Return the measures that ``require`` can refer to, by name; None if unknown."""
        lead = self.scores[0].lead if self.scores else None
        return {
            "lead": lead.value if lead else None,
            "lead_low": lead.low if lead else None,
            "lead_high": lead.high if lead else None,
            "overlap": self.top.overlap if self.top else None,
            "psi": max((each.psi for each in self.shifts), default=None),
            "rows": float(self.rows),
        }

    def plain(self) -> JSON:
        """Return every number of the page as JSON data."""
        own = {name: [asdict(each) for each in getattr(self, name)] for name in ("recipe", "chosen", "columns")}
        return {
            "format": FORMAT,
            "verdict": {"choice": self.verdict, "text": sentence(self), "refused": list(self.refused)},
            "old": _about(self.old),
            "new": _about(self.new),
            "same_customers": self.same_customers,
            **own,
            "drift": [asdict(each) for each in self.shifts],
            "rows": self.rows,
            "lost": list(self.lost),
            "ahead": asdict(self.ahead) if self.ahead else None,
            "scores": [asdict(each) for each in self.scores],
            "top_tenth": {**asdict(self.top), "overlap": self.top.overlap} if self.top else None,
            "agreement": self.agreement,
            "measures": self.measures(),
            "requirements": [asdict(each) for each in self.requirements],
        }

    def report(self, path: str | Path) -> Path:
        """Write the comparison as HTML, Markdown (``.md``) or JSON (``.json``)."""
        return saved(path, page(self), self.plain())

    def json(self) -> str:
        """Return ``plain`` as JSON text; NaN becomes null."""
        return json_text(self.plain())

    def __str__(self) -> str:
        return sentence(self)

    def __repr__(self) -> str:
        return f"RunComparison({self.old.name!r}, {self.new.name!r}: {self.verdict}, {self.rows:,} shared rows)"

    def _repr_html_(self) -> str:
        return excerpt(page(self))


def compare(
    old: Result | str | Path, new: Result | str | Path, *, require: Sequence[str] = (), plugins: bool = False
) -> RunComparison:
    """Compare two finished runs that predict the same target.

    Parameters
    ----------
    old, new
        Run folders, or results of ``fit``, ``run`` and ``load``; the new is compared with the old.
    require
        Rules such as ``"lead_low > 0"``: ``lead``, ``lead_low``, ``lead_high`` of the first metric,
        ``overlap`` of the top tenths, ``psi`` of the column that moved most, shared ``rows``.
    plugins
        Whether the recipes may name user-defined metrics.

    Raises
    ------
    ModelFileError
        If a folder holds no finished run.
    DataError
        CP2412 if the runs differ in task, target or labels; CP2410 if a rule is malformed.

    Examples
    --------
    >>> print(compare("reports/churn-may", "reports/churn-june"))  # doctest: +SKIP
    Take the new run: on 1,409 held-out customers of both runs ROC AUC rises from 0.836 to 0.851 ...
    """
    required = limits(None, require, MEASURES)
    first, second = load_run(old, plugins), load_run(new, plugins)
    same_question(first.record.task, second.record.task, (first.record.name, second.record.name))
    with Plugins.may(plugins):
        found = compared(first, second, _pair(first, second))
    return replace(found, requirements=check_rules(required, found.measures()))


def load_run(run: Result | str | Path, plugins: bool) -> Result:
    """Load a run from its folder; return a result unchanged."""
    return load(run, plugins=plugins) if isinstance(run, str | Path) else run


def same_question(old: Task, new: Task, names: tuple[str, str]) -> None:
    """Raise DataError if scores of two tasks, of runs or data with these names, do not compare."""
    pairs: list[tuple[str, object, object]] = [
        ("task", old.kind, new.kind),
        ("target", old.target, new.target),
        ("labels", sorted(old.labels), sorted(new.labels)),
    ]
    if old.kind == "binary" == new.kind:
        pairs.append(("positive label", old.positive, new.positive))
    for name, one, other in pairs:
        if one != other:
            raise DataError(
                f"The runs have different targets or tasks: the {name} is {one!r} in {names[0]!r} and {other!r} in"
                f" {names[1]!r}.",
                code="CP2412",
                remedy="Compare runs of the same task, target and labels.",
            )


def _pair(old: Result, new: Result) -> Pair | None:
    """Return the saved predictions of both runs for the rows that both held out."""
    kept = [HeldOut.load(each.folder, each.record.task) for each in (old, new)]
    if not kept[0] or not kept[1] or old.record.task.labels != new.record.task.labels:
        return None
    pair = shared(kept[0], kept[1])
    return pair if len(pair[0]) else None


def compared(old: Result, new: Result, pair: Pair | None) -> RunComparison:
    """Compare two runs on rows that neither was trained on; ``pair`` is None without any."""
    before, after = old.record, new.record
    intakes = [load_intake(each.folder / "model") for each in (old, new)]
    asked = changes(rewritten(before.recipe), rewritten(after.recipe))
    named = {each.name for each in asked}
    chosen = tuple(each for each in changes(rewritten(before.lock), rewritten(after.lock)) if each.name not in named)
    return RunComparison(
        before,
        after,
        recipe=asked,
        chosen=chosen,
        columns=columns(before, after),
        shifts=shifts(intakes[0].columns, intakes[1].columns),
        rows=len(pair[0]) if pair else 0,
        scores=tuple(paired_scores(_metrics(before), *pair, before.seed)) if pair else (),
        top=top_tenth(*pair) if pair else None,
        agreement=agreement(*pair) if pair else None,
    )


def _metrics(record: Record) -> list[Metric]:
    return [Metric.parse(each) for each in record.lock.get("metrics", ())]


def _about(record: Record) -> JSON:
    """Return what identifies a run, and its scores on its own test rows."""
    data = record.data
    return {
        "name": record.name,
        "run_id": record.run_id,
        "made": record.made,
        "origin": data.origin,
        "rows": data.rows,
        "columns": data.columns,
        "train_rows": data.train_rows,
        "test_rows": data.test_rows,
        "shares": data.shares,
        "target": data.target,
        "sha256": data.sha256,
        "test": {name: asdict(score) for name, score in record.test.items()},
    }
