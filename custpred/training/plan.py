"""A plan is a recipe without ``auto``: every choice resolved, with its reason."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from custpred.columns.contract import Intake
from custpred.columns.sequence import is_step
from custpred.ensemble.base import Ensemble
from custpred.errors import DataError, NotApplicable, RecipeError
from custpred.events.assembly import CUTOFF
from custpred.features._text.options import WHY_TWINS, twins
from custpred.features.base import Feature
from custpred.metrics.base import Metric
from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.outliers.base import Outliers
from custpred.preparation import Preparation
from custpred.recipe.keys import resolved
from custpred.recipe.preflight import Skipped, available, sequences
from custpred.recipe.question import gathering, split_of
from custpred.resample.base import Resample
from custpred.results.record import Decision
from custpred.search.base import Search
from custpred.split._count import DEFAULT, count
from custpred.split._usual import usual
from custpred.task import Setting, suited
from custpred.text import listed, plural
from custpred.training._rows.limit import scored_in_time
from custpred.training._rows.sampled import usual_final

if TYPE_CHECKING:
    from collections.abc import Callable

    from custpred.recipe.keys import Recipe
    from custpred.spec import Spec
    from custpred.split.base import Split
    from custpred.table import Column, Table
    from custpred.task import Task


@dataclass(frozen=True)
class Plan:
    """A recipe without ``auto``, the raw columns that models use, and every choice with its reason.

    Only ``calibrate: auto`` remains: it is resolved later from the blend's out-of-fold scores.
    """

    recipe: Recipe
    columns: tuple[Column, ...]
    decisions: tuple[Decision, ...]
    intake: Intake = field(default_factory=Intake)
    """Summary of the training customers and of how they were read, saved with the model."""
    skipped: Skipped = ()
    """Models of the recipe that cannot run here, with reasons."""

    def __repr__(self) -> str:
        return f"Plan({self.recipe.name!r}: {len(self.columns)} columns, {len(self.decisions)} decisions)"

    def _repr_html_(self) -> str:
        """Show every choice with its reason, as the report does."""
        from custpred.report._page import fragment
        from custpred.report._text import Text
        from custpred.report.decisions import choices

        say = Text(self.recipe.report.language)
        return fragment(self.recipe.name, "", choices(self.decisions, say), say)

    @property
    def names(self) -> list[str]:
        """Return the names of the raw columns that models use."""
        return [column.name for column in self.columns]

    @property
    def models(self) -> tuple[Model, ...]:
        """Return the models to search."""
        return resolved(self.recipe.models)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Return the metrics; the first is optimised."""
        return resolved(self.recipe.metrics)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Return the features, in their order."""
        return resolved(self.recipe.features)

    @property
    def resample(self) -> Resample:
        """Return how class imbalance is handled."""
        return resolved(self.recipe.resample)

    @property
    def split(self) -> Split:
        """Return how rows are divided."""
        return resolved(self.recipe.split)

    @property
    def search(self) -> Search:
        """Return how configurations are chosen."""
        return resolved(self.recipe.search)

    @property
    def ensemble(self) -> Ensemble:
        """Return how models are combined."""
        return resolved(self.recipe.ensemble)

    def preparation(self, model: Model) -> Preparation:
        """Return the preparation of rows for a model."""
        steps, synthetic = "steps" in model.accepts, "filled" in self.resample.needs()
        own = bool(model.accepts & {"history", "nothing"})
        wants = model.wants() if own or steps or not synthetic else frozenset()
        if not any(column.kind == "code" for column in self.columns):
            wants -= {"codes"}  # no codes to expand: the rows of other models can be shared
        names = () if "nothing" in model.accepts else self.names
        return Preparation(
            columns=tuple(name for name in names if steps or not is_step(name)),
            missing=resolved(self.recipe.missing),
            outliers=resolved(self.recipe.outliers),
            features=self.features,
            resample=Resample.nothing() if own or (steps and synthetic) else self.resample,
            accepts=wants,
        )


def resolve_split(recipe: Recipe, table: Table, classes: int = 2) -> tuple[Recipe, tuple[Decision, ...]]:
    """Resolve ``split: auto`` and the number of folds from the table, without labels."""
    networks = ["steps" in each.accepts for each in recipe.models if not isinstance(each, str)]
    folds = count(len(table), recipe.budget.time, networks, classes)
    if recipe.events:
        split, reason = split_of(recipe, table, folds)
    elif recipe.split == "auto":
        split, reason = usual(table, folds, DEFAULT)
    else:
        split, reason = recipe.split.of(table).with_(folds=recipe.split.folds or folds), ""
    decisions = [Decision("split", _named(split), reason)] if reason else []
    split, fewer = scored_in_time(recipe, split, table, classes)
    return recipe.model_copy(update={"split": split}), (*decisions, *fewer)


def resolve(recipe: Recipe, table: Table, task: Task, decided: tuple[Decision, ...] = ()) -> Plan:
    """Resolve every ``auto`` from training customers; ``decided`` are earlier decisions.

    Parameters
    ----------
    recipe
        With ``split`` resolved.
    table
        Training customers only, without the target.

    Raises
    ------
    RecipeError
        If no model or metric of the recipe supports this task.
    DataError
        If no column remains that a model can use.
    """
    recipe, lacking = available(recipe)
    columns, declined = _columns(recipe, table)
    if not columns:
        why = "; ".join(f"{each.key}: {each.reason}" for each in declined[:5])
        raise DataError(
            f"Expected at least one column that a model can use, found none. {why}.",
            code="CP2212",
            remedy="Add columns, or correct their kinds under 'types'.",
        )
    used = table.drop(*(set(table.names) - {column.name for column in columns}))
    decisions = []
    for key, choose in CHOOSERS.items():
        if getattr(recipe, key) == "auto":
            value, reason = choose(recipe, _setting(recipe, used, task))
            recipe = recipe.model_copy(update={key: value})
            decisions.append(Decision(key, _named(value), reason))
    recipe, flat = sequences(recipe, used)
    every, models = resolved(recipe.features), resolved(recipe.models)
    added = twins(every, task.classes, baselines=all("steps" in each.accepts for each in models))
    if added:
        recipe = recipe.model_copy(update={"features": (*every, *added)})
        decisions.append(Decision("features tfidf", _named(added), WHY_TWINS))
    if recipe.calibrate == "auto":
        decisions.append(Decision("calibrate", "auto", "chosen from the blend's out-of-fold scores"))
    recipe, unsuited = _suited(recipe, task)
    intake = Intake.of(table, columns, recipe, task)
    skipped = (*lacking, *flat)
    out = [Decision(f"models {model.kind()}", "left out", reason) for model, reason in skipped]
    return Plan(recipe, columns, (*decided, *decisions, *out, *unsuited, *declined), intake, skipped)


def _suited(recipe: Recipe, task: Task) -> tuple[Recipe, list[Decision]]:
    """Leave out models and metrics that do not support this task, with a decision for each."""
    decisions, changes = [], {}
    for key in ("models", "metrics"):
        every: tuple[Model | Metric, ...] = resolved(getattr(recipe, key))
        every = tuple(_posed(each, recipe) if isinstance(each, Model) else each for each in every)
        fitting = tuple(each for each in every if task.kind in each.tasks)
        if not fitting:
            names = listed(each.kind() for each in every)
            raise RecipeError([f"{key} CP1113 none of {names} is for a {task.kind} task. Name others, or write auto."])
        changes[key] = fitting
        left = [each for each in every if each not in fitting]
        decisions += [Decision(f"{key} {each.kind()}", "left out", f"not for a {task.kind} task") for each in left]
    resample = resolved(recipe.resample)
    try:
        resample.check(task)
    except NotApplicable as wrong:
        raise RecipeError([f"resample {wrong}"]) from wrong
    folding = [each.kind() for each in changes["models"] if isinstance(each, Model) and "steps" in each.accepts]
    if folding and "filled" in resample.needs():
        why = "sequences of customers cannot be synthesised"
        decisions.append(Decision(f"resample for {listed(folding)}", "none", why))
    for name in recipe.require:
        metric = Metric.named(name)
        if metric is not None and task.kind not in metric.tasks:
            raise RecipeError([f"require CP1113 {name} is not for a {task.kind} task. Name another metric."])
    return recipe.model_copy(update=changes), decisions


def _posed(model: Model, recipe: Recipe) -> Model:
    """Return the target's own baseline if the recipe lists it bare: it may be blended."""
    beside = type(model).beside(recipe.target)
    if beside is None or "joins" not in type(model).model_fields or model.model_fields_set:
        return model
    return next(each.with_(joins=True) for each in beside.specs if isinstance(each, Model))


