"""The record of a run as plain data: all that the report shows; written to report.json."""

from __future__ import annotations  # light: imports inside functions are deliberate

import math
import operator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, Self

from custpred.evaluate.base import Measure
from custpred.results.final import Final
from custpred.storage.plain import json_text, maps
from custpred.table import Finding
from custpred.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.storage.plain import JSON

FORMAT = 1


@dataclass(frozen=True)
class Decision:
    """One ``auto`` resolved, or one column declined."""

    key: str
    choice: str
    reason: str


@dataclass(frozen=True)
class Score:
    """A number with its 95 % interval.

    >>> Score(0.85, 0.83, 0.87).value
    0.85
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The final model compared with one baseline in the first metric, on the same rows.

    >>> base = Comparison("rule", "rule", Score(0.7, 0.6, 0.8), Score(0.1, 0.1, 0.2), 14, "test")
    >>> base.better, base.worse
    (True, False)
    """

    name: str
    kind: str
    score: Score
    """The baseline's score."""
    lead: Score
    """The final model's lead, with the interval of the paired difference; nan if unknown."""
    rows: int
    on: Literal["test", "held-out"]
    kept: bool = False
    """Whether the baseline is the final model."""
    others: dict[str, float] = field(default_factory=dict)
    """The baseline's other metrics on these rows."""

    @property
    def better(self) -> bool:
        """Return whether the final model is significantly better."""
        return self.lead.low > 0

    @property
    def worse(self) -> bool:
        """Return whether the baseline is significantly better."""
        return self.lead.high < 0


@dataclass(frozen=True)
class BoardRow:
    """One line of the leaderboard; ``score`` is the first metric, out of fold.

    Models were not trained on the row; a blend's weights and calibration are of other folds.
    """

    rank: int
    name: str
    kind: str
    status: str
    score: Score | None
    options: JSON = field(default_factory=dict)
    weight: float = 0.0
    """Weight in the blend."""
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    """Seconds to predict 1,000 rows."""
    tied: bool = False
    """Whether the interval of the difference to the first line contains 0."""
    baseline: bool = False
    reason: str = ""
    behind: tuple[float, float, float] | None = None
    """Lead of the first line, and the bounds of its 95 % interval."""
    others: dict[str, float] = field(default_factory=dict)
    """The other metrics, out of fold, on a sample of the rows if there are many."""


@dataclass(frozen=True)
class Requirement:
    """One line of the recipe's ``require``, and whether it was met.

    >>> Requirement.of("roc_auc", ">= 0.8", 0.85).met, Requirement.of("ece", "<= 0.02", 0.03).met
    (True, False)
    """

    name: str
    wanted: str
    found: float
    met: bool

    @classmethod
    def of(cls, name: str, rule: str, found: float) -> Self:
        """Compare a number with a rule such as ``>= 2.0``."""
        from custpred.recipe.keys import RULE

        signs = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq}
        match = RULE.fullmatch(rule)
        assert match is not None  # the recipe was checked
        sign, bound = match.group(1) or "==", float(match.group(2))
        return cls(name, f"{sign} {bound:g}", found, bool(signs[sign](found, bound)))


@dataclass(frozen=True)
class Data:
    """The input data; ``kinds`` maps columns to kinds."""

    origin: str
    rows: int
    columns: int
    train_rows: int
    test_rows: int
    kinds: dict[str, str]
    shares: dict[str, float] = field(default_factory=dict)
    """Class label -> share of rows; empty for regression."""
    target: dict[str, float] = field(default_factory=dict)
    """Regression: mean, sd, quantiles q00 q05 q25 q50 q75 q95 q99 q100, share_zero, skew."""
    findings: tuple[Finding, ...] = ()
    sha256: str = ""
    events: JSON = field(default_factory=dict)
    """With a target from events: the task, the tables, and customers and labels by cutoff."""
    customers: int = 0
    """Number of distinct customers; 0 here and below: unknown, as in records of older versions."""
    train_customers: int = 0
    test_customers: int = 0
    scored_rows: int = 0  # test rows that were scored, if the time did not suffice for all


