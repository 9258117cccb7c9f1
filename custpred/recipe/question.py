"""From events to labelled customers: eligible customers, their history, and their labels."""

from __future__ import annotations  # light: imports inside functions are deliberate

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from custpred.errors import DataError, RecipeError, did_you_mean
from custpred.events.columns import Steps
from custpred.events.cutoffs import latest as latest_cutoff
from custpred.events.spans import days, moved
from custpred.events.table import clashes
from custpred.features.base import Feature
from custpred.split._usual import customers, latest, rows
from custpred.table import Finding
from custpred.target._horizon import Horizon
from custpred.target.base import Labelled
from custpred.task import suited
from custpred.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from custpred.events.columns import Gathered
    from custpred.events.database import Database, Log
    from custpred.events.gather import Window
    from custpred.recipe.keys import Recipe
    from custpred.split.base import Split
    from custpred.storage.plain import JSON
    from custpred.table import Table

Place = tuple[str | int, ...]


def contradictions(recipe: Recipe) -> Iterator[tuple[Place, str]]:
    """Yield the place and the message of each contradiction between keys."""
    target, resample = recipe.target, recipe.resample
    if recipe.weight and resample != "auto" and "filled" in resample.needs():
        yield ("weight",), f"{resample.kind()!r} creates rows that have no weight. Use `resample: weights` or none."
    yield from _dropped(recipe)
    if not recipe.events:
        if isinstance(target, Horizon) and target.from_events():
            yield ("target",), f"{target.kind()!r} is computed from events, and the recipe has no 'events'."
        return
    if not (isinstance(target, Horizon) and target.from_events()):
        yield ("target",), "with events, expected one of no_event, event, amount or next."
        return
    yield from ((("events", name), text) for name, text in clashes(recipe.events))
    yield from _of_table(target, recipe)
    active = target.eligible.events_in
    if target.history and active and days(active) > days(target.history):
        yield ("target", "eligible", "events_in"), f"{active} is longer than the history, {target.history}."
    for place, feature in enumerate(recipe.features if recipe.features != "auto" else ()):
        yield from _of_feature(("features", place), feature, recipe)


def _dropped(recipe: Recipe) -> Iterator[tuple[Place, str]]:
    """Yield columns that are left out of the table, and that another key needs."""
    needed = {name: place for place, name in recipe.columns().items() if not recipe.events or place[0] == "customers"}
    for i, name in enumerate(recipe.customers.drop if recipe.customers else ()):
        if name in needed:
            where = ".".join(map(str, needed[name]))
            yield ("customers", "drop", i), f"{name!r} is needed by '{where}'. Leave it out of one of the two."


def _of_table(target: Horizon, recipe: Recipe) -> Iterator[tuple[Place, str]]:
    known = list(recipe.events)
    if target.table is None:
        yield ("target",), f"expected 'table', one of {listed(known)}."
    elif target.table not in known:
        hint = did_you_mean(target.table, known)
        yield ("target", "table"), f"there is no table {target.table!r} under 'events'.{hint}"
    elif lacking := target.lacks(recipe.events[target.table]):
        yield ("events", target.table), lacking


def _of_feature(place: Place, feature: Feature, recipe: Recipe) -> Iterator[tuple[Place, str]]:
    target = _horizon(recipe)
    if not gathers(feature):
        return
    of = getattr(feature, "of", ())
    if of == "":
        yield (*place, "of"), f"expected the table of events to take steps from, one of {listed(recipe.events)}."
        return
    for name in (of,) if isinstance(of, str) else of:
        if name not in recipe.events:
            yield (*place, "of"), f"there is no table {name!r} under 'events'.{did_you_mean(name, list(recipe.events))}"
    for span in getattr(feature, "spans", ()) if "spans" in feature.model_fields_set else ():
        if target.history and days(span) > days(target.history):
            yield (*place, "spans"), f"{span} is longer than the history, {target.history}."


def gathers(feature: Feature) -> bool:
    """Return whether a kind of feature is computed from events before the split."""
    return type(feature).gather is not Feature.gather


def gathering(recipe: Recipe) -> tuple[Feature, ...]:
    """Return the features gathered from events: those of the recipe, or auto's defaults."""
    if not recipe.events or not isinstance(target := recipe.target, Horizon):
        return ()
    if recipe.features != "auto":
        return tuple(each for each in recipe.features if gathers(each))
    sequences = recipe.models != "auto" and any("steps" in model.accepts for model in recipe.models)
    chosen, _ = suited(Feature.every(), lambda kind: kind.of_events(target, recipe.events, sequences=sequences))
    return chosen