def _named(value: Spec | tuple[Spec, ...] | str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return listed([each.kind() for each in value], most=12) or "none"
    options = ", ".join(f"{key}={_option(each)}" for key, each in value.dump().items() if key != "kind")
    return f"{value.kind()} ({options})" if options else str(value.kind())


def _option(value: object) -> object:
    """Return an option as a recipe writes it: an option's own keys in braces."""
    return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}" if isinstance(value, dict) else value


def _columns(recipe: Recipe, table: Table) -> tuple[tuple[Column, ...], list[Decision]]:
    """Return the columns that models use, and why the others are not used."""
    auto = recipe.features == "auto"
    reading = frozenset().union(*(spec.reads for spec in recipe.features if not isinstance(spec, str)))
    dates, texts = auto or "date" in reading, auto or "text" in reading
    dividing = (*resolved(recipe.split).columns(), *((CUTOFF,) if recipe.events else ()))
    why = dict.fromkeys(dividing, "only assigns rows to parts")
    for column in table.columns:
        if not column.usable:
            why.setdefault(column.name, column.reason or f"{column.kind}: says nothing about other customers")
        elif column.kind == "text" and not texts and not is_step(column.name):
            why.setdefault(column.name, "free text; name features such as tfidf or tokens to use it")
        elif column.kind == "date" and not dates:
            why.setdefault(column.name, "a date, and the recipe's features do not include dates")
    kept = tuple(column for column in table.columns if column.name not in why)
    return kept, [Decision(f"column {name}", "declined", reason) for name, reason in why.items()]