@dataclass(frozen=True)
class Record:
    """A complete run as plain data.

    ``measures`` are on the test rows; ``known_best`` is the best score that sample data allow, by
    metric.  ``preparation`` lists what each step learned or skipped.
    """

    name: str
    made: str
    recipe: JSON
    lock: JSON
    task: Task
    data: Data
    profile: dict[str, JSON]
    profile_findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    preparation: tuple[Finding, ...]
    leaderboard: tuple[BoardRow, ...]
    metrics: dict[str, dict[str, str]]
    """Metric kind -> {label, better}; the first is the one that was optimised."""
    test: dict[str, Score]
    cv: dict[str, Score]
    measures: dict[str, Measure]
    requirements: tuple[Requirement, ...] = ()
    known_best: dict[str, float] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    run_id: str = ""
    laboratory: JSON = field(default_factory=dict)
    """Sequence networks: ``networks``, the best of each kind; ``strip``, gates of a customer."""
    contract: tuple[JSON, ...] = ()
    """Summary of each model column in training: ``Intake.brief``."""
    learning: JSON = field(default_factory=dict)
    """A cheap model's learning curve: ``model``, ``points`` {rows, score, low, high}, ..."""
    pipelines: tuple[JSON, ...] = ()
    """How members' rows were prepared, largest weight first: ``models``, ``weight``, ``stages``."""
    comparisons: tuple[Comparison, ...] = ()
    """The final model compared with each baseline, on the same rows."""
    final: Final | None = None
    """The final model, if the recipe requests a refit to all rows."""
    whole: bool = True
    """False while the run is in progress: the best blend so far, before the test."""

    @classmethod
    def of_profile(
        cls, name: str, data: Data, profile: dict[str, JSON], findings: Sequence[Finding], task: Task | None
    ) -> Self:
        """Return the record of a table that was profiled without fitting models."""
        return cls(
            name=name,
            made="",
            recipe={"report": {"language": "en"}},
            lock={},
            task=task or _task_of(data),
            data=data,
            profile=profile,
            profile_findings=tuple(findings),
            decisions=(),
            preparation=(),
            leaderboard=(),
            metrics={},
            test={},
            cv={},
            measures={},
        )

    @property
    def metric(self) -> str:
        """Return the name of the optimised metric."""
        return next(iter(self.metrics))

    @property
    def fallback(self) -> BoardRow | None:
        """Return the baseline that was kept because no model finished, or None."""
        kept = [row for row in self.leaderboard if row.weight and row.kind != "blend"]
        return kept[0] if kept and all(row.baseline for row in kept) else None

    def plain(self) -> JSON:
        """Return JSON data, which ``load`` reads."""
        own = maps(self)
        plan = {"lock": own.pop("lock"), "decisions": own.pop("decisions")}
        return {"format": FORMAT, **own, "plan": plan}

    @classmethod
    def load(cls, plain: JSON) -> Self:
        """Rebuild a record from ``plain``; unknown keys of newer versions are ignored."""
        own = {**plain, **plain["plan"]}
        made = {
            "task": Task.load(own["task"]),
            "data": Data(**{**own["data"], "findings": _all(Finding, own["data"]["findings"])}),
            "profile_findings": _all(Finding, own["profile_findings"]),
            "decisions": _all(Decision, own["decisions"]),
            "preparation": _all(Finding, own["preparation"]),
            "leaderboard": tuple(_row(row) for row in own["leaderboard"]),
            **{part: {kind: score_of(score) for kind, score in own[part].items()} for part in ("test", "cv")},
            "measures": {
                kind: Measure(**{**each, "rows": tuple(each["rows"])}) for kind, each in own["measures"].items()
            },
            "final": Final.load(own.get("final")),
            "comparisons": tuple(_comparison(row) for row in own.get("comparisons", ())),
            **{key: tuple(own.get(key, ())) for key in ("contract", "pipelines")},
            "requirements": tuple(Requirement(**_known(row, "found")) for row in own["requirements"]),
        }
        known = {each.name for each in fields(cls)}
        return cls(**{**{key: value for key, value in own.items() if key in known}, **made})


def _task_of(data: Data) -> Task:
    """Return the task inferred from the data."""
    labels = tuple(data.shares)
    if len(labels) > 1:
        return Task("binary" if len(labels) == 2 else "multiclass", "the target", labels)
    return Task("regression", "the target")


def _all(kind: type, rows: list[JSON]) -> tuple[object, ...]:
    return tuple(kind(**row) for row in rows)


def _row(row: JSON) -> BoardRow:
    score, behind = row["score"] and score_of(row["score"]), row.get("behind")
    return BoardRow(**{**row, "score": score, "behind": tuple(behind) if behind else None})


def _comparison(row: JSON) -> Comparison:
    return Comparison(**{**row, "score": score_of(row["score"]), "lead": score_of(row["lead"])})


def score_of(row: JSON) -> Score:
    """Return the score in a row of plain data; null is nan."""
    return Score(*(math.nan if row[name] is None else row[name] for name in ("value", "low", "high")))


def _known(row: JSON, *numbers: str) -> JSON:
    """Return a row with null restored to nan in the named numbers."""
    return {key: math.nan if value is None and key in numbers else value for key, value in row.items()}


def twin(record: Record) -> str:
    """Return the JSON twin of the report: every number that the page shows."""
    return json_text(record.plain())
