"""The recipe: the only file with all keys."""

from __future__ import annotations

import re
import warnings
from html import escape
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from custpred.budget import Budget
from custpred.business import Business
from custpred.calibrate.base import Calibrate
from custpred.engine.base import Engine
from custpred.ensemble.base import Ensemble
from custpred.errors import CustpredError, CustpredWarning, did_you_mean
from custpred.events.cutoffs import Cutoffs
from custpred.events.table import EventTable
from custpred.features.base import Feature
from custpred.metrics.base import Metric
from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.outliers.base import Outliers
from custpred.recipe.what_if import ColumnRule
from custpred.resample.base import Resample
from custpred.search.base import Search
from custpred.source.base import Source
from custpred.spec import Auto, ManyOf, OneOf, Spec
from custpred.split.base import Split
from custpred.target.base import Target

if TYPE_CHECKING:
    from custpred.storage.plain import JSON

Chosen = TypeVar("Chosen", bound=Spec | tuple[Spec, ...])
RULE = re.compile(r"\s*(>=|<=|==|>|<|)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*")
"""A value of ``require``: a comparison and a number; a bare number must be matched exactly."""


class Part(BaseModel):
    """A map inside the recipe: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class About(Part):
    """Domain knowledge: printed in the report."""

    purpose: str = Field("", description="What the prediction is for.")
    behaviour: str = Field("", description="The customer behaviour that is predicted.")
    matters: list[str] = Field(default_factory=list, description="Columns that domain experts consider important.")
    goal: str = Field("", description="What should improve.")
    not_for: list[str] = Field(default_factory=list, description="What the prediction must not be used for.")
    owner: str = Field("", description="Who is responsible for the model.")


class Privacy(Part):
    """What must not be shown or stored."""

    sensitive: list[str] = Field(default_factory=list, description="Columns whose groups are compared in the report.")
    min_cell: int = Field(10, ge=1, description="Groups with fewer customers are not shown.")
    keep_rows: bool = Field(
        False, description="Let models: auto try models that keep values of training customers in the model folder."
    )


class ReportOptions(Part):
    """Appearance of the report."""

    language: Literal["en", "ko"] = Field("en", description="Language of the report.")
    theme: Literal["auto", "light", "dark"] = Field("auto", description="Colours; auto follows the reader's system.")


class Recipe(Part):
    """The complete configuration of a run; required: ``target``, and ``customers`` or ``events``.

    >>> keys = {"customers": {"path": "c.csv"}, "target": "churn", "models": ["logistic"]}
    >>> recipe = Recipe.model_validate(keys)
    >>> [model.kind() for model in recipe.models], recipe.metrics
    (['logistic'], 'auto')
    """

    recipe: Literal[1] = Field(1, description="Version of the grammar.")
    name: str = Field("custpred", min_length=1, max_length=80, description="Name of the recipe; names the run folder.")
    about: About = Field(About(), description="Domain knowledge, printed in the report.")
    customers: Annotated[Source | None, OneOf(Source, none=True)] = Field(
        description="Source of the customers; with events it adds columns that do not change over time."
    )
    events: dict[str, EventTable] = Field(
        default_factory=dict, description="Tables of events by name, such as orders; the target is computed from them."
    )
    target: Annotated[Target, OneOf(Target)] = Field(description="What is predicted; a bare name is a column.")
    weight: str | None = Field(
        None, min_length=1, description="Column with each row's weight; used in models and scores, never a feature."
    )
    cutoffs: Cutoffs = Field(Cutoffs(), description="Points in time that separate features from labels.")
    split: Annotated[Split | Auto, OneOf(Split, auto=True)] = Field("auto", description="How rows are divided.")
    missing: Annotated[Missing | Auto, OneOf(Missing, auto=True)] = Field(
        "auto", description="How missing values are handled."
    )
    outliers: Annotated[Outliers | Auto, OneOf(Outliers, auto=True)] = Field(
        "auto", description="How outliers are handled."
    )
    features: Annotated[tuple[Feature, ...] | Auto, ManyOf(Feature, auto=True)] = Field(
        "auto", description="Columns computed from other columns, in this order."
    )
    resample: Annotated[Resample | Auto, OneOf(Resample, auto=True)] = Field(
        "auto", description="How class imbalance is handled, in training rows only."
    )
    models: Annotated[tuple[Model, ...] | Auto, ManyOf(Model, auto=True)] = Field("auto", description="Learners.")
    search: Annotated[Search | Auto, OneOf(Search, auto=True)] = Field(
        "auto", description="How hyperparameters are chosen."
    )
    ensemble: Annotated[Ensemble | Auto, OneOf(Ensemble, auto=True)] = Field(
        "auto", description="How models are combined."
    )
    calibrate: Annotated[Calibrate | Auto, OneOf(Calibrate, auto=True)] = Field(
        "auto", description="How raw scores become probabilities."
    )
    final: Literal["auto", "refit", "folds"] = Field(
        "auto", description="The final model: refitted to all rows, or the one whose scores were measured."
    )
    metrics: Annotated[tuple[Metric, ...] | Auto, ManyOf(Metric, auto=True)] = Field(
        "auto", description="Metrics; the first is optimised."
    )
    budget: Budget = Field(Budget(time=120.0), description="Time, memory and cores; '60s' is short for {time: 60s}.")
    business: Business = Field(Business(), description="Value of a customer and costs of a campaign.")
    privacy: Privacy = Field(Privacy(), description="What must not be shown.")
    what_if: dict[str, ColumnRule] = Field(
        default_factory=dict,
        description="What the dashboard may change in a customer, by column: fixed, changeable, can_increase,"
        " can_decrease or {range: [low, high]}; other columns are changeable within training, sensitive ones fixed.",
    )
    report: ReportOptions = Field(ReportOptions(), description="Appearance of the report.")
    require: dict[str, str | float] = Field(
        default_factory=dict, description="Requirements such as {lift_at_10: '>= 2.0'}; exit code 3 if one is not met."
    )
    engine: Annotated[Engine, OneOf(Engine)] = Field(
        default_factory=lambda: Engine.usual(), description="Where models are fitted."
    )
    seed: int = Field(7, ge=0, lt=2**31, description="Seed of all random numbers.")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: object) -> object:
        """Read ``target: Churn`` as a column; with events, customers are optional."""
        if not isinstance(value, dict):
            return value
        target, events = value.get("target"), value.get("events")
        made = dict(value)
        if isinstance(target, str):
            made["target"] = {"column": target}
        if isinstance(events, dict) and events:
            made.setdefault("customers", None)
            if len(events) == 1:
                made |= _of_the_only_table(value, next(iter(events)))
        return made

    @field_validator("require")
    @classmethod
    def _comparable(cls, value: dict[str, str | float]) -> dict[str, str | float]:
        """Refuse requirements that could only fail at the end of a run."""
        for name, rule in value.items():
            if name != "leak_alarms" and Metric.named(name) is None:
                hint = did_you_mean(name, [*Metric.kinds(), "lift_at_10", "leak_alarms"])
                raise ValueError(f"{name!r} is neither a metric nor leak_alarms.{hint}")
            if not RULE.fullmatch(str(rule)):
                raise ValueError(f"expected a number or a comparison such as '>= 2.0' for {name!r}, got {str(rule)!r}")
        return value

    def columns(self) -> dict[tuple[str | int, ...], str]:
        """Return the columns that the recipe's own keys name, by place in the recipe."""
        found: dict[tuple[str | int, ...], str | None] = {
            ("customers", "key"): self.customers.key if self.customers else None,
            **{("customers", "duplicates", i): name for i, name in enumerate(self._repeating())},
            ("target",): None if self.events else self.target.name(),
            ("weight",): self.weight,
            **{("split", option): getattr(self.split, option, None) for option in ("column", "group")},
            ("business", "value", "column"): self.business.value.column if self.business.value else None,
            **{("privacy", "sensitive", i): name for i, name in enumerate(self.privacy.sensitive)},
            **{("what_if", name): name for name in self.what_if},
        }
        return {place: name for place, name in found.items() if name}

    def __repr__(self) -> str:
        return f"Recipe({self.name!r}: target {self.target.name()!r}, {len(self.dump()) - 1} keys set)"

    def _repr_html_(self) -> str:
        """Show the recipe as YAML."""
        from custpred.recipe.file import to_yaml

        return f"<pre>{escape(to_yaml(self.dump()))}</pre>"

    def _repeating(self) -> list[str]:
        """Return the columns by which ``duplicates`` finds repeats, if it names any."""
        named = self.customers.duplicates if self.customers else "keep"
        return [] if isinstance(named, str) else named

    def dump(self) -> JSON:
        """Return plain data that loads as the same recipe; defaults are left out."""
        made = self.model_dump(mode="json", exclude_defaults=True) | {"recipe": self.recipe}
        return {name: value for name, value in made.items() if name != "customers" or value is not None}