def _setting(recipe: Recipe, table: Table, task: Task) -> Setting:
    """Return the inputs of a choice: the data, the task, and the earlier choices."""
    models, resample = recipe.models, recipe.resample
    sequences = () if models == "auto" else tuple(each.kind() for each in models if "steps" in each.accepts)
    filled_for = resample.kind() if resample != "auto" and "filled" in resample.needs() else ""
    return Setting(table, task, recipe.target, recipe.events, sequences, filled_for, recipe.budget.time)


def _metrics(recipe: Recipe, setting: Setting) -> tuple[tuple[Metric, ...], str]:
    found, why = suited(Metric.every(), lambda kind: kind.suits(setting))
    return found, why or f"the usual measures of a {setting.task.kind} task"


def _features(recipe: Recipe, setting: Setting) -> tuple[tuple[Feature, ...], str]:
    chosen, (found, why) = gathering(recipe), suited(Feature.every(), lambda kind: kind.suits(setting))
    gathered = f"what customers did before each cutoff, gathered from {listed(recipe.events)}" if chosen else ""
    return (*chosen, *found), "; ".join(filter(None, (gathered, why))) or "columns are used as they are"


def _models(recipe: Recipe, setting: Setting) -> tuple[tuple[Model, ...], str]:
    allowed = [kind for kind in Model.every() if recipe.privacy.keep_rows or not kind.keeps_rows]
    found, why = suited(allowed, lambda kind: kind.suits(setting))
    shape = f"{plural(len(setting.table), 'row')} and {plural(len(setting.table.columns), 'column')}"
    return found, "; ".join(filter(None, (f"families that differ blend best on {shape}", why)))


CHOOSERS: dict[str, Callable[[Recipe, Setting], tuple[Spec | tuple[Spec, ...] | str, str]]] = {
    "metrics": _metrics,
    "resample": lambda recipe, setting: Resample.usual(setting),
    "missing": lambda recipe, setting: Missing.usual(setting),
    "outliers": lambda recipe, setting: Outliers.usual(setting),
    "features": _features,
    "models": _models,
    "search": lambda recipe, setting: Search.usual(setting),
    "ensemble": lambda recipe, setting: Ensemble.usual(setting),
    "final": usual_final,
}
"""How each ``auto`` is resolved, in this order: later choices may depend on earlier ones."""