def _horizon(recipe: Recipe) -> Horizon:
    """Return the target of a recipe with events."""
    assert isinstance(recipe.target, Horizon)  # contradictions() refuses any other
    return recipe.target


def window_of(recipe: Recipe) -> Window:
    """Return the window of the label and of eligibility."""
    from custpred.events.gather import Window

    target = _horizon(recipe)
    assert target.table is not None  # contradictions() names a missing one
    eligible = target.eligible
    return Window(target.table, target.history, target.gap, target.horizon, eligible.events_in, eligible.at_least)


def wanted(recipe: Recipe) -> list[Gathered | Steps]:
    """Return all columns to gather, each once, without spans beyond the history."""
    target = _horizon(recipe)
    reach = days(target.history) if target.history else float("inf")
    found: dict[object, Gathered | Steps] = {}
    for feature in gathering(recipe):
        for each in feature.gather(recipe.events):
            if all(days(span) <= reach for span in getattr(each, "spans", ())):
                found.setdefault(getattr(each, "name", each), each)
    return list(found.values())


def opened(recipe: Recipe) -> Database:
    """Return a database limited to the recipe's memory and cores."""
    from custpred.events.database import Database

    return Database(recipe.budget.bytes // 2, recipe.budget.cores)


def ask(recipe: Recipe, *, learned: bool = True) -> Labelled:
    """Gather customers at all cutoffs, with their labels; the SQL is in the table's facts.

    ``learned``: whether a model will learn from the labels, as in ``Horizon.truth``.

    Raises
    ------
    RecipeError
        If keys contradict each other.
    DataError
        If events cannot be read, a cutoff's labels are not known yet, or no customer is eligible.
    """
    wrong = [f"{'.'.join(map(str, place))}: CP1114 {text}" for place, text in contradictions(recipe)]
    if wrong:
        raise RecipeError(wrong, code="CP1114")
    from custpred.events.described import described
    from custpred.events.gather import outcomes_of
    from custpred.events.plausible import stale
    from custpred.events.reading import called

    target, window = _horizon(recipe), window_of(recipe)
    with opened(recipe) as base:
        logs = [base.load(name, table) for name, table in recipe.events.items()]
        log = next(each for each in logs if each.name == window.table)
        legal = latest_cutoff(log, window, called(log.name, recipe.events[log.name].source))
        cutoffs, early = recipe.cutoffs.moments(legal, min(legal, moved(log.first, window.horizon)))
        table = gathered(base, recipe, cutoffs)
        outcomes = outcomes_of(base, window, target.outcomes(recipe.events[window.table]))
        truth, task = target.truth(outcomes, learned=learned)
        facts: JSON = {"legal": f"{legal:%Y-%m-%d}", "early": early}
        facts |= described(base, log, window, (table, truth, task), recipe.privacy.min_cell)
        old = [note for one in logs if one is not log for note in stale(one, cutoffs[-1], window, last=True)]
        made = target.notes(outcomes, truth, task) if learned else []
        table = _judged(base, window.table, table).with_findings(*old, *made)
        return with_label(Labelled(with_facts(table, logs, recipe, facts, base), truth, task))


def _judged(base: Database, name: str, table: Table) -> Table:
    """Return the table with findings about static columns that were written after the cutoffs."""
    from custpred.events.afterwards import written_after
    from custpred.events.assembly import BEYOND

    if BEYOND not in table.facts:
        return table
    facts = {fact: value for fact, value in table.facts.items() if fact != BEYOND}
    return replace(table.with_findings(*written_after(base, name, table)), facts=facts)


def with_label(labelled: Labelled) -> Labelled:
    """Return the rows with a label: for ``next``, those with a purchase in the horizon."""
    import numpy as np

    if labelled.task.kind == "regression" or (labelled.truth >= 0).all():
        return labelled
    kept = np.flatnonzero(labelled.truth >= 0)
    every, gone = len(labelled.truth), len(labelled.truth) - len(kept)
    text = f"{plural(gone, 'row')} of {every:,} have no purchase in the horizon and were left out."
    found = labelled.take(kept)
    return replace(found, table=found.table.with_findings(Finding("T212", "info", text, None, {"rows": len(kept)})))


def gathered(base: Database, recipe: Recipe, cutoffs: Sequence[datetime]) -> Table:
    """Return the eligible customers at the cutoffs with all gathered columns; events are loaded.

    Raises
    ------
    DataError
        CP2226 if no customer is eligible.
    """
    import pandas as pd

    from custpred.events.assembly import assembled
    from custpred.events.gather import collected, gather, place_cutoffs, steps

    window, every = window_of(recipe), wanted(recipe)
    columns: list[Any] = [each for each in every if not isinstance(each, Steps)]
    place_cutoffs(base, cutoffs, window, list(dict.fromkeys(span for each in columns for span in each.spans)))
    gather(base, window, columns, cutoffs)
    frame = collected(base, columns)
    if not len(frame):
        raise DataError(
            f"No customer is eligible at any of {plural(len(cutoffs), 'cutoff')}.",
            code="CP2226",
            remedy="Choose later cutoffs, or relax 'eligible'.",
        )
    for each in every:
        if isinstance(each, Steps):
            made = steps(base, each, recipe.events[each.table].labels())
            frame = pd.concat([frame, pd.DataFrame(made, index=frame.index, copy=False)], axis=1)
    customers = recipe.customers.read() if recipe.customers else None
    return assembled(frame, recipe.events[window.table].key, customers)


def with_facts(table: Table, logs: Sequence[Log], recipe: Recipe, facts: JSON, base: Database) -> Table:
    """Return the table with its findings, and its facts for the report."""
    window = window_of(recipe)
    tables = [
        {"name": log.name, "rows": log.rows, "customers": log.customers, "origin": log.origin, "decimal": log.decimal}
        | {name: f"{getattr(log, name):%Y-%m-%d}" for name in ("first", "last", "end")}
        | {"weeks": base.weeks(log.name)}
        for log in logs
    ]
    asked = {"kind": recipe.target.kind(), "history": window.history, "gap": window.gap, "horizon": window.horizon}
    who = {"table": window.table, "active": window.active, "at_least": window.at_least, "key": table.key}
    made = {**asked, **who, **facts, "tables": tables}
    kept = {**table.facts, "events": made, "sql": "\n\n".join(base.statements) + "\n"}
    findings = (*(finding for log in logs for finding in log.findings), *table.findings)
    return replace(table, origin=listed(log.origin for log in logs), facts=kept, findings=findings)


def split_of(recipe: Recipe, table: Table, folds: int) -> tuple[Split, str]:
    """Return the split of rows from events if the recipe leaves it open, and the reason.

    Of several cutoffs, the last is the test, and only cutoffs whose labels were known by then are
    used for training; folds, and the test if no cutoff is old enough, hold out whole customers.
    """
    key = str(table.key)
    moments = [each.to_pydatetime() for each in sorted(table.frame["cutoff"].unique())]
    if len(moments) == 1 and recipe.split == "auto":
        return rows(folds), "one cutoff: customers are held out"
    chosen = latest(folds) if recipe.split == "auto" else recipe.split
    if chosen.by_row and len(moments) > 1:
        split = customers(key, chosen.folds, test=chosen.test)
        return split, "several cutoffs: a customer must not be on both sides, so whole customers are drawn"
    return _by_time(chosen, recipe, moments, key) if chosen.by_time else (chosen, "the recipe says so")


def _by_time(split: Any, recipe: Recipe, moments: Sequence[datetime], key: str) -> tuple[Split, str]:
    """Return a split whose training labels were all known before the first tested cutoff.

    Raises
    ------
    DataError
        CP2228 if no cutoff is old enough; ``auto`` then holds out whole customers.
    """
    if split.test == 0:
        return split.with_(group=split.group or key), "no test was requested; folds hold out whole customers"
    window = window_of(recipe)
    last = getattr(split.test, "last", None) or max(1, round(split.test * len(moments)))
    first = moments[-min(last, len(moments))]
    known = [each for each in moments if window.ends(each) <= first]
    if known:
        gap = max((first - known[-1]).total_seconds(), split.gap or 0.0)
        made = split.with_(test={"last": last}, gap=gap, group=split.group or key)
        return made, (
            f"the labels of {plural(len(known), 'cutoff')} were known at {first:%Y-%m-%d}, the first that is tested;"
            " folds hold out whole customers"
        )
    if recipe.split == "auto":
        made = customers(key, split.folds)
        return made, "no cutoff's labels were known before the last cutoff, so whole customers are held out"
    raise DataError(
        f"No cutoff's labels were known at {first:%Y-%m-%d}, the first cutoff that is tested.",
        code="CP2228",
        remedy="Test fewer cutoffs, use a shorter horizon, or write `split: auto`.",
    )