def rewritten(plain: JSON) -> JSON:
    """Return a dumped recipe as this version writes it; what it cannot read stays as it is.

    >>> old = {"customers": {"sample": "telecom"}, "target": "churn", "budget": {"time": 300.0}}
    >>> rewritten(old)["budget"]
    {'time': '5m'}
    """
    try:
        with warnings.catch_warnings():  # renamed keys
            warnings.simplefilter("ignore", CustpredWarning)
            return Recipe.model_validate(plain).dump()
    except (ValidationError, CustpredError):
        return plain


def resolved(choice: Chosen | Auto) -> Chosen:
    """Return a choice of a recipe after ``auto`` was resolved.

    Raises
    ------
    TypeError
        If it is still ``auto``.
    """
    if isinstance(choice, str):
        raise TypeError("The recipe still holds 'auto'; resolve it first.")
    return choice


def _of_one_table(kind: object) -> bool:
    """Return whether a kind of feature reads a single table of events."""
    return isinstance(kind, str) and kind in Feature.kinds() and Feature.find(kind).of_one_table


def _of_the_only_table(value: JSON, table: str) -> JSON:
    """Fill in the name of the only table of events where target and steps name none."""
    found: JSON = {}
    target, features = value.get("target"), value.get("features")
    if isinstance(target, dict) and "column" not in target:
        found["target"] = {"table": table, **target}
    if isinstance(features, list | tuple):
        plain = [{"kind": each} if _of_one_table(each) else each for each in features]
        bare = [isinstance(each, dict) and _of_one_table(each.get("kind")) and not each.get("of") for each in plain]
        found["features"] = [
            {**each, "of": table} if alone else old for each, old, alone in zip(plain, features, bare, strict=True)
        ]
    return found
